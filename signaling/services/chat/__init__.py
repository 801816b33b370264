"""Chat: rooms, messages, files, search."""
