"""The tests of Podium."""
