"""Chat in the database."""
