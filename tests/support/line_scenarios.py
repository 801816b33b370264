"""The lines that the congestion control is measured on, and what comes of a run on one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.line_simulation import Adaptive, Simulation
from tests.support.virtual_link import LinkProfile

UNLIMITED = 8_000_000
"""What there is to send: more than the lines carry."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """``settled_s``: from then on it is measured; ``most_queue_s``: in seconds, at the 95th percentile."""

    name: str
    profile: LinkProfile
    seconds: float = 60.0
    settled_s: float = 10.0
    most_queue_s: float = 0.150
    cross: Callable[[float], float] | None = None
    feedback_lost: float = 0.0

    def run(self, seed: int) -> Outcome:
        simulation = Simulation(
            self.profile, Adaptive(UNLIMITED), seed, cross=self.cross, feedback_lost=self.feedback_lost
        )
        simulation.run(self.seconds)
        return outcome(simulation, self.settled_s)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of what the line carries, pauses taken off and headers of IP and UDP counted on both sides; seconds.

    ``dropped``: the share that found the queue full.
    """

    estimate: float
    sent: float
    queue_p50_s: float
    queue_p95_s: float
    dropped: float
    padding: float


def steady(bps: float) -> tuple[tuple[float, float], ...]:
    return ((0.0, bps),)


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def outcome(simulation: Simulation, settled_s: float) -> Outcome:
    samples = [sample for sample in simulation.samples if sample.at > settled_s]
    capacity = sum(sample.capacity_bps for sample in samples)
    # Sound weighs more on a thin line, and its headers with it.
    payload = sum(sample.payload * sample.sent_bps for sample in samples) / sum(s.sent_bps for s in samples)
    link = simulation.link
    return Outcome(
        estimate=sum(min(sample.estimate_bps / payload, sample.capacity_bps) for sample in samples) / capacity,
        sent=sum(sample.sent_bps for sample in samples) / capacity,
        queue_p50_s=percentile(simulation.waits, 0.5),
        queue_p95_s=percentile(simulation.waits, 0.95),
        dropped=link.dropped / (link.dropped + link.lost + link.carried),
        padding=simulation.padding_bytes / simulation.sent_bytes,
    )


def _half_at_times(now: float) -> float:
    """1.5 Mbit/s that does not give way, every other ten seconds."""
    return 1_500_000 if int(now / 10) % 2 else 0


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("ramp-up to 3 Mbit/s", LinkProfile(steady(3e6)), settled_s=3.0),
    Scenario("3 Mbit/s, 20 s of 300 kbit/s, back", LinkProfile(((0.0, 3e6), (20.0, 3e5), (40.0, 3e6))), 80.0),
    Scenario("3 Mbit/s, 1 % lost", LinkProfile(steady(3e6), loss=0.01)),
    Scenario("3 Mbit/s, 3 % lost", LinkProfile(steady(3e6), loss=0.03)),
    Scenario("3 Mbit/s, 10 % lost", LinkProfile(steady(3e6), loss=0.10)),
    Scenario("3 Mbit/s, 3 % lost in bursts", LinkProfile(steady(3e6), bursts=(0.01, 3.0))),
    Scenario("bufferbloat: 1.2 Mbit/s, queue of 1 s", LinkProfile(steady(1.2e6), queue_s=1.0)),
    Scenario("bufferbloat: 400 kbit/s, queue of 1 s", LinkProfile(steady(4e5), queue_s=1.0)),
    Scenario(
        "fair: 1.2 Mbit/s, 80 ms, 1 %, jitter 5 ms", LinkProfile(steady(1.2e6), 0.04, loss=0.01, jitter_s=0.005)
    ),
    Scenario(
        "poor: 380 kbit/s, 280 ms, 3 %, jitter 10 ms, reordering",
        LinkProfile(steady(3.8e5), 0.14, loss=0.03, jitter_s=0.01, reordered=0.02),
    ),
    Scenario(
        "emergency: 80 kbit/s, 400 ms, 9 %, queue of 0.5 s",
        LinkProfile(steady(8e4), 0.2, 0.5, loss=0.09),
    ),
    *(
        Scenario(
            f"thin: {kbps} kbit/s, 100 ms, 1 %, queue of 0.5 s", LinkProfile(steady(1e3 * kbps), 0.05, 0.5, 0.01)
        )
        for kbps in (300, 200, 150)
    ),
    Scenario("1.2 Mbit/s, queue of 30 ms", LinkProfile(steady(1.2e6), queue_s=0.03)),
    Scenario("3 Mbit/s, jitter 30 ms", LinkProfile(steady(3e6), jitter_s=0.03)),
    Scenario("5 Mbit/s, pauses of 60 ms twice a second", LinkProfile(steady(5e6), stalls=(0.5, 0.06))),
    Scenario(
        "3 Mbit/s, half of it taken by others at times",
        LinkProfile(steady(3e6)),
        # Before it is heard of others they have filled much of the queue, and they do not give way.
        most_queue_s=0.180,
        cross=_half_at_times,
    ),
    Scenario("3 Mbit/s, every fifth feedback lost", LinkProfile(steady(3e6)), feedback_lost=0.2),
    Scenario("3 Mbit/s, 600 ms", LinkProfile(steady(3e6), 0.3)),
)


def reaction(seed: int) -> tuple[float, float, float]:
    """Seconds: to 80 % of 3 Mbit/s from the start, to no more than 300 kbit/s after a drop, and up again."""
    simulation = Simulation(LinkProfile(((0.0, 3e6), (20.0, 3e5), (40.0, 3e6))), Adaptive(UNLIMITED), seed)
    samples = simulation.run(80.0)

    def first(begin: float, reached: Callable[[int], bool]) -> float:
        return next((s.at - begin for s in samples if s.at > begin and reached(s.estimate_bps)), math.inf)

    return (
        first(0.0, lambda bps: bps >= 0.8 * 3e6),
        first(20.0, lambda bps: bps <= 3e5),
        first(40.0, lambda bps: bps >= 0.8 * 3e6),
    )
