"""A publisher that sends video as an encoder does: layers, temporal layers, keyframes when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sfu.congestion.downlink import Downlink
from sfu.forwarding.session import TICK_S
from sfu.messages import Source
from sfu.rtp.packet import build_rtp
from sfu.rtp.rtcp import PictureLossIndication
from tests.support.virtual_class import IDS, VP8, Person, Sender, VirtualClass
from tests.support.virtual_line import VirtualLine

FPS = 25
MTU = 1100
STEPS = 4
"""In 20 ms, where lines are simulated."""
TEMPORAL_PATTERN = (0, 2, 1, 2)
SIZES = {"q": 650, "h": 2200, "f": 5600, "": 2200}
"""Bytes of a frame: 130, 440 and 1120 kbit/s."""
HEIGHTS = {"q": 180, "h": 360, "f": 720, "": 1080}


@dataclass
class Encoder:
    """One layer. ``size`` of a frame and ``keyframe_size`` in bytes; ``sent`` and ``keyframes`` count."""

    rid: str
    mid: str
    ssrc: int
    sequence: int
    timestamp: int
    size: int
    keyframe_size: int
    temporal: bool = True
    on: bool = True
    still: bool = False
    """Nothing moves: there is nothing to send but keyframes."""
    sent: int = 0
    keyframes: int = 0
    needs_keyframe: bool = True
    _frame: int = 0
    _base: int = 0

    def frame(self) -> list[bytes]:
        """The packets of the next frame."""
        self._frame += 1
        self.timestamp += 90_000 // FPS
        keyframe, self.needs_keyframe = self.needs_keyframe, False
        if keyframe:
            self._frame = 0
            self.keyframes += 1
        tid = TEMPORAL_PATTERN[self._frame % 4] if self.temporal else 0
        self._base += tid == 0
        left = max(self.keyframe_size if keyframe else self.size, 20)
        packets: list[bytes] = []
        while left > 0:
            part, left = min(left, MTU), left - MTU
            packets.append(self._packet(part, keyframe, tid, start=not packets, marker=left <= 0))
        return packets

    def _packet(self, size: int, keyframe: bool, tid: int, *, start: bool, marker: bool) -> bytes:
        picture = self.sent & 0x7FFF if start else (self.sent - 1) & 0x7FFF
        self.sent += start
        descriptor = bytes(
            [0x80 | 0x10 * start, 0xF0, 0x80 | picture >> 8, picture & 0xFF, self._base & 0xFF, tid << 6 | 0x20]
        )
        height = HEIGHTS[self.rid]
        header = bytes([0 if keyframe else 1, 0, 0])
        if keyframe and start:
            width = height * 16 // 9
            header += b"\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
        extensions = {IDS.mid: self.mid.encode()}
        if self.rid:
            extensions[IDS.rid] = self.rid.encode()
        data = build_rtp(
            payload_type=VP8,
            sequence_number=self.sequence & 0xFFFF,
            timestamp=self.timestamp & 0xFFFFFFFF,
            ssrc=self.ssrc,
            payload=descriptor + header + bytes(max(0, size - len(header))),
            marker=marker,
            extensions=extensions,
        )
        self.sequence += 1
        return data


@dataclass
class Broadcast:
    """Runs a class in virtual time while some of its people send video and sound."""

    room: VirtualClass
    encoders: dict[str, list[Encoder]] = field(default_factory=dict)
    speaking: list[Person] = field(default_factory=list)
    lines: list[VirtualLine] = field(default_factory=list)
    _random: Random = field(default_factory=lambda: Random(7))
    _rtcp_read: dict[str, int] = field(default_factory=dict)

    def film(
        self,
        person: Person,
        source: Source = Source.CAMERA,
        *,
        rids: tuple[str, ...] = ("",),
        temporal: bool = True,
    ) -> list[Encoder]:
        """The person's camera or screen runs from now on."""
        encoders = [
            Encoder(
                rid,
                person.senders[source].mid,
                self._random.getrandbits(32),
                self._random.randrange(65536),
                self._random.getrandbits(32),
                SIZES[rid],
                10 * SIZES[rid],
                temporal,
            )
            for rid in rids
        ]
        self.encoders.setdefault(person.id, []).extend(encoders)
        return encoders

    def run(self, seconds: float) -> None:
        """Frames at `FPS`, sound every 20 ms, ticks as a worker does, and keyframes when they are asked for."""
        end = self.room.now + seconds
        while self.room.now < end - 1e-9:
            for name, encoders in self.encoders.items():
                person = self.room.people[name]
                self._obey(person, encoders)
                for encoder in encoders:
                    if encoder.on and (not encoder.still or encoder.needs_keyframe):
                        self.room.send_batch(person, *encoder.frame())
            for _ in range(50 // FPS):
                for person in self.speaking:
                    self.room.send(person, _speech(person.senders[Source.MIC]))
                self._pass(1 / 50)

    def _pass(self, seconds: float) -> None:
        if not self.lines:
            self.room.run(seconds)
            return
        for _ in range(STEPS):
            self.room.run(seconds / STEPS)
            self.room.departures.release(self.room.now)
            for line in self.lines:
                line.advance()

    def _obey(self, person: Person, encoders: list[Encoder]) -> None:
        read = self._rtcp_read.get(person.id, 0)
        for packet in person.rtcp[read:]:
            if isinstance(packet, PictureLossIndication):
                for encoder in encoders:
                    encoder.needs_keyframe |= encoder.ssrc == packet.media_ssrc
        self._rtcp_read[person.id] = len(person.rtcp)


def _speech(sender: Sender) -> bytes:
    """20 ms of Opus at 32 kbit/s, mono and wide."""
    sender.timestamp += 960
    return sender.packet(bytes([0x78]) + sender.sequence.to_bytes(4, "big") + bytes(75), level=20)


class KnownLine(Downlink):
    """A line of which is known what it carries; it is not estimated."""

    def tick(self, now: float, sent_bps: int, wanted_bps: int) -> None:
        self.history.prune(now)

    def probe(self, now: float) -> int:
        return 0


def set_line(person: Person, bps: int, *, loss: float = 0.0, queue_s: float = 0.0) -> None:
    """What the person's line is found to carry from now on."""
    line = person.participant.line
    assert line is not None
    if not isinstance(line.downlink, KnownLine):
        line.downlink = KnownLine(0.0, transport_cc=True, remb=False)
        line.history = line.downlink.history
        person.participant.feedback.downlink = line.downlink
    line.downlink.estimate_bps = bps
    line.downlink.loss = loss
    line.downlink.queue_s = queue_s
    line.downlink.rtt_s = 0.05


def settle(room: VirtualClass) -> None:
    """Let what happened be put into practice."""
    room.run(TICK_S)
