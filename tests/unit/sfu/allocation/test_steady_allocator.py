"""The allocator over time: quick down, patient up, and no flapping."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.allocation.allocator import Choice, LayerOffer, Options, Rank, options_of
from sfu.allocation.steady import HOLD_MAX_S, HOLD_S, REFRESH_S, SteadyAllocator

CAMERA = (
    LayerOffer("q", 180, (80_000, 110_000, 150_000), True),
    LayerOffer("h", 360, (300_000, 400_000, 500_000), True),
    LayerOffer("f", 720, (900_000, 1_200_000, 1_500_000), True),
)
SCREEN = (LayerOffer("", 1080, (300_000, 600_000, 1_000_000), True),)
REQUESTS: list[tuple[str, Rank, Options]] = [
    ("screen", Rank.SCREEN, options_of(Rank.SCREEN, SCREEN, None)),
    ("camera", Rank.STAGE, options_of(Rank.STAGE, CAMERA, None)),
    *((f"s{i}", Rank.OTHER, options_of(Rank.OTHER, CAMERA, 360)) for i in range(3)),
]
AUDIO_BPS = 50_000
TICK_S = 0.06


class Subscriber:
    """Runs the allocator as a session does, and notes every change of a layer as (time, track)."""

    def __init__(self, requests: list[tuple[str, Rank, Options]] = REQUESTS) -> None:
        self.requests = requests
        self.allocator = SteadyAllocator()
        self.now = 0.0
        self.runs = 0
        self.changes: list[tuple[float, str]] = []
        self.choices: tuple[Choice, ...] = ()

    def tick(self, estimate_bps: int) -> None:
        self.now += TICK_S
        if not self.allocator.due(estimate_bps, self.now):
            return
        self.runs += 1
        choices = self.allocator.allocate(estimate_bps, AUDIO_BPS, self.requests, self.now).choices
        if self.choices:
            for (key, _, _), new, old in zip(self.requests, choices, self.choices, strict=True):
                if not new.same(old):
                    self.changes.append((self.now, key))
        self.choices = choices

    def run(self, seconds: float, estimate_bps: int) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.tick(estimate_bps)


def test_down_at_once_and_up_after_ten_seconds() -> None:
    subscriber = Subscriber(REQUESTS[1:2])
    subscriber.run(1, 3_000_000)
    assert subscriber.choices[0].rid == "f"
    subscriber.tick(800_000)
    lowered = subscriber.now
    assert subscriber.choices[0].rid == "h"
    subscriber.run(60, 3_000_000)
    assert subscriber.choices[0].rid == "f"
    assert subscriber.changes[-1][0] - lowered == pytest.approx(HOLD_S, abs=1.1)


def test_whoever_falls_back_waits_twice_as_long_each_time() -> None:
    subscriber = Subscriber(REQUESTS[1:2])
    subscriber.run(1, 3_000_000)
    waits = []
    for _ in range(6):
        subscriber.tick(800_000)
        lowered = subscriber.now
        while subscriber.choices[0].rid != "f":
            subscriber.tick(3_000_000)
        waits.append(subscriber.now - lowered)
    expected = [HOLD_S, 2 * HOLD_S, 4 * HOLD_S, 8 * HOLD_S, HOLD_MAX_S, HOLD_MAX_S]
    assert waits == pytest.approx(expected, abs=1.1)


def test_nothing_is_decided_without_a_reason() -> None:
    subscriber = Subscriber()
    subscriber.run(60, 20_000_000)
    assert subscriber.runs <= 60 / REFRESH_S + 2


def test_a_shortage_that_cannot_be_mended_does_not_cost_every_tick() -> None:
    subscriber = Subscriber()
    subscriber.run(60, 20_000)
    assert subscriber.runs <= 62


def test_a_line_that_grows_is_used_as_soon_as_it_carries_more() -> None:
    subscriber = Subscriber()
    subscriber.run(1, 400_000)
    wanted = subscriber.allocator.last.wanted_bps
    assert not subscriber.allocator.due(wanted - 1, subscriber.now)
    subscriber.tick(wanted)
    assert subscriber.changes and subscriber.changes[-1][0] == subscriber.now


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(200_000, 5_000_000), st.floats(0.0, 0.10))
def test_a_noisy_line_flaps_not(seed: int, line_bps: int, noise: float) -> None:
    """Noise of up to 10 % either way on any line, and nothing settled yet: soon no more than a change in 10 s."""
    subscriber, random = Subscriber(), Random(seed)
    while subscriber.now < 70:
        subscriber.tick(int(line_bps * random.uniform(1 - noise, 1 + noise)))
    assert len({time for time, _ in subscriber.changes if time > 10}) <= 6
    assert len({time for time, _ in subscriber.changes if time > 40}) <= 3


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(200_000, 5_000_000))
def test_wild_noise_changes_a_layer_at_most_every_ten_seconds(seed: int, line_bps: int) -> None:
    """Jumps of a third either way, each held for a moment, are more than the slack; patience bounds them."""
    subscriber, random = Subscriber(REQUESTS[1:2]), Random(seed)
    while subscriber.now < 240:
        subscriber.run(random.uniform(0.2, 3.0), int(line_bps * random.uniform(0.67, 1.33)))
    late = [change for change in subscriber.changes if change[0] > 40]
    assert len(late) <= 20
