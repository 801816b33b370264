"""What goes to whom: tracks, slots, speakers and the fan-out loop, without I/O."""
