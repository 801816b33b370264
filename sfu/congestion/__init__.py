"""What a subscriber's line carries: what was sent on it, what came of that, how much to send and when."""
