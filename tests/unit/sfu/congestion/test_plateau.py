"""A longer path and a queue, told apart."""

from __future__ import annotations

import pytest

from sfu.congestion.plateau import Plateau

CAPACITY_BPS = 380_000


def reached(
    delays_ms: list[float], *, acked_bps: float = 90_000, capacity_bps: float | None = CAPACITY_BPS, lost: int = 0
) -> bool:
    """Feedback about ten packets every 80 ms."""
    plateau = Plateau()
    return any(
        plateau.reached(10 + i * 0.08, delay / 1000, 10, lost, acked_bps, capacity_bps)
        for i, delay in enumerate(delays_ms)
    )


FLAT = [140.0, 150, 142, 155, 141, 148, 143, 152, 140, 149, 144, 151]


def test_a_delay_that_stays_though_little_is_sent_is_that_of_the_path() -> None:
    assert reached(FLAT)


@pytest.mark.parametrize("per_s", [-700, -200, 200])
def test_a_queue_that_drains_or_grows_is_one(per_s: float) -> None:
    assert not reached([400 + per_s * 0.08 * i + (i % 2) * 8 for i in range(12)])


def test_nothing_is_said_of_a_line_that_may_be_full() -> None:
    assert not reached(FLAT, acked_bps=330_000)
    assert not reached(FLAT, capacity_bps=None)
    assert not reached(FLAT, lost=3), "a full queue stays full"
    assert not reached(FLAT[:9]), "too soon"
    assert not reached([30.0] * 12), "no queue"
