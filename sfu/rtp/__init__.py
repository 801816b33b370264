"""RTP and RTCP wire formats and the algorithms of one stream, without I/O (RFC 3550 and friends)."""
