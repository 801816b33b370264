"""A layer: one incoming RTP stream of a track, from the packet that came in to the packet all its slots share."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sfu.forwarding.drops import DropReason
from sfu.forwarding.incoming.flood import Allowance
from sfu.forwarding.incoming.inspection import height, inspect, temporal_id
from sfu.forwarding.incoming.picture_order import FARTHEST, PictureOrder
from sfu.forwarding.incoming.rates import OVERHEAD, Rates
from sfu.forwarding.media_packet import PADDING_PAYLOAD, MediaPacket
from sfu.messages import Kind
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.keyframe_requests import KeyframeRequests
from sfu.rtp.nack import NackGenerator
from sfu.rtp.packet import RtpPacket
from sfu.rtp.packet_cache import PacketCache
from sfu.rtp.receive_stream import ReceiveStream
from sfu.rtp.silence import SilenceGate
from sfu.rtp.vp8 import parse_vp8

if TYPE_CHECKING:
    from sfu.description import Codec
    from sfu.forwarding.incoming.track import Track
    from sfu.forwarding.outgoing.runs import Departure
    from sfu.forwarding.outgoing.slot import Slot
    from sfu.forwarding.spanning.remote import Crossing

CACHE_SECONDS: dict[Kind, float] = {"audio": 1.0, "video": 2.0}
CACHE_PACKETS: dict[Kind, int] = {"audio": 128, "video": 2048}
DEPARTED: Final = 32
"""Packets of sound, of 20 ms or more each: what is asked for later is not played any more."""
CACHE_BYTES: Final = 3_000_000
"""12 Mbit/s for two seconds: however large somebody's keyframes are, a layer keeps no more."""
REPLAY_PACKETS = 128
"""A keyframe is replayed to a newcomer only while at most this many packets followed it …"""
REPLAY_SECONDS = 1.0
"""… and it is at most this old; else a new keyframe is cheaper than the burst."""
RESTARTS: Final = 4
RESTART_INTERVAL_S: Final = 2.0
"""A publisher may change SSRC or codec this often; packets in between are dropped."""
DISCONTINUITY = 3000
"""A jump in sequence numbers larger than this is a new start of the sender, not loss."""


class Layer:
    """State of one incoming stream of ``track``; ``rid`` is its RTP stream id (RFC 8852), "" without simulcast.

    ``slots`` get each of its packets by the fast path; ``selective`` are slots that take only some of them or want
    them changed; ``waiting`` want its next keyframe. ``crossings`` take it to other workers.
    """

    __slots__ = (
        "_gate",
        "_keyframe_arrival",
        "_keyframe_sequence",
        "_left_at",
        "_left_ssrc",
        "_restarts",
        "absent_until",
        "arrival",
        "cache",
        "codec_key",
        "crossings",
        "departed",
        "flowing",
        "forwarded_octets",
        "forwarded_packets",
        "height",
        "keyframe_timestamp",
        "keyframes",
        "kind",
        "last_bps",
        "lossy",
        "nack",
        "newest",
        "newest_frame",
        "order",
        "pending",
        "rates",
        "rid",
        "selective",
        "slots",
        "ssrc",
        "stream",
        "track",
        "waiting",
        "wanted_since",
        "was_flowing",
    )

    def __init__(self, track: Track, rid: str) -> None:
        self.track = track
        self.rid = rid
        self.kind: Kind = track.kind
        self.slots: list[Slot] = []
        self.selective: list[Slot] = []
        self.waiting: list[Slot] = []
        self.crossings: list[Crossing] = []
        self.pending: list[MediaPacket] = []
        """What came with the batch that is being read, and leaves with its end."""
        self.departed: deque[Departure] | None = deque(maxlen=DEPARTED) if self.kind == "audio" else None
        """The last that left, from which lost sound is sent again."""
        self.forwarded_packets = 0
        self.forwarded_octets = 0
        self.ssrc: int | None = None
        self.codec_key: str | None = None
        self.lossy = False
        self.stream: ReceiveStream | None = None
        self.nack = NackGenerator()
        self.cache = self._new_cache()
        self.keyframes = KeyframeRequests()
        self.newest: MediaPacket | None = None
        self.newest_frame: MediaPacket | None = None
        """The newest that is not padding alone."""
        # Kept by `sfu.forwarding.incoming.offers`.
        self.flowing = self.was_flowing = False
        """Packets come, or none of the track do."""
        self.arrival = 0.0
        """When the last packet came, in s."""
        self.order = PictureOrder()
        self.rates = Rates()
        self.last_bps: tuple[int, ...] = ()
        self.height = 0
        """Of the last keyframe, in pixels; 0 while it is not known."""
        self.wanted_since = self.absent_until = 0.0
        self._gate = SilenceGate() if self.kind == "audio" else None
        self._keyframe_sequence: int | None = None
        self.keyframe_timestamp = 0
        self._keyframe_arrival = 0.0
        self._left_ssrc: int | None = None
        self._left_at = 0.0
        self._restarts = Allowance(RESTARTS, RESTART_INTERVAL_S)

    def receive(self, rtp: RtpPacket, codec: Codec, now: float, repaired: bool) -> MediaPacket | DropReason:
        """Take one packet in: number it, look into it, remember it. Never raises."""
        stream = self.stream
        if stream is None or rtp.ssrc != self.ssrc or codec.key != self.codec_key:
            if stream is not None and not self._may_restart(rtp.ssrc, now):
                return DropReason.RESTARTING
            stream = self.begin(rtp.ssrc, codec.key, codec.clock_rate, lossy=codec.nack)
        sequence = self._number(stream, rtp, now, repaired)
        if sequence is None:
            return DropReason.SILENCE
        newest = self.newest
        if newest is not None:
            if not newest.sequence < sequence <= newest.sequence + DISCONTINUITY:
                if (known := self._out_of_order(sequence, newest.sequence)) is not None:
                    return known
            elif 0 < (newest.timestamp - rtp.timestamp) & 0xFFFF_FFFF < FARTHEST and _has_b_frames(codec):
                self.order.went_back(now)
        packet = MediaPacket(sequence, rtp.timestamp, rtp.marker, rtp.payload, now)
        self.flowing = True
        self.arrival = now
        packet.dependency_descriptor = rtp.dependency_descriptor
        if rtp.padding_only:
            packet.padding_only = True
            packet.payload = PADDING_PAYLOAD
        elif self.kind == "video":
            try:
                inspect(packet, codec.key)
            except MalformedPacket:
                return DropReason.MALFORMED_PAYLOAD
        self.rates.octets[temporal_id(packet)] += len(packet.payload) + OVERHEAD
        self.cache.store(sequence, packet, now, len(packet.payload))
        if packet.keyframe:
            self._remember_keyframe(packet, now)
        return packet

    def _may_restart(self, ssrc: int, now: float) -> bool:
        """Whether the publisher may change to this SSRC, or this one's codec, now."""
        if ssrc == self._left_ssrc and now < self._left_at + RESTART_INTERVAL_S:
            return False  # late packets of the stream that was left
        if not self._restarts.take(now):
            return False
        if ssrc != self.ssrc:
            self._left_ssrc, self._left_at = self.ssrc, now
        return True

    def _out_of_order(self, sequence: int, newest: int) -> DropReason | None:
        """Start anew at a number far ahead. Why a packet that came late may not be forwarded."""
        if sequence <= newest:
            return self._known(sequence)
        self._restart_slots()
        return None

    def _known(self, sequence: int) -> DropReason | None:
        """Why a packet that came late may not be forwarded: its number may have been used already."""
        if self.cache.get(sequence) is not None:
            return DropReason.DUPLICATE
        return DropReason.TOO_LATE if sequence <= self.cache.forgotten else None

    def _number(self, stream: ReceiveStream, rtp: RtpPacket, now: float, repaired: bool) -> int | None:
        """The extended number of a packet; None when it is silence that is not forwarded."""
        if repaired:
            sequence = stream.extend(rtp.sequence_number)
        else:
            sequence = stream.received(rtp.sequence_number, rtp.timestamp, len(rtp.payload), now)
        if self.lossy:
            self.nack.received(sequence, now)
        return sequence if self._gate is None else self._gate.admit(sequence, rtp.audio_level)

    def accept(self, packet: MediaPacket, now: float) -> MediaPacket | None:
        """Take in a packet that another worker numbered and looked into. None when it cannot be used."""
        if self.stream is None or self._known(packet.sequence) is not None:
            return None
        if self.newest is not None and packet.sequence > self.newest.sequence + DISCONTINUITY:
            self._restart_slots()
        self.flowing = True
        self.arrival = now
        if self.codec_key == "VP8" and not packet.padding_only:
            try:
                packet.vp8 = parse_vp8(packet.payload)
            except MalformedPacket:
                return None
        self.rates.octets[temporal_id(packet)] += len(packet.payload) + OVERHEAD
        self.cache.store(packet.sequence, packet, now, len(packet.payload))
        if packet.keyframe:
            self._remember_keyframe(packet, now)
        return packet

    def begin(self, ssrc: int, codec_key: str, clock_rate: int, *, lossy: bool) -> ReceiveStream:
        """A first packet, or the sender changed SSRC or codec: everything about numbers starts anew."""
        self.ssrc = ssrc
        self.codec_key = codec_key
        self.lossy = lossy
        self.stream = ReceiveStream(ssrc, clock_rate)
        self.nack = NackGenerator()
        self.cache = self._new_cache()
        self._gate = SilenceGate() if self.kind == "audio" else None
        self._keyframe_sequence = None
        self._restart_slots()
        if self.departed is not None:
            self.departed.clear()  # the numbers may come again
        self.newest = self.newest_frame = None
        return self.stream

    def _new_cache(self) -> PacketCache[MediaPacket]:
        return PacketCache(CACHE_SECONDS[self.kind], CACHE_PACKETS[self.kind], CACHE_BYTES)

    def _restart_slots(self) -> None:
        """Take every slot through a switch to this same track, so that its own numbers stay continuous."""
        for slot in [*self.slots, *self.selective]:
            slot.restart()
        self._keyframe_sequence = None

    def _remember_keyframe(self, packet: MediaPacket, now: float) -> None:
        # H.264 marks several packets of one keyframe (SPS, IDR): the first of them counts.
        if self._keyframe_sequence is not None and packet.timestamp == self.keyframe_timestamp:
            self._keyframe_sequence = min(self._keyframe_sequence, packet.sequence)
            return
        if self._keyframe_sequence is not None and packet.sequence < self._keyframe_sequence:
            return
        self._keyframe_sequence = packet.sequence
        self.keyframe_timestamp = packet.timestamp
        self._keyframe_arrival = now
        self.keyframes.keyframe_received(now)
        self.height = height(packet, self.codec_key or "") or self.height

    def forget_keyframe(self) -> None:
        """What follows does not continue what is cached."""
        self._keyframe_sequence = None

    def whole_keyframe(self) -> list[MediaPacket]:
        """The last keyframe, when all of its packets are there; else empty."""
        packets: list[MediaPacket] = []
        if self._keyframe_sequence is None:
            return packets
        sequence = self._keyframe_sequence
        while (packet := self.cache.get(sequence)) is not None and packet.timestamp == self.keyframe_timestamp:
            if not packet.padding_only:
                packets.append(packet)
            if packet.marker:
                return packets
            sequence += 1
        return []

    def replayable(self, now: float) -> list[MediaPacket]:
        """The last keyframe and all that followed, when few and fresh enough; else empty."""
        start = self._keyframe_sequence
        newest = self.newest
        if (
            start is None
            or newest is None
            or newest.sequence - start >= REPLAY_PACKETS
            or now - self._keyframe_arrival > REPLAY_SECONDS
        ):
            return []
        packets = (self.cache.get(sequence) for sequence in range(start, newest.sequence + 1))
        return [packet for packet in packets if packet is not None]

    def stop(self) -> None:
        """Let go of every slot."""
        for slot in [*self.slots, *self.selective, *self.waiting]:
            slot.clear()


def _has_b_frames(codec: Codec) -> bool:
    """Whether streams of this codec can have them."""
    return codec.name == "H264"
