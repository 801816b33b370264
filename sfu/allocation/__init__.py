"""Who gets what of what a line carries: layers for slots, the steps of the ladder, the health that is shown."""
