"""Who gets what: which track is in which slot, in which layer, as lines and wishes change."""
