"""What queues and jitter make of a rate."""

from __future__ import annotations

import pytest

from sfu.congestion.rate_control import RateControl
from sfu.congestion.trend import Usage

FEEDBACK_S, RTT_S = 0.1, 0.05


class Line:
    """Feedback ten times a second about a line of ``acked_bps``."""

    def __init__(self, acked_bps: float = 1e6) -> None:
        self.now = 100.0
        self.acked_bps = acked_bps
        self.rate = RateControl(acked_bps, 10_000, 20_000_000, self.now)

    def feed(self, queues_ms: list[float], usage: Usage = Usage.NORMAL) -> bool:
        """Whether any of it was answered with less."""
        cut = False
        for queue_ms in queues_ms:
            self.now += FEEDBACK_S
            cut |= self.rate.update(self.now, usage, self.acked_bps, queue_ms / 1000, RTT_S, may_grow=True)
        return cut


def test_a_queue_that_builds_up_on_a_steady_line_is_answered_soon() -> None:
    line = Line()
    line.feed([0, 2] * 30)
    assert line.feed([30, 60, 90], Usage.OVERUSED)


def test_the_same_delays_on_a_line_that_jitters_are_no_queue_yet() -> None:
    line = Line()
    line.feed([5, 50, 15, 40] * 15)
    assert not line.feed([30, 60, 90], Usage.OVERUSED)
    assert line.feed([120, 140, 160, 180, 200, 210, 220, 230], Usage.OVERUSED)


def test_a_deep_queue_is_drained_harder_than_a_shallow_one() -> None:
    rates = []
    for queue_ms in (110, 150, 200):
        line = Line()
        line.feed([0, 2] * 30)
        line.feed([queue_ms] * 4)
        rates.append(line.rate.bps)
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 1.2 * rates[2]


@pytest.mark.parametrize(("queue_ms", "feedbacks"), [(110, 4), (240, 3)])
def test_a_deeper_queue_stands_sooner(queue_ms: float, feedbacks: int) -> None:
    line = Line()
    line.feed([0, 2] * 30)
    assert not line.feed([queue_ms] * (feedbacks - 1))
    assert line.feed([queue_ms])


def test_media_alone_finds_the_rate_of_a_line_whose_jitter_hides_bursts() -> None:
    steady, jittery = Line(), Line()
    for line, queues_ms in ((steady, [0.0, 2.0]), (jittery, [0.0, 50.0])):
        for _ in range(40):
            line.acked_bps = line.rate.bps
            line.feed(queues_ms)
    assert jittery.rate.bps > 2 * steady.rate.bps
