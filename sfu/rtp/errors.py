"""What the RTP layer raises on bad input; callers drop the packet and count it."""

from __future__ import annotations


class MalformedPacket(ValueError):
    """The bytes are not what the RFC allows; the message says which part."""
