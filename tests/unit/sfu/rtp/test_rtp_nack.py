"""NACK generation in virtual time."""

from __future__ import annotations

import heapq
import itertools
import random

import pytest

from sfu.rtp.nack import NackGenerator


def test_asks_when_late_then_every_round_trip_then_gives_up() -> None:
    nack = NackGenerator(limit=3)
    nack.received(10, 0.0)
    nack.received(13, 0.0)
    assert nack.due(0.019, 0.1) == []
    assert nack.due(0.020, 0.1) == [11, 12]
    nack.received(11, 0.05)
    assert nack.due(0.119, 0.1) == []
    assert nack.due(0.125, 0.1) == [12]
    assert nack.due(0.225, 0.1) == [12]
    assert (nack.pending(), nack.lost()) == (1, 0)
    assert nack.due(0.325, 0.1) == []
    assert (nack.pending(), nack.lost()) == (0, 1)


def test_a_short_round_trip_is_held_at_the_least_interval() -> None:
    nack = NackGenerator()
    nack.received(0, 0.0)
    nack.received(2, 0.0)
    asked_at = [step / 1000 for step in range(0, 1000) if nack.due(step / 1000, 0.001)]
    assert len(asked_at) == 10
    assert min(b - a for a, b in itertools.pairwise(asked_at)) >= 0.0399
    assert nack.lost() == 1


def test_reordering_within_the_lateness_is_not_asked_for() -> None:
    nack = NackGenerator()
    for seq, at in ((1, 0.0), (3, 0.001), (2, 0.019), (6, 0.020), (5, 0.030), (4, 0.039)):
        assert nack.due(at, 0.05) == []
        nack.received(seq, at)
    assert nack.due(1.0, 0.05) == []


def test_duplicates_and_very_late_packets_change_nothing() -> None:
    nack = NackGenerator()
    for seq in (100, 100, 101, 50, 101):
        nack.received(seq, 0.0)
    assert nack.pending() == 0


@pytest.mark.parametrize("jump", [1001, 65536, 10**12])
def test_a_jump_drops_everything_and_is_flagged(jump: int) -> None:
    nack = NackGenerator()
    nack.received(0, 0.0)
    nack.received(3, 0.0)
    nack.received(3 + jump + 1, 0.0)
    assert nack.overflowed
    assert (nack.pending(), nack.lost()) == (0, 2)
    nack.overflowed = False
    nack.received(3 + jump + 3, 0.1)
    assert nack.due(0.2, 0.05) == [3 + jump + 2]
    assert not nack.overflowed


def test_pending_is_bounded_under_steady_loss() -> None:
    nack = NackGenerator(max_pending=50)
    for seq in range(0, 10_000, 2):
        nack.received(seq, seq / 1000)
        assert nack.pending() <= 50
    assert nack.overflowed


@pytest.mark.parametrize("loss", [0.02, 0.1, 0.3])
def test_a_lossy_reordering_link_is_repaired(loss: float) -> None:
    """1000 packets, 5 ms apart; loss in both directions, jitter of 15 ms, a round trip of 60 ms."""
    rng = random.Random(f"link {loss}")
    nack = NackGenerator()
    arrivals: list[tuple[float, int]] = []

    def send(seq: int, now: float) -> None:
        if rng.random() >= loss:
            heapq.heappush(arrivals, (now + 0.030 + rng.random() * 0.015, seq))

    got: set[int] = set()
    asked = lost_first = 0
    for tick in range(8000):
        now = tick / 1000
        if tick % 5 == 0 and tick < 5000:
            before = len(arrivals)
            if tick in (0, 4995):
                heapq.heappush(arrivals, (now + 0.030, tick // 5))
            else:
                send(tick // 5, now)
            lost_first += before == len(arrivals)
        while arrivals and arrivals[0][0] <= now:
            _, seq = heapq.heappop(arrivals)
            got.add(seq)
            nack.received(seq, now)
        for seq in nack.due(now, 0.060) if tick % 10 == 0 else ():
            asked += 1
            if rng.random() >= loss:
                send(seq, now + 0.030)
    assert lost_first > 0
    assert got == set(range(1000)) and nack.lost() == 0 and nack.pending() == 0
    # A request and its answer both get through with (1 - loss)**2; some are asked twice as the answer jitters.
    assert asked <= lost_first * (2.2 / (1 - loss) ** 2)
