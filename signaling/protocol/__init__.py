"""The wire protocol of a class, defined once."""
