"""What goes out: slots and what of a layer they take, lines, and the fan-out loop."""
