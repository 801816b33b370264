"""Measurements of the media plane, each beside a calibration of the machine."""
