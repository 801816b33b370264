"""Where an outgoing stream stands: the last numbers that left, which the next source has to continue."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sfu.forwarding.outgoing.picture_numbers import PictureNumbers, PictureOffsets
from sfu.rtp.serial import ts_delta

if TYPE_CHECKING:
    from sfu.forwarding.media_packet import MediaPacket
    from sfu.rtp.vp8 import Vp8Descriptor


class Outgoing(NamedTuple):
    """One packet as it leaves. ``sequence``: extended number; ``descriptor``: its dependency descriptor."""

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    padding_only: bool = False
    descriptor: bytes | None = None


class Position:
    """``index``: the highest sent; ``timestamp``: outgoing, of the newest frame, None before the first; ``time``:
    when that frame's packet came in, in s; ``open``: the newest frame was sent without its last packet."""

    __slots__ = ("_offsets", "_pictures", "_vp8", "index", "open", "time", "timestamp")

    def __init__(self, index: int) -> None:
        self.index = index
        self.timestamp: int | None = None
        self.time = 0.0
        self.open = False
        self._vp8: Vp8Descriptor | None = None
        self._offsets: PictureOffsets | None = None
        self._pictures = PictureNumbers()

    def advance(self, index: int, timestamp: int, packet: MediaPacket, offsets: PictureOffsets | None) -> None:
        """``packet``, which carries media, left as the newest with these outgoing numbers."""
        self.index = index
        self.timestamp = timestamp
        self.time = packet.arrival
        self.open = not packet.marker
        self._vp8 = packet.vp8
        self._offsets = offsets

    def claim(self, index: int) -> None:
        """A number that was kept free is given to a packet that came late; it may be the highest so far."""
        self.index = max(self.index, index)

    def catch_up(self, timestamp: int, packet: MediaPacket, offsets: PictureOffsets | None) -> None:
        """``packet`` left under a number that was claimed; its frame may be the newest so far."""
        if self.timestamp is None or ts_delta(timestamp, self.timestamp) > 0:
            self.advance(self.index, timestamp, packet, offsets)

    def enter(self, vp8: Vp8Descriptor | None) -> PictureOffsets | None:
        """What to add to the picture numbers of a source that starts with ``vp8``, so that they follow on."""
        self._pictures.leave(self._vp8, self._offsets)
        self._vp8 = self._offsets = None
        return self._pictures.enter(vp8)

    def next_index(self) -> int:
        """The number of the next frame's first packet.

        One is left out when the last frame was cut off: a decoder then knows that something is missing.
        """
        return self.index + (2 if self.open else 1)
