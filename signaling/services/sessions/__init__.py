"""Running sessions: the rooms of this server, and their media."""
