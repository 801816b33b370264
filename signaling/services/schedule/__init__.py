"""What is done at a time."""
