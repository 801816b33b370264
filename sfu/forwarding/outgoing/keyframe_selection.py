"""A slot that takes nothing but keyframes, each whole or not at all: slides on a weak line."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from sfu.forwarding.outgoing.position import Outgoing, Position
from sfu.forwarding.outgoing.selection import outgoing
from sfu.rtp.serial import ts_delta

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.media_packet import MediaPacket
    from sfu.forwarding.outgoing.picture_numbers import PictureOffsets
    from sfu.rtp.packet_cache import PacketCache

REMEMBERED: Final = 4
GAP_S: Final = 2.8


class _Sent(NamedTuple):
    """A keyframe that left: its packets by number from ``first`` are those of the source from ``source``."""

    first: int
    source: int
    packets: int
    picture: PictureOffsets | None
    cache: PacketCache[MediaPacket]


class KeyframeSelection:
    """Waits until a keyframe is complete, repairs included, and then sends all of it.

    Not within `GAP_S` of the last: others ask for keyframes too, and a weak line is not to carry those all.
    """

    __slots__ = ("_layer", "_position", "_sent", "_sent_at", "_timestamp_offset")

    def __init__(self, position: Position, layer: Layer, timestamp_offset: int) -> None:
        self._position = position
        self._layer = layer
        self._timestamp_offset = timestamp_offset
        self._sent: deque[_Sent] = deque(maxlen=REMEMBERED)
        self._sent_at = float("-inf")

    def take(self, packet: MediaPacket, now: float) -> Sequence[Outgoing]:
        layer = self._layer
        if packet.timestamp != layer.keyframe_timestamp or packet.padding_only:
            return ()
        newest = layer.newest
        if not packet.marker and (newest is None or packet.sequence >= newest.sequence):
            return ()
        packets = layer.whole_keyframe()
        if not packets or (self._sent and self._sent[-1].source == packets[0].sequence):
            return ()
        if now < self._sent_at + GAP_S:
            return ()
        position = self._position
        timestamp = (packet.timestamp + self._timestamp_offset) & 0xFFFFFFFF
        if position.timestamp is not None and ts_delta(timestamp, position.timestamp) <= 0:
            return ()  # repaired too late: what followed it was shown
        index = position.next_index()
        picture = position.enter(packets[0].vp8)
        self._sent_at = now
        self._sent.append(_Sent(index, packets[0].sequence, len(packets), picture, layer.cache))
        leaving: list[Outgoing] = []
        for part in packets:
            leaving.append(outgoing(index, part, self._timestamp_offset, picture))
            index += 1
        position.advance(index - 1, leaving[-1].timestamp, packets[-1], picture)
        position.open = False
        return leaving

    def recall(self, index: int) -> Outgoing | None:
        for sent in self._sent:
            if 0 <= index - sent.first < sent.packets:
                packet = sent.cache.get(sent.source + index - sent.first)
                if packet is not None:
                    return outgoing(index, packet, self._timestamp_offset, sent.picture)
        return None
