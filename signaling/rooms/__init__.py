"""The rules of one room, pure: a command and the time in, a change out. No I/O, no clock."""
