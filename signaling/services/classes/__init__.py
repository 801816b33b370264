"""Live classes: planned, recurring, started, ended."""
