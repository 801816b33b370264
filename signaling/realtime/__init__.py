"""The Socket.IO edge: parse, authorise, answer, broadcast."""
