"""What an admin sees of the server itself."""
