"""Attendance worked out: from stays to who was there for how long. Pure: no clock, no database."""
