"""ICE-lite, DTLS, SRTP and SDP: how a participant reaches a worker (RFC 8445, 5764, 3711, 8866)."""
