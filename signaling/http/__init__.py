"""The HTTP edge: REST, health, and the web client's files."""
