"""The media plane: a selective forwarding unit (RFC 7667 section 3.7). It never imports ``signaling``."""
