"""What comes in: from a decrypted packet to the layer of a track, and what is derived and told of it."""
