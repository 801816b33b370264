"""Measurements of the media plane: ``make bench``, or one of them as ``python -m bench.fanout`` and the like."""
