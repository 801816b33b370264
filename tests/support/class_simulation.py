"""A class whose students sit behind lines of their own, in virtual time: the real session, simulated browsers.

A tutor sends sound and a camera in three layers. Each student's browser reports what arrives ten times a second,
asks again for what is missing, and for a keyframe when that does not come.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from sfu.congestion.downlink import START_BPS
from sfu.forwarding.outgoing.departures import RELEASE_INTERVAL_S
from sfu.forwarding.outgoing.line import Outbound
from sfu.forwarding.session import TICK_S, Session
from sfu.messages import Reception, Source
from sfu.rtp.packet import is_rtcp
from sfu.rtp.rtcp import Nack, PictureLossIndication
from sfu.rtp.serial import SequenceUnwrapper
from sfu.rtp.transport_cc import TransportFeedbackBuilder
from tests.support.virtual_class import WALL_OFFSET_S, Person, VirtualClass
from tests.support.virtual_encoder import FPS, Broadcast, Encoder
from tests.support.virtual_link import LinkProfile, VirtualLink

FEEDBACK_S = 0.1
SAMPLE_S = 0.2
NACK_TIMES = 5
GIVE_UP_S = 0.6
TAG = bytes(16)
OPUS_BYTES = 79
RIDS = ("q", "h", "f")
VIDEO_SLOT = 2
_TWCC = slice(17, 19)
"""Where the number is in a packet with the line's block of extensions (RFC 8285 section 4.2)."""


@dataclass
class _Stream:
    """What a browser knows of one video stream."""

    unwrapper: SequenceUnwrapper = field(default_factory=SequenceUnwrapper)
    highest: int = -1
    missing: dict[int, tuple[float, int]] = field(default_factory=dict)
    received: int = 0


@dataclass(frozen=True, slots=True)
class ClassSample:
    at: float
    estimate_bps: int
    sent_bps: float
    layer: str | None
    temporal: int | None
    reception: Reception


class Student:
    """One browser behind one line. ``waits``: when and how long, of what the line carried."""

    def __init__(self, person: Person, profile: LinkProfile, random: Random) -> None:
        self.person = person
        self.profile = profile
        self.link = VirtualLink(profile, random)
        self.waits: list[tuple[float, float]] = []
        self.samples: list[ClassSample] = []
        self.arrivals: list[tuple[float, int, bytes]] = []
        self.builder = TransportFeedbackBuilder()
        self.streams: dict[int, _Stream] = {}
        self.video = {slot.ssrc for slot in person.participant.egress.video}
        self.sent_bytes = 0
        self.received = 0
        self.pictures_lost = 0

    def changes(self, after: float, until: float = float("inf")) -> list[float]:
        """When the layer of the tutor's camera was another than before; temporal layers count too."""
        found: list[float] = []
        before: tuple[str | None, int | None] | None = None
        for sample in self.samples:
            now = (sample.layer, sample.temporal)
            if before is not None and now != before and after <= sample.at <= until:
                found.append(sample.at)
            before = now
        return found


class ClassSimulation:
    """``profiles``: the lines of the students by name; ``now`` starts at 0 and moves by `run`."""

    def __init__(self, profiles: dict[str, LinkProfile], seed: int = 1) -> None:
        self.random = Random(seed)
        self.room = room = VirtualClass(seed)
        room.session = Session(
            "s",
            random=room.random,
            emit=room.events.append,
            departures=room.departures,
            wall_offset_s=WALL_OFFSET_S,
            start_bps=START_BPS,
        )
        self._start = room.now
        sources = frozenset({Source.CAMERA, Source.MIC})
        self.tutor = room.join("tutor", lead=True, publishing=sources, rids=RIDS)
        self._air = Broadcast(room)
        self.encoders: list[Encoder] = self._air.film(self.tutor, rids=RIDS)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.students: dict[str, Student] = {}
        for name, profile in profiles.items():
            person = room.join(name, connect=False, audio=2, video=1)
            # A seed of its own: what happens on one line must not move the dice of another.
            student = self.students[name] = Student(person, profile, Random(f"{seed} {name}"))
            self._connect(student)
        self._at(0.001, self._tick)
        self._at(0.002, self._release)
        self._at(0.0, self._speak)
        for index in range(len(self.encoders)):
            self._at(0.004, lambda encoder=self.encoders[index]: self._film(encoder))  # type: ignore[misc]
        for student in self.students.values():
            self._at(self.random.uniform(0.05, 0.15), lambda s=student: self._feed_back(s))  # type: ignore[misc]
        self._at(SAMPLE_S, self._sample)

    @property
    def now(self) -> float:
        return self.room.now - self._start

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            when, _, action = heapq.heappop(self._events)
            self.room.now = self._start + when
            action()
        self.room.now = self._start + end

    def ladder(self, name: str) -> list[tuple[float, Reception]]:
        """The steps of the low-bandwidth ladder that a student was on, each with the time it was first seen."""
        steps: list[tuple[float, Reception]] = []
        for sample in self.students[name].samples:
            if not steps or steps[-1][1] is not sample.reception:
                steps.append((sample.at, sample.reception))
        return steps

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), action))

    # -- the server -------------------------------------------------------------------------------------------

    def _connect(self, student: Student) -> None:
        order = count()

        def sendto(data: bytes, _: object) -> int:
            student.sent_bytes += len(data)
            arrival = student.link.send(len(data), self.now)
            if arrival is not None:
                student.waits.append((self.now, student.link.waited_s))
                heapq.heappush(student.arrivals, (arrival, next(order), data))
            return len(data)

        def encrypt(nonce: bytes, plaintext: bytes, header: bytes) -> bytes:
            return plaintext + TAG

        outbound = Outbound(encrypt, 0, sendto, None)
        self.room.session.connected(student.person.id, outbound, lambda data: None, self.room.now)

    def _tick(self) -> None:
        self._at(self.now + TICK_S, self._tick)
        self.room.session.tick(self.room.now)
        self.room.departures.flush(self.room.now)

    def _release(self) -> None:
        self._at(self.now + RELEASE_INTERVAL_S, self._release)
        if self.room.departures.holding:
            self.room.departures.release(self.room.now)

    # -- the tutor --------------------------------------------------------------------------------------------

    def _speak(self) -> None:
        self._at(self.now + 0.020, self._speak)
        sender = self.tutor.senders[Source.MIC]
        sender.timestamp += 960
        self.room.send_batch(self.tutor, sender.packet(bytes([0x78]) + bytes(OPUS_BYTES), level=20))

    def _film(self, encoder: Encoder) -> None:
        self._at(self.now + 1 / FPS, lambda: self._film(encoder))
        self._air._obey(self.tutor, self.encoders)
        if encoder.on:
            self.room.send_batch(self.tutor, *encoder.frame())

    # -- the browsers -----------------------------------------------------------------------------------------

    def _feed_back(self, student: Student) -> None:
        now = self.now
        self._at(now + FEEDBACK_S, lambda: self._feed_back(student))
        while student.arrivals and student.arrivals[0][0] <= now:
            arrival, _, data = heapq.heappop(student.arrivals)
            if not is_rtcp(data):
                student.received += 1
                student.builder.received(int.from_bytes(data[_TWCC], "big"), arrival)
                self._receive(student, data, arrival)
        parts = student.builder.build(1, 2) + self._complaints(student, now)
        if parts:
            data = b"".join(parts)
            self._at(now + student.profile.delay_s, lambda: self._arrived(student, data))

    def _arrived(self, student: Student, data: bytes) -> None:
        self.room.session.handle_rtcp(student.person.participant, data, self.room.now)
        self.room.departures.flush(self.room.now)

    def _receive(self, student: Student, data: bytes, now: float) -> None:
        ssrc = int.from_bytes(data[8:12], "big")
        if ssrc not in student.video:
            if (base := self._repaired(student, ssrc)) is not None and len(data) > 36:
                self._note(student.streams.setdefault(base, _Stream()), data[20:22], now)
            return
        self._note(student.streams.setdefault(ssrc, _Stream()), data[2:4], now)

    def _repaired(self, student: Student, ssrc: int) -> int | None:
        for slot in student.person.participant.egress.video:
            if student.person.participant.egress._repair[slot.ssrc].ssrc == ssrc:
                return slot.ssrc
        return None

    def _note(self, stream: _Stream, number: bytes, now: float) -> None:
        sequence = stream.unwrapper.unwrap(int.from_bytes(number, "big"))
        stream.received += 1
        if stream.highest >= 0:
            for missing in range(stream.highest + 1, min(sequence, stream.highest + 500)):
                stream.missing[missing] = (now, 0)
        stream.missing.pop(sequence, None)
        stream.highest = max(stream.highest, sequence)

    def _complaints(self, student: Student, now: float) -> list[bytes]:
        """NACKs, and PLI for what did not come in time."""
        parts: list[bytes] = []
        for ssrc, stream in student.streams.items():
            wanted: list[int] = []
            for sequence, (since, times) in list(stream.missing.items()):
                if now - since > GIVE_UP_S:
                    stream.missing.clear()
                    wanted.clear()
                    student.pictures_lost += 1
                    parts.append(PictureLossIndication(1, ssrc).pack())
                    break
                if times < NACK_TIMES:
                    stream.missing[sequence] = (since, times + 1)
                    wanted.append(sequence & 0xFFFF)
            if wanted:
                parts.append(Nack(1, ssrc, tuple(wanted[:200])).pack())
        return parts

    def _sample(self) -> None:
        self._at(self.now + SAMPLE_S, self._sample)
        for student in self.students.values():
            participant = student.person.participant
            slot = participant.egress.slots[VIDEO_SLOT]
            aim = slot.aim
            assert participant.line is not None
            student.samples.append(
                ClassSample(
                    self.now,
                    participant.line.downlink.estimate_bps,
                    8 * student.sent_bytes / SAMPLE_S,
                    None if aim is None else aim.layer.rid,
                    None if aim is None else aim.temporal,
                    participant.reception,
                )
            )
            student.sent_bytes = 0


def mixed_lines(students: int) -> dict[str, LinkProfile]:
    """The lines of a class as they come: most are good, some are weak, one in twenty barely is one."""
    kinds = (
        ("strong", 12, LinkProfile(((0.0, 10e6),))),
        ("home", 8, LinkProfile(((0.0, 3e6),), 0.03, jitter_s=0.003)),
        ("fair", 8, LinkProfile(((0.0, 1.2e6),), 0.04, loss=0.01, jitter_s=0.005)),
        ("bloated", 4, LinkProfile(((0.0, 8e5),), queue_s=1.0)),
        ("poor", 6, LinkProfile(((0.0, 3.8e5),), 0.14, loss=0.03, jitter_s=0.01, reordered=0.02)),
        ("emergency", 2, LinkProfile(((0.0, 8e4),), 0.2, 0.5, loss=0.09)),
    )
    of_forty = [(name, profile) for name, share, profile in kinds for _ in range(share)]
    lines: dict[str, LinkProfile] = {}
    for index in range(students):
        name, profile = of_forty[index * len(of_forty) // students]
        lines[f"{name} {index}"] = profile
    return lines


def only(lines: dict[str, LinkProfile], kind: str) -> dict[str, LinkProfile]:
    """Those of one kind."""
    return {name: profile for name, profile in lines.items() if name.startswith(kind)}
