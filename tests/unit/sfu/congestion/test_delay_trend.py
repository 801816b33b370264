"""The trend of the delay, and the measures below it."""

import math
from random import Random

import pytest

from sfu.congestion.delays import DelayMeter
from sfu.congestion.trend import DelayTrend, Usage
from sfu.congestion.windows import AckedRate, WindowedMin


def drive(trend: DelayTrend, growth_ms: float, groups: int, *, start_ms: float = 0.0) -> list[Usage]:
    """Groups sent every 10 ms whose delay grows by so much each."""
    return [trend.update(start_ms + i * (10 + growth_ms), 10.0, 10.0 + growth_ms) for i in range(1, groups + 1)]


def test_a_growing_delay_is_overuse_and_a_shrinking_one_underuse() -> None:
    assert Usage.OVERUSED in drive(DelayTrend(), 1.0, 60)
    assert drive(DelayTrend(), -1.0, 60)[-1] is Usage.UNDERUSED


def test_a_steady_delay_is_normal_with_noise_too() -> None:
    random = Random(1)
    trend = DelayTrend()
    assert set(drive(trend, 0.0, 100)) == {Usage.NORMAL}
    verdicts = []
    last = 0.0
    for i in range(2000):
        noise = random.uniform(0, 4)
        verdicts.append(trend.update(i * 10 + noise, 10.0, 10.0 + noise - last))
        last = noise
    assert verdicts.count(Usage.OVERUSED) < 20


def test_the_sliding_sums_do_not_drift() -> None:
    """After an hour of a receiver's clock the slope of a flat delay is still flat."""
    trend = DelayTrend()
    drive(trend, 0.0, 10_000, start_ms=1e9)
    assert drive(trend, 0.0, 1)[0] is Usage.NORMAL
    assert Usage.OVERUSED in drive(trend, 1.0, 60, start_ms=1e9 + 1e5)


def test_the_queue_is_what_the_delay_is_above_its_least() -> None:
    meter = DelayMeter()
    records = [(1000, i * 0.01) for i in range(200)]
    ticks = [4000 + i * 40 + (200 if i >= 100 else 0) for i in range(200)]
    size, usage = meter.add(records[:100], ticks[:100], 1.0)
    assert (size, usage, meter.queue_s) == (100_000, Usage.NORMAL, 0.0)
    meter.add(records[100:], ticks[100:], 2.0)
    meter.add([(1000, 2.0 + i * 0.01) for i in range(10)], [12_200 + i * 40 for i in range(10)], 2.1)
    assert meter.queue_s == pytest.approx(0.05, abs=0.001)


def test_the_acknowledged_rate_is_never_more_than_was_sent() -> None:
    rate = AckedRate(0.5)
    for i in range(10):
        rate.add(5.0, i * 0.1, 1250)
    assert rate.bps() == pytest.approx(100_000, rel=0.01)


def test_the_acknowledged_rate_follows_what_arrives() -> None:
    rate = AckedRate(0.5)
    assert rate.bps() == 0.0
    for i in range(20):
        rate.add(i * 0.1, i * 0.1, 12_500)
    assert rate.bps() == pytest.approx(1_000_000)
    rate.add(0.0, 2.0, 0)
    assert math.isfinite(rate.bps())


def test_the_least_value_is_forgotten_after_two_windows() -> None:
    least = WindowedMin(10.0)
    least.update(1.0, 0.0)
    assert least.update(5.0, 5.0) == 1.0
    assert least.update(5.0, 11.0) == 1.0
    assert least.update(5.0, 22.0) == 5.0
