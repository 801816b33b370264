"""A slot: one outgoing stream of one subscriber, with its own SSRC, that shows whichever layer it is pointed at.

Sequence numbers, timestamps and VP8 picture numbers stay continuous when the source changes, so a receiver sees
one stream that never ends. While a source is kept, its numbers are mapped by constant offsets; a packet that comes
late or is repaired therefore lands in its own place, and a number can be mapped back to answer a NACK.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sfu.congestion.downlink import Downlink
from sfu.forwarding.departures import Departures
from sfu.forwarding.drops import Drops
from sfu.forwarding.line import Line, Outbound
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.picture_numbers import PictureNumbers, PictureOffsets
from sfu.messages import Kind
from sfu.rtp.packet_cache import PacketCache

if TYPE_CHECKING:
    from sfu.forwarding.layer import Layer

REPLAY_STEP = 1 / 1000
"""Seconds between the frames of a replayed cache, so that a receiver decodes them at once and shows the newest."""


class PayloadTypes(NamedTuple):
    """The subscriber's numbers for one codec."""

    media: int
    rtx: int | None


class Segment(NamedTuple):
    """The run of outgoing numbers that came from one source, to map a NACK back."""

    start: int
    cache: PacketCache[MediaPacket]
    sequence_offset: int
    timestamp_offset: int
    payload_types: PayloadTypes
    picture: PictureOffsets | None
    replayed: dict[int, int]
    """Outgoing timestamps, by source sequence, of packets replayed from the cache."""


class Slot:
    """Public attributes are read by the fan-out loop; only this class changes them."""

    __slots__ = (
        "_accounted",
        "_last_sequence",
        "_last_time",
        "_last_timestamp",
        "_octets",
        "_packets",
        "_picture_numbers",
        "block",
        "clock_rate",
        "first_sequence",
        "iv",
        "kind",
        "layer",
        "line",
        "mid",
        "payload_type",
        "payload_types",
        "picture",
        "segments",
        "sequence_offset",
        "ssrc",
        "switched",
        "tail",
        "timestamp_offset",
        "waiting_for",
    )

    def __init__(
        self,
        mid: str,
        kind: Kind,
        ssrc: int,
        clock_rate: int,
        payload_types: Mapping[str, PayloadTypes],
        first_sequence: int,
    ) -> None:
        """``payload_types`` by codec key; ``first_sequence``: the random start, below 2**15 so that the rollover
        counter of SRTP starts at zero (RFC 3711 section 3.3.1)."""
        self.mid = mid
        self.kind = kind
        self.ssrc = ssrc
        self.clock_rate = clock_rate
        self.payload_types = payload_types
        self.layer: Layer | None = None
        self.waiting_for: Layer | None = None
        self.segments: deque[Segment] = deque(maxlen=4)
        # Rewriting of the current source.
        self.payload_type = 0
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self.first_sequence = 0
        self.picture: PictureOffsets | None = None
        self.switched = False
        # The wire; set by `bind`.
        self.line: Line = _UNBOUND
        self.iv = 0
        self.block = 0
        self.tail = b""
        # What left so far, up to the moment the current source was taken.
        self._last_sequence = first_sequence - 1
        self._last_timestamp: int | None = None
        self._last_time = 0.0
        self._packets = 0
        self._octets = 0
        self._accounted = (0, 0)
        self._picture_numbers = PictureNumbers()

    def bind(self, line: Line, mid_extension: int) -> None:
        """Give the slot its way out. ``mid_extension``: id of the MID header extension, 0 for none. The MID is
        sent until `confirm`, so that the first packets find their line where the SSRC is not known."""
        self.line = line
        self.iv = line.salt ^ (self.ssrc << 48)
        self.block, self.tail = line.extension(mid_extension, self.mid)

    def confirm(self) -> None:
        """The receiver reported on this SSRC: the MID need not be sent any more."""
        self.block, self.tail = self.line.block, b""

    def supports(self, layer: Layer) -> bool:
        return layer.codec_key is None or layer.codec_key in self.payload_types

    # --- switching ----------------------------------------------------------------------------------

    def wait_for(self, layer: Layer) -> None:
        """Take ``layer`` at its next keyframe (audio: next packet); until then go on with the source there is."""
        self._stop_waiting()
        self.waiting_for = layer
        layer.waiting.append(self)

    def keep(self) -> None:
        """Stay with the source there is."""
        self._stop_waiting()

    def start(self, first: MediaPacket, now: float, replay: list[MediaPacket] | None = None) -> bool:
        """Switch to the layer waited for, beginning with packet ``first``. False when its codec is not supported.

        ``replay``: cached packets, ``first`` among them, that will be sent at once before the live ones.
        """
        layer = self.waiting_for
        assert layer is not None and layer.codec_key is not None
        payload_types = self.payload_types.get(layer.codec_key)
        self._stop_waiting()
        if payload_types is None:
            return False
        self._leave()
        layer.settle()
        self.layer = layer
        layer.slots.append(self)
        self._accounted = (layer.forwarded_packets, layer.forwarded_octets)
        self.payload_type = payload_types.media
        self.first_sequence = first.sequence
        self.sequence_offset = self._last_sequence + 1 - first.sequence
        frames = sorted({packet.timestamp: None for packet in replay or ()}, key=_in_order(first.timestamp))
        live_timestamp = frames[-1] if frames else first.timestamp
        if self._last_timestamp is None:
            self.timestamp_offset = 0
        else:
            elapsed = max(now - self._last_time, REPLAY_STEP * (len(frames) + 1))
            self.timestamp_offset = self._last_timestamp + int(elapsed * self.clock_rate) - live_timestamp
        step = int(REPLAY_STEP * self.clock_rate)
        shown = {ts: live_timestamp - step * (len(frames) - 1 - i) for i, ts in enumerate(frames)}
        replayed = {
            packet.sequence: (shown[packet.timestamp] + self.timestamp_offset) & 0xFFFFFFFF
            for packet in replay or ()
        }
        self.picture = self._picture_numbers.enter(first.vp8)
        self.switched = True
        self.segments.append(
            Segment(
                self._last_sequence + 1,
                layer.cache,
                self.sequence_offset,
                self.timestamp_offset,
                payload_types,
                self.picture,
                replayed,
            )
        )
        return True

    def restart(self) -> None:
        """The source's own numbers start anew: take it again at its next keyframe."""
        layer = self.layer
        assert layer is not None
        self._leave()
        if self.waiting_for is None:
            self.wait_for(layer)

    def clear(self) -> None:
        """Show nothing, and answer no NACK for what was shown."""
        self._stop_waiting()
        self._leave()
        self.segments.clear()

    def _stop_waiting(self) -> None:
        if self.waiting_for is not None:
            self.waiting_for.waiting.remove(self)
            self.waiting_for = None

    def _leave(self) -> None:
        layer = self.layer
        if layer is None:
            return
        layer.settle()
        layer.slots.remove(self)
        self._packets, self._octets = self.sent()
        newest = layer.newest
        if newest is not None and newest.sequence >= self.first_sequence:
            self._last_sequence = newest.sequence + self.sequence_offset
            self._last_timestamp = (newest.timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._last_time = newest.arrival
            self._picture_numbers.leave(newest.vp8, self.picture)
        self.layer = None

    # --- reading back -------------------------------------------------------------------------------

    def sent(self) -> tuple[int, int]:
        """Packets and payload octets sent so far, retransmissions not counted (RFC 3550 section 6.4.1)."""
        if self.layer is None:
            return self._packets, self._octets
        packets, octets = self._accounted
        return (
            self._packets + self.layer.forwarded_packets - packets,
            self._octets + self.layer.forwarded_octets - octets,
        )

    def count(self, packets: int, octets: int) -> None:
        """Account for packets sent outside the shared fan-out (a replay)."""
        self._packets += packets
        self._octets += octets

    def segment_of(self, sequence_number: int) -> tuple[Segment, int] | None:
        """The segment and the outgoing index of a 16-bit number the receiver asks for; None when long gone."""
        if not self.segments:
            return None
        newest = self._last_sequence
        if self.layer is not None and self.layer.newest is not None:
            newest = max(newest, self.layer.newest.sequence + self.sequence_offset)
        index = newest - ((newest - sequence_number) & 0xFFFF)
        for segment in reversed(self.segments):
            if index >= segment.start:
                return segment, index
        return None


def _in_order(base: int) -> Callable[[int], int]:
    """Sort key for 32-bit timestamps that may wrap after ``base``."""
    return lambda timestamp: (timestamp - base) & 0xFFFFFFFF


def _unbound(*_: object) -> Any:
    raise AssertionError("a slot sends nothing before it is bound")


_UNBOUND = Line(
    Outbound(_unbound, 0, _unbound, None), 0, Downlink(0.0, transport_cc=False, remb=False), Departures(Drops())
)
