"""What the measurements share: synthetic peers and media, calibration, statistics and tables."""
