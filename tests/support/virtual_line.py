"""A subscriber behind a line in virtual time: what it gets is delayed and lost, and it says so as browsers do."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random

from sfu.forwarding.outgoing.line import Outbound
from sfu.rtp.packet import is_rtcp, parse_rtp
from sfu.rtp.rtcp import parse_rtcp
from sfu.rtp.transport_cc import TransportFeedbackBuilder
from tests.support.virtual_class import IDS, Person, VirtualClass
from tests.support.virtual_link import LinkProfile, VirtualLink

FEEDBACK_S = 0.08
OVERHEAD = 16
"""The tag of SRTP, which virtual packets do not have."""


@dataclass
class Arrival:
    """A media packet that came through: when it was sent and when it arrived, in s."""

    sent: float
    arrived: float
    ssrc: int
    timestamp: int
    size: int


@dataclass
class VirtualLine:
    """Connects ``person`` by a line of ``profile``; times of the profile count from then."""

    room: VirtualClass
    person: Person
    profile: LinkProfile
    seed: int = 1
    arrivals: list[Arrival] = field(default_factory=list)
    sent_bytes: int = 0
    dead: bool = False
    """Nothing passes, in either direction."""

    def __post_init__(self) -> None:
        self._start = self.room.now
        self.link = VirtualLink(self.profile, Random(self.seed))
        self._random = Random(self.seed + 1)
        self._feedback = TransportFeedbackBuilder()
        self._next_feedback = self.room.now + FEEDBACK_S
        self._under_way: list[tuple[float, int, bytes]] = []
        self._back: list[tuple[float, int, bytes]] = []
        self._count = 0
        outbound = Outbound(lambda nonce, plaintext, header: plaintext, 0, self._send, ("198.51.100.2", 6000))
        self.room.session.connected(self.person.id, outbound, self._send_rtcp, self.room.now)

    def advance(self) -> None:
        """What arrived by now is taken in, and feedback is sent; call it every few milliseconds."""
        now = self.room.now
        while self._under_way and self._under_way[0][0] <= now:
            arrived, _, data = heapq.heappop(self._under_way)
            rtp = parse_rtp(data[8:], IDS)
            if rtp.transport_sequence_number is not None:
                self._feedback.received(rtp.transport_sequence_number, arrived)
            sent = int.from_bytes(data[:8], "big") / 1e6
            self.arrivals.append(Arrival(sent, arrived, rtp.ssrc, rtp.timestamp, len(data) - 8))
        if now >= self._next_feedback:
            self._next_feedback = now + FEEDBACK_S
            if self._feedback.pending():
                for body in self._feedback.build(1, 2):
                    self._count += 1
                    if self._random.random() >= self.profile.loss:
                        heapq.heappush(self._back, (now + self.profile.delay_s, self._count, body))
        while self._back and self._back[0][0] <= now:
            body = heapq.heappop(self._back)[2]
            if self.dead:
                continue
            self.room.session.handle_rtcp(self.person.participant, body, now)

    def reroute(self) -> None:
        """The person is reached by another path now, of the same profile."""
        self.dead = False
        line = self.person.participant.line
        assert line is not None
        line.move(self._send, ("198.51.100.3", 6000), None, self.room.now)

    def _send(self, data: bytes, _: object) -> int:
        if is_rtcp(data):
            return len(data)
        now = self.room.now
        self.sent_bytes += len(data) + OVERHEAD + 28
        arrival = None if self.dead else self.link.send(len(data) + OVERHEAD, now - self._start)
        if arrival is not None:
            self._count += 1
            stamped = round(now * 1e6).to_bytes(8, "big") + data
            heapq.heappush(self._under_way, (self._start + arrival, self._count, stamped))
        return len(data)

    def _send_rtcp(self, data: bytes) -> None:
        self.person.rtcp.extend(parse_rtcp(data))
