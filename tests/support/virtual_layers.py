"""One simulcast track in virtual time, one slot that shows it, and a receiver that checks what it gets.

Each VP8 packet tells in its payload which frame of which layer it is part of and what that frame depends on, so
that the receiver can tell whether what came would decode.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from sfu.congestion.downlink import Downlink
from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.offers import watch
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.outgoing import router
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.line import Line, Outbound
from sfu.forwarding.outgoing.segments import PayloadTypes
from sfu.forwarding.outgoing.selection import Aim
from sfu.forwarding.outgoing.slot import Slot
from sfu.messages import Source
from sfu.rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from sfu.rtp.receive_stream import LastSenderReport
from sfu.rtp.serial import seq_delta, ts_delta
from sfu.rtp.vp8 import Vp8Descriptor, parse_vp8
from tests.support.virtual_class import codec

RIDS = ("q", "h", "f")
PATTERN = (0, 2, 1, 2)
STEP = 3000
"""RTP units from frame to frame, at 30 a second."""
_META = struct.Struct(">BIBBBBI")
IDS = ExtensionIds()


@dataclass(frozen=True)
class Meta:
    """What a packet says of its frame. ``needs``: the frame number it depends on beside the base, or itself."""

    layer: int
    frame: int
    packet: int
    packets: int
    temporal_id: int
    keyframe: bool
    needs: int

    def pack(self) -> bytes:
        flags = self.keyframe
        return _META.pack(self.layer, self.frame, self.packet, self.packets, self.temporal_id, flags, self.needs)

    @classmethod
    def unpack(cls, data: bytes) -> Meta:
        layer, frame, packet, packets, temporal_id, keyframe, needs = _META.unpack_from(data)
        return cls(layer, frame, packet, packets, temporal_id, bool(keyframe), needs)


@dataclass
class Encoder:
    """One layer as a browser encodes it: three temporal layers, numbers of its own."""

    at: int
    random: Random
    ssrc: int
    sequence: int
    timestamp: int
    picture_id: int
    tl0: int
    key_idx: int
    sync: bool = True
    """Whether every frame above the base can be decoded from the base alone."""
    frame: int = 0
    _turn: int = 0
    _last: dict[int, int] = field(default_factory=dict)

    @classmethod
    def make(cls, at: int, random: Random, *, sync: bool = True) -> Encoder:
        return cls(
            at,
            random,
            random.getrandbits(32),
            random.randrange(65536),
            random.getrandbits(32),
            random.randrange(1 << 15),
            random.randrange(256),
            random.randrange(32),
            sync,
        )

    def encode(self, *, keyframe: bool = False, packets: int = 1) -> list[RtpPacket]:
        """The next frame. Its timestamp must have been set by `Stage.step`."""
        if keyframe:
            self._turn = 0
            self._last = {}
        temporal_id = PATTERN[self._turn % 4]
        # The second frame of the highest layer depends on the one in the middle, as in L1T3.
        layer_sync = temporal_id > 0 and self._turn % 4 != 3 and (self.sync or self._turn % 8 < 4)
        self._turn += 1
        self.frame += 1
        self.picture_id = (self.picture_id + 1) & 0x7FFF
        if temporal_id == 0:
            self.tl0 = (self.tl0 + 1) & 0xFF
            needs = self.frame if keyframe else self._last[0]
        elif layer_sync:
            needs = self._last[0]
        else:
            needs = max((frame for tid, frame in self._last.items() if tid <= temporal_id), default=self.frame)
        if keyframe:
            self.key_idx = (self.key_idx + 1) & 0x1F
        self._last[temporal_id] = self.frame
        out: list[RtpPacket] = []
        for number in range(packets):
            descriptor = bytes(
                [
                    0x80 | (0x10 if number == 0 else 0),
                    0xF0,
                    0x80 | self.picture_id >> 8,
                    self.picture_id & 0xFF,
                    self.tl0,
                    temporal_id << 6 | (0x20 if layer_sync else 0) | self.key_idx,
                ]
            )
            header = bytes([0x00 if keyframe else 0x01, 0, 0]) + b"\x9d\x01\x2a"
            height = 180 << self.at
            header += struct.pack("<HH", height * 16 // 9, height)
            meta = Meta(self.at, self.frame, number, packets, temporal_id, keyframe, needs)
            out.append(
                RtpPacket(
                    96,
                    number == packets - 1,
                    self.sequence & 0xFFFF,
                    self.timestamp & 0xFFFFFFFF,
                    self.ssrc,
                    descriptor + header + meta.pack(),
                )
            )
            self.sequence += 1
        return out


@dataclass
class Arrived:
    """A packet as the receiver got it. ``sequence`` is extended."""

    sequence: int
    packet: RtpPacket
    vp8: Vp8Descriptor | None
    meta: Meta | None


class Stage:
    """A track of three layers, a slot and its receiver; time only moves by `step`."""

    def __init__(self, seed: int = 1, *, sync: bool = True, reports: bool = True, layers: int = 3) -> None:
        self.random = Random(seed)
        self.now = 100.0
        self.track = Track("tutor", Source.CAMERA, RIDS[:layers] if layers > 1 else ())
        self.track.on = True
        self.layers = self.track.layers
        self.encoders = [Encoder.make(at, self.random, sync=sync) for at in range(layers)]
        self.reports = reports
        self.departures = Departures(Drops())
        self.raw: list[bytes] = []
        self.lines: list[Line] = []
        self.slot = self.add_slot(self.raw)
        self.asked: list[Layer] = []
        self.codec = codec("video")
        self.late: list[RtpPacket] = []

    def add_slot(self, raw: list[bytes], first_sequence: int | None = None) -> Slot:
        start = self.random.randrange(1, 1 << 15) if first_sequence is None else first_sequence
        slot = Slot("v0", "video", self.random.getrandbits(32), 90_000, {"VP8": PayloadTypes(96, 97)}, start)

        def sendto(data: bytes, _: object) -> int:
            raw.append(data)
            return len(data)

        def encrypt(nonce: bytes, plaintext: bytes, header: bytes) -> bytes:
            nonces.setdefault(nonce, plaintext)
            assert nonces[nonce] == plaintext, "a nonce must never be used for two plaintexts"
            return plaintext

        nonces: dict[bytes, bytes] = {}
        downlink = Downlink(self.now, transport_cc=False, remb=False)
        slot.bind(Line(Outbound(encrypt, 0, sendto, None), 0, downlink, self.departures), 0)
        return slot

    def aim(
        self, at: int | None, temporal: int | None = None, *, keyframes: bool = False, now: bool = False
    ) -> None:
        """Aim the slot at a layer by its place."""
        target = None if at is None else Aim(self.layers[at], temporal, keyframes)
        wanted = router.aim(self.slot, target, self.now, at_once=now)
        if wanted is not None:
            self.asked.append(wanted)

    def step(
        self,
        *,
        keyframes: Iterable[int] = (),
        packets: Sequence[int] = (1, 2, 3),
        active: Iterable[int] = (0, 1, 2),
        lose: Iterable[int] = (),
    ) -> None:
        """A thirtieth of a second: every active layer brings a frame.

        ``lose``: indices, among all packets of this step, of those that do not come yet; see `repair`.
        """
        self.now += 1 / 30
        lost = set(lose)
        index = 0
        for encoder in self.encoders:
            encoder.timestamp += STEP
            self._report(encoder)
            if encoder.at not in active:
                continue
            for packet in encoder.encode(
                keyframe=encoder.at in keyframes or encoder.frame == 0, packets=packets[encoder.at]
            ):
                if index in lost:
                    self.late.append(packet)
                else:
                    self.receive(packet)
                index += 1
        self.departures.flush(self.now)

    def wait(self, frames: int) -> None:
        """So many thirtieths of a second in which nothing comes."""
        self.now += frames / 30
        for encoder in self.encoders:
            encoder.timestamp += STEP * frames

    def pad(self, at: int) -> None:
        """A packet of a layer that is padding alone, as encoders send to try out a line."""
        encoder = self.encoders[at]
        timestamp = encoder.timestamp & 0xFFFFFFFF
        self.receive(RtpPacket(96, False, encoder.sequence & 0xFFFF, timestamp, encoder.ssrc, b"", True))
        encoder.sequence += 1
        self.departures.flush(self.now)

    def restart(self, at: int, *, ssrc: bool) -> None:
        """The encoder of a layer begins anew: elsewhere with its numbers, or under another SSRC."""
        encoder = self.encoders[at]
        self.late = [packet for packet in self.late if packet.ssrc != encoder.ssrc]
        encoder.sequence += 20_000
        if ssrc:
            encoder.ssrc = self.random.getrandbits(32)
            encoder.timestamp = self.random.getrandbits(32)

    def repair(self, count: int | None = None) -> None:
        """What was lost comes after all, in any order."""
        self.random.shuffle(self.late)
        for _ in range(len(self.late) if count is None else min(count, len(self.late))):
            self.receive(self.late.pop())
        self.departures.flush(self.now)

    def receive(self, packet: RtpPacket) -> MediaOrNone:
        encoder = next(encoder for encoder in self.encoders if encoder.ssrc == packet.ssrc)
        layer = self.layers[encoder.at]
        media = layer.receive(packet, self.codec, self.now, repaired=False)
        if isinstance(media, DropReason):
            return media
        router.route(layer, media, self.now, self.departures)
        return None

    def watch(self) -> list[Layer]:
        """What a session does a few times a second."""
        changed = watch(self.track, self.now)
        for layer in changed:
            for slot in [*layer.slots, *layer.selective]:
                router.aim(slot, slot.aim, self.now)
        return changed

    def _report(self, encoder: Encoder) -> None:
        """As if a sender report had come just now, of one clock for all layers."""
        stream = self.layers[encoder.at].stream
        if self.reports and stream is not None:
            stream.last_sr = LastSenderReport(
                int((self.now + 1000) * (1 << 32)), encoder.timestamp & 0xFFFFFFFF, self.now
            )

    # --- what came ----------------------------------------------------------------------------------

    def arrived(self, raw: list[bytes] | None = None) -> list[Arrived]:
        """All that came, in the order of the numbers."""
        out: list[Arrived] = []
        extended: int | None = None
        for data in self.raw if raw is None else raw:
            packet = parse_rtp(data, IDS)
            extended = (
                packet.sequence_number
                if extended is None
                else extended + seq_delta(packet.sequence_number, extended & 0xFFFF)
            )
            if packet.padding_only:
                out.append(Arrived(extended, packet, None, None))
            else:
                vp8 = parse_vp8(packet.payload)
                out.append(Arrived(extended, packet, vp8, Meta.unpack(packet.payload[vp8.length + 10 :])))
        return sorted(out, key=lambda item: item.sequence)

    def frames(self) -> list[list[Arrived]]:
        """Frames in the order of the numbers, padding left out."""
        media = [item for item in self.arrived() if item.meta is not None]
        return [list(group) for _, group in itertools.groupby(media, lambda item: item.packet.timestamp)]

    def check(self, *, holes: int = 0, decodable: bool = True, whole: bool = True) -> None:
        """Numbers are unique and go on, but for ``holes``; so do time and picture numbers; what came decodes."""
        arrived = self.arrived()
        numbers = [item.sequence for item in arrived]
        assert len(set(numbers)) == len(numbers), "a number was used twice"
        missing = numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
        assert missing <= holes, f"{missing} numbers are missing"
        frames = self.frames()
        for before, after in itertools.pairwise(frames):
            assert ts_delta(after[0].packet.timestamp, before[0].packet.timestamp) > 0, "time goes back"
            one, other = before[0].vp8, after[0].vp8
            assert one is not None and other is not None
            assert one.picture_id is not None and other.picture_id is not None
            if whole:
                assert (other.picture_id - one.picture_id) & 0x7FFF == 1, "picture ids are not continuous"
                based = other.temporal_id == 0
                assert one.tl0_pic_idx is not None and other.tl0_pic_idx is not None
                assert (other.tl0_pic_idx - one.tl0_pic_idx) & 0xFF == int(based), "TL0PICIDX is not continuous"
                assert one.key_idx is not None and other.key_idx is not None
                assert (other.key_idx - one.key_idx) & 0x1F == int(other.is_keyframe), "KEYIDX"
        if decodable:
            self.decode(frames)

    def decode(self, frames: list[list[Arrived]]) -> None:
        """Every frame can be decoded from those before it since the last keyframe."""
        decoded: set[int] = set()
        layer: int | None = None
        for frame in frames:
            metas = [item.meta for item in frame if item.meta is not None]
            first = metas[0]
            assert {(meta.layer, meta.frame) for meta in metas} == {(first.layer, first.frame)}
            assert len({item.vp8.picture_id for item in frame if item.vp8 is not None}) == 1
            if first.keyframe:
                decoded, layer = set(), first.layer
            assert first.layer == layer, "a frame of another layer than the last keyframe's"
            if sorted(meta.packet for meta in metas) != list(range(first.packets)):
                continue  # cut off by a switch
            assert first.keyframe or first.needs in decoded, f"{first} depends on what did not come"
            decoded.add(first.frame)


MediaOrNone = DropReason | None
