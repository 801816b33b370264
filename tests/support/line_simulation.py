"""One line and its congestion control in virtual time: source, pacer, link and the browser's feedback."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol

from sfu.congestion.downlink import Downlink
from sfu.congestion.pacer import Pacer
from sfu.rtp.transport_cc import TransportFeedbackBuilder
from tests.support.virtual_link import IP_AND_UDP_BYTES, LinkProfile, VirtualLink

TICK_S = 0.060
PACER_S = 0.005
SAMPLE_S = 0.1
PACKET_BYTES = 1150
PADDING_BYTES = 290
AUDIO_BYTES = 100
START_S = 1000.0
RTCP_HEADER_BYTES = 4


class Source(Protocol):
    """What there is to send."""

    def frame(self, now: float, estimate_bps: int) -> int:
        """The bytes of the next video frame, 30 times a second."""

    @property
    def wanted_bps(self) -> int: ...


@dataclass
class Adaptive:
    """As many bits as the estimate says, up to ``most_bps``: one layer for every rate."""

    most_bps: int = 20_000_000
    share: float = 0.95
    audio_bps: int = 40_000

    @property
    def wanted_bps(self) -> int:
        return self.most_bps

    def frame(self, now: float, estimate_bps: int) -> int:
        return max(0, int((min(estimate_bps * self.share, self.most_bps) - self.audio_bps) / 30 / 8))


@dataclass(frozen=True, slots=True)
class Sample:
    """``capacity_bps``: what others and pauses leave; ``sent_bps`` is with IP and UDP headers, as that is.

    ``estimate_bps`` is without: ``payload`` is the share of what was sent that it counts.
    """

    at: float
    capacity_bps: float
    estimate_bps: int
    payload: float
    sent_bps: float
    queue_s: float
    loss: float


@dataclass
class Simulation:
    """``feedback_lost``: the share of the browser's feedback that does not come; ``hostile`` may rewrite it."""

    profile: LinkProfile
    source: Source
    seed: int = 1
    transport_cc: bool = True
    pads: bool = True
    feedback_s: float = 0.1
    up_delay_s: float | None = None
    feedback_lost: float = 0.0
    cross: Callable[[float], float] | None = None
    """Other traffic through the same queue, in bit/s at a time."""
    hostile: Callable[[bytes, float], bytes | None] | None = None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.link = VirtualLink(self.profile, self.random)
        self.downlink = Downlink(START_S, transport_cc=self.transport_cc, remb=False)
        self.pacer: Pacer[int] = Pacer()
        self.builder = TransportFeedbackBuilder()
        self.samples: list[Sample] = []
        self.waits: list[float] = []
        self.now = 0.0
        self.padding_bytes = 0
        self.sent_bytes = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._window: list[tuple[float, int]] = []
        self._sent_in_sample = self._packets_in_sample = 0
        self._cross_debt = 0.0
        self._video_debt = 0
        for start, action in (
            (0.0, self._audio),
            (0.003, self._video),
            (0.001, self._tick),
            (0.002, self._release),
            (self.feedback_s * self.random.uniform(0.5, 1.5), self._feedback),
            (SAMPLE_S, self._sample),
        ):
            self._at(start, action)
        if self.cross is not None:
            self._at(0.0, self._cross)

    def run(self, seconds: float) -> list[Sample]:
        """Let time pass; all samples until now."""
        end = self.now + seconds
        events = self._events
        while events and events[0][0] <= end:
            self.now, _, action = heapq.heappop(events)
            action()
        self.now = end
        return self.samples

    @property
    def clock(self) -> float:
        return START_S + self.now

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), action))

    # -- the server ---------------------------------------------------------------------------------------

    def _send(self, size: int) -> None:
        self.downlink.history.append((size, self.clock))
        number = self.downlink.history.last_number
        self.sent_bytes += size
        self._sent_in_sample += size + IP_AND_UDP_BYTES
        self._packets_in_sample += 1
        arrival = self.link.send(size, self.now)
        if arrival is not None:
            self.waits.append(self.link.waited_s)
            if self.transport_cc:
                self._at(arrival, lambda: self.builder.received(number & 0xFFFF, self.now))

    def _audio(self) -> None:
        self._at(self.now + 0.020, self._audio)
        self.pacer.spend(AUDIO_BYTES)
        self._send(AUDIO_BYTES)

    def _video(self) -> None:
        self._at(self.now + 1 / 30, self._video)
        frame = self.source.frame(self.now, self.downlink.estimate_bps)
        left = self._video_debt + int(frame * self.random.uniform(0.75, 1.25))
        # Little is gathered to a packet worth its header.
        self._video_debt = left if left < 200 else 0
        while left >= 200:
            size = min(left, PACKET_BYTES)
            left -= size
            self.pacer.credit -= size
            if self.pacer.credit >= 0 or self.pacer.admit(size, self.now):
                self._send(size)
            else:
                self.pacer.hold(size, size)

    def _release(self) -> None:
        self._at(self.now + PACER_S, self._release)
        if self.pacer.queued:
            for size in self.pacer.release(self.now):
                self._send(size)

    def _tick(self) -> None:
        self._at(self.now + TICK_S, self._tick)
        self._window.append((self.now, self.sent_bytes))
        while self._window[0][0] < self.now - 1.0:
            self._window.pop(0)
        first_at, first_bytes = self._window[0]
        sent_bps = int(8 * (self.sent_bytes - first_bytes) / max(self.now - first_at, 0.5))
        self.downlink.tick(self.clock, sent_bps, self.source.wanted_bps)
        self.pacer.set_rate(self.downlink.estimate_bps, self.now, self.downlink.queue_s)
        left = self.downlink.probe(self.clock) if self.pads else 0
        self.padding_bytes += left
        while left > 0:
            self._send(PADDING_BYTES)
            left -= PADDING_BYTES

    # -- the line and the browser ---------------------------------------------------------------------------

    def _cross(self) -> None:
        assert self.cross is not None
        self._at(self.now + 0.01, self._cross)
        self._cross_debt += self.cross(self.now) * 0.01 / 8
        while self._cross_debt >= 1200:
            self._cross_debt -= 1200
            self.link.send(1200, self.now)

    def _feedback(self) -> None:
        self._at(self.now + self.feedback_s, self._feedback)
        for packet in self.builder.build(1, 2):
            if self.random.random() < self.feedback_lost:
                continue
            body: bytes | None = packet[RTCP_HEADER_BYTES:]
            if self.hostile is not None:
                body = self.hostile(packet[RTCP_HEADER_BYTES:], self.now)
            if body is not None:
                self._deliver(body)

    def _deliver(self, body: bytes) -> None:
        delay = self.profile.delay_s if self.up_delay_s is None else self.up_delay_s
        self._at(self.now + delay, lambda: self.downlink.on_transport_feedback(body, self.clock))

    def _carried_bps(self) -> float:
        others = self.cross(self.now) if self.cross is not None else 0.0
        return self.profile.open_share * self.profile.rate_at(self.now) - others

    def _sample(self) -> None:
        self._at(self.now + SAMPLE_S, self._sample)
        self.samples.append(
            Sample(
                self.now,
                self._carried_bps(),
                self.downlink.estimate_bps,
                1 - IP_AND_UDP_BYTES * self._packets_in_sample / max(self._sent_in_sample, 1),
                8 * self._sent_in_sample / SAMPLE_S,
                self.link.queue_s(self.now),
                self.downlink.loss,
            )
        )
        self._sent_in_sample = self._packets_in_sample = 0
