"""What of a layer a slot takes, where that is not all of it: the slow path beside the fan-out loop.

A `Selection` decides packet by packet, gives what leaves its numbers, and can tell what left under a number. It
moves the slot's `Position` on, so that whatever comes after it continues its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from sfu.forwarding.media_packet import PADDING_PAYLOAD
from sfu.forwarding.outgoing.picture_numbers import PictureOffsets
from sfu.forwarding.outgoing.position import Outgoing, Position

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.media_packet import MediaPacket
    from sfu.forwarding.outgoing.renumbering import Renumbering
    from sfu.forwarding.outgoing.replay import Replay
    from sfu.rtp.packet_cache import PacketCache

HIGHEST: Final = 3
"""The highest temporal layer that VP8 can name."""
REMEMBERED_FRAMES: Final = 128


class Aim(NamedTuple):
    """What a slot should show. ``temporal``: the highest temporal layer it takes, None for all.

    ``keyframes_only``: it takes nothing but whole keyframes."""

    layer: Layer
    temporal: int | None = None
    keyframes_only: bool = False


class Selection(Protocol):
    """Takes some packets of a layer."""

    def take(self, packet: MediaPacket, now: float) -> Sequence[Outgoing]:
        """What leaves because ``packet`` came in; packets may be late, but none comes twice."""
        ...

    def recall(self, index: int) -> Outgoing | None:
        """What left under an outgoing number; None when it is too old or nothing did."""
        ...


class _Frame(NamedTuple):
    forwarded: bool
    picture: PictureOffsets | None


class FrameSelection:
    """Takes whole frames up to a temporal layer.

    ``limit`` may be changed at any time: it falls at the next frame, and rises by a layer at a frame from which
    that layer can be decoded (RFC 7741 section 4.2, Y), at a keyframe at once.
    """

    __slots__ = (
        "_cache",
        "_current",
        "_frames",
        "_highest",
        "_newest",
        "_picture",
        "_position",
        "_replay",
        "_timestamp_offset",
        "limit",
        "numbers",
    )

    def __init__(
        self,
        position: Position,
        numbers: Renumbering,
        newest: int,
        timestamp_offset: int,
        picture: PictureOffsets | None,
        cache: PacketCache[MediaPacket],
        limit: int | None,
        open_frame: int | None = None,
        replay: Replay | None = None,
    ) -> None:
        """``newest``: the highest source number sent before; ``open_frame``: the timestamp of its frame, of which
        more may come; ``replay``: moves the frames sent from the cache."""
        self._position = position
        self.numbers = numbers
        self._newest = newest
        self._timestamp_offset = timestamp_offset
        self._replay = replay
        self._picture = picture
        self._cache = cache
        self.limit = limit
        self._current = HIGHEST
        self._highest = 0
        self._frames: dict[int, _Frame] = {}
        if open_frame is not None:
            self._frames[open_frame] = _Frame(True, picture)

    @property
    def picture(self) -> PictureOffsets | None:
        """What is added to the picture numbers of the next frame."""
        return self._picture

    @property
    def takes_all(self) -> bool:
        """Whether nothing is left out, and need not be at the next frame."""
        return self.limit is None and self._current >= self._highest and not self._position.open

    def take(self, packet: MediaPacket, now: float) -> Sequence[Outgoing]:
        if packet.sequence <= self._newest:
            return self._take_late(packet)
        self._newest = packet.sequence
        if packet.padding_only:
            self.numbers.drop(packet.sequence)
            return ()
        frame = self._frames.get(packet.timestamp)
        if frame is None:
            frame = self._decide(packet)
        if not frame.forwarded:
            self.numbers.drop(packet.sequence)
            return ()
        outgoing = self._outgoing(self.numbers.forward(packet.sequence), packet, frame.picture)
        self._position.advance(outgoing.sequence, outgoing.timestamp, packet, frame.picture)
        return (outgoing,)

    def _take_late(self, packet: MediaPacket) -> Sequence[Outgoing]:
        index = self.numbers.late(packet.sequence)
        if index is None:
            return ()
        self._position.claim(index)
        if not packet.padding_only:
            frame = self._frames.get(packet.timestamp)
            if frame is None:
                frame = _Frame(_temporal_id(packet) <= self._current, self._picture_before(packet.timestamp))
            if frame.forwarded:
                outgoing = self._outgoing(index, packet, frame.picture)
                self._position.catch_up(outgoing.timestamp, packet, frame.picture)
                return (outgoing,)
        # Its number was kept free: fill it, or the receiver asks for it again and again.
        timestamp = outgoing_timestamp(packet, self._timestamp_offset, self._replay)
        return (Outgoing(index, timestamp, False, PADDING_PAYLOAD, padding_only=True),)

    def recall(self, index: int) -> Outgoing | None:
        source = self.numbers.source_of(index)
        packet = None if source is None else self._cache.get(source)
        if packet is None or packet.padding_only:
            return None
        frame = self._frames.get(packet.timestamp)
        if frame is not None and not frame.forwarded:
            return None
        picture = self._picture_before(packet.timestamp) if frame is None else frame.picture
        return self._outgoing(index, packet, picture)

    def _decide(self, packet: MediaPacket) -> _Frame:
        """Whether a frame is forwarded, at the first of its packets."""
        temporal_id = _temporal_id(packet)
        self._highest = max(self._highest, temporal_id)
        wanted = HIGHEST if self.limit is None else self.limit
        vp8 = packet.vp8
        if packet.keyframe or wanted < self._current:
            self._current = wanted
        elif wanted > self._current and vp8 is not None and vp8.layer_sync and temporal_id == self._current + 1:
            self._current = temporal_id
        forwarded = temporal_id <= self._current
        frame = self._frames[packet.timestamp] = _Frame(forwarded, self._picture)
        if not forwarded:
            # Its picture id goes to the next frame. It is above the base layer: TL0PICIDX does not count it.
            before = self._picture or PictureOffsets(0, 0, 0)
            self._picture = PictureOffsets(before.picture_id - 1, before.tl0_pic_idx, before.key_idx)
        if len(self._frames) > REMEMBERED_FRAMES:
            del self._frames[next(iter(self._frames))]
        return frame

    def _picture_before(self, timestamp: int) -> PictureOffsets | None:
        """The offsets that were in force at a frame of which nothing came in order."""
        earlier = self._picture
        for known, frame in reversed(self._frames.items()):
            earlier = frame.picture
            if (timestamp - known) & 0xFFFFFFFF < 1 << 31:
                if not frame.forwarded and earlier is not None:
                    return PictureOffsets(earlier.picture_id - 1, earlier.tl0_pic_idx, earlier.key_idx)
                if not frame.forwarded:
                    return PictureOffsets(-1, 0, 0)
                return earlier
        return earlier

    def _outgoing(self, index: int, packet: MediaPacket, picture: PictureOffsets | None) -> Outgoing:
        return outgoing(index, packet, self._timestamp_offset, picture, self._replay)


def outgoing_timestamp(packet: MediaPacket, offset: int, replay: Replay | None) -> int:
    timestamp = packet.timestamp
    if replay is not None and replay.covers(timestamp):
        timestamp = replay.at(timestamp)
    return (timestamp + offset) & 0xFFFFFFFF


def outgoing(
    index: int,
    packet: MediaPacket,
    timestamp_offset: int,
    picture: PictureOffsets | None,
    replay: Replay | None = None,
) -> Outgoing:
    """``packet`` under the numbers of a slot."""
    payload = packet.payload
    if picture is not None and packet.vp8 is not None:
        payload = picture.rewrite(payload, packet.vp8)
    return Outgoing(
        index,
        outgoing_timestamp(packet, timestamp_offset, replay),
        packet.marker,
        payload,
        packet.padding_only,
        packet.dependency_descriptor,
    )


def _temporal_id(packet: MediaPacket) -> int:
    return 0 if packet.vp8 is None else packet.vp8.temporal_id or 0
