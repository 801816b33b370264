"""What may happen, and what follows from it. Knows neither HTTP nor sockets."""
