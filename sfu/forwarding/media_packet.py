"""One media packet as the router holds it: parsed once on entry, shared by every subscriber and by the cache."""

from __future__ import annotations

from sfu.rtp.vp8 import Vp8Descriptor

PADDING_PAYLOAD = b"\x01"
"""One byte of padding: what fills a number that carries nothing (RFC 3550 section 5.1)."""


class MediaPacket:
    """What is the same for all subscribers. ``sequence`` is extended (never wraps), ``arrival`` in seconds.

    ``dependency_descriptor``: that header extension as it came, None when the packet has none.
    """

    __slots__ = (
        "arrival",
        "dependency_descriptor",
        "keyframe",
        "marker",
        "padding_only",
        "payload",
        "sequence",
        "timestamp",
        "vp8",
    )

    def __init__(
        self,
        sequence: int,
        timestamp: int,
        marker: bool,
        payload: bytes,
        arrival: float,
        *,
        keyframe: bool = False,
        vp8: Vp8Descriptor | None = None,
        padding_only: bool = False,
        dependency_descriptor: bytes | None = None,
    ) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.marker = marker
        self.payload = payload
        self.arrival = arrival
        self.keyframe = keyframe
        self.vp8 = vp8
        self.padding_only = padding_only
        self.dependency_descriptor = dependency_descriptor
