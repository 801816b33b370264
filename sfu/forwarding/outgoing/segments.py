"""Which source an outgoing number came from: what a slot needs to answer NACKs across its switches."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from sfu.forwarding.outgoing.position import Outgoing
from sfu.forwarding.outgoing.selection import outgoing

if TYPE_CHECKING:
    from sfu.forwarding.media_packet import MediaPacket
    from sfu.forwarding.outgoing.picture_numbers import PictureOffsets
    from sfu.forwarding.outgoing.replay import Replay
    from sfu.rtp.packet_cache import PacketCache

REMEMBERED: Final = 6


class PayloadTypes(NamedTuple):
    """The subscriber's numbers for one codec."""

    media: int
    rtx: int | None


class Recall(Protocol):
    def recall(self, index: int) -> Outgoing | None:
        """What left under an outgoing number; None when it is not known any more."""
        ...


class Whole:
    """A source of which everything left, with constant offsets."""

    __slots__ = ("_cache", "_picture", "_replay", "_sequence_offset", "_timestamp_offset")

    def __init__(
        self,
        cache: PacketCache[MediaPacket],
        sequence_offset: int,
        timestamp_offset: int,
        picture: PictureOffsets | None,
        replay: Replay | None,
    ) -> None:
        """``replay``: moves the frames that were sent from the cache."""
        self._cache = cache
        self._sequence_offset = sequence_offset
        self._timestamp_offset = timestamp_offset
        self._picture = picture
        self._replay = replay

    def recall(self, index: int) -> Outgoing | None:
        packet = self._cache.get(index - self._sequence_offset)
        if packet is None:
            return None
        return outgoing(index, packet, self._timestamp_offset, self._picture, self._replay)


class _Segment:
    """The outgoing numbers from ``start`` on; up to before ``end`` once that is known."""

    __slots__ = ("end", "payload_types", "source", "start")

    def __init__(self, start: int, payload_types: PayloadTypes, source: Recall) -> None:
        self.start = start
        self.end: int | None = None
        self.payload_types = payload_types
        self.source = source


class Segments:
    """The last sources of one slot."""

    __slots__ = ("_segments",)

    def __init__(self) -> None:
        self._segments: deque[_Segment] = deque(maxlen=REMEMBERED)

    def begin(self, start: int, payload_types: PayloadTypes, source: Recall) -> None:
        """Numbers from ``start`` on come from ``source``."""
        self._segments.append(_Segment(start, payload_types, source))

    def end(self, index: int) -> None:
        """``index`` is the last number that came from the newest source."""
        if self._segments:
            self._segments[-1].end = index + 1

    def clear(self) -> None:
        self._segments.clear()

    def recall(self, sequence_number: int, newest: int) -> tuple[Outgoing, PayloadTypes] | None:
        """What left under a 16-bit number, the last before or at the extended number ``newest``."""
        index = newest - ((newest - sequence_number) & 0xFFFF)
        for segment in reversed(self._segments):
            if index >= segment.start:
                if segment.end is not None and index >= segment.end:
                    return None
                found = segment.source.recall(index)
                return None if found is None else (found, segment.payload_types)
        return None
