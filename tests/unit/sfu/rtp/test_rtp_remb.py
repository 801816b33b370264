"""The receive-side estimate in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.remb import FLOOR_BPS, START_BPS, ReceiveSideEstimator


def run(
    estimator: ReceiveSideEstimator,
    start: float,
    seconds: float,
    rate_bps: float,
    *,
    growing_queue: float = 0.0,
    stamped: bool = True,
) -> list[int]:
    """Feed 100 packets a second and look every 100 ms. ``growing_queue`` is in s of delay per s."""
    seen: list[int] = []
    for n in range(round(seconds * 100)):
        sent = start + n / 100
        now = sent + 0.030 + growing_queue * n / 100
        stamp = round(sent * 2**18) & 0xFFFFFF if stamped else None
        estimator.received(now, stamp, round(rate_bps / 800), 42)
        if n % 10 == 9:
            estimate = estimator.estimate(now)
            assert estimate is not None
            seen.append(estimate)
    return seen


def test_nothing_before_the_first_packet() -> None:
    assert ReceiveSideEstimator(5_000_000).estimate(1.0) is None


def test_grows_slowly_to_the_cap_when_used() -> None:
    estimator = ReceiveSideEstimator(2_000_000)
    seen = run(estimator, 100.0, 30.0, 1_200_000)
    assert seen[0] == pytest.approx(START_BPS, rel=0.02)
    assert seen[50] == pytest.approx(START_BPS * 1.08**5, rel=0.02)
    assert seen[-1] == 2_000_000


def test_does_not_grow_beyond_twice_what_comes_nor_shrink_for_it() -> None:
    estimator = ReceiveSideEstimator(5_000_000)
    assert run(estimator, 0.0, 60.0, 600_000)[-1] == pytest.approx(1_200_000, rel=0.02)
    assert run(estimator, 60.0, 10.0, 40_000)[-1] == pytest.approx(1_200_000, rel=0.02)


def test_little_loss_holds_and_much_loss_backs_off_to_the_floor() -> None:
    estimator = ReceiveSideEstimator(5_000_000)
    before = run(estimator, 0.0, 5.0, 1_000_000)[-1]
    estimator.loss(0.05)
    assert run(estimator, 5.0, 5.0, 1_000_000)[-1] == before
    estimator.loss(0.2)
    after = run(estimator, 10.0, 2.0, 1_000_000)
    assert before * 0.9**5 <= after[-1] <= before * 0.9**3
    assert run(estimator, 12.0, 60.0, 1_000_000)[-1] == FLOOR_BPS
    estimator.loss(0.0)
    assert run(estimator, 72.0, 2.0, 60_000)[-1] > FLOOR_BPS


def test_a_growing_queue_backs_off_below_what_comes() -> None:
    estimator = ReceiveSideEstimator(5_000_000)
    run(estimator, 0.0, 5.0, 1_000_000)
    seen = run(estimator, 5.0, 5.0, 1_000_000, growing_queue=0.1)
    assert seen[-1] < 950_000


def test_works_without_send_times_and_over_their_wrap() -> None:
    assert run(ReceiveSideEstimator(1_500_000), 0.0, 30.0, 1_000_000, stamped=False)[-1] == 1_500_000
    assert run(ReceiveSideEstimator(1_500_000), 50.0, 100.0, 1_000_000)[-1] == 1_500_000  # wraps each 64 s


def test_a_steady_clock_drift_is_no_queue() -> None:
    estimator = ReceiveSideEstimator(1_500_000)
    assert run(estimator, 0.0, 300.0, 1_000_000, growing_queue=0.0005)[-1] == 1_500_000


def test_a_pause_longer_than_the_send_time_can_tell_is_no_queue() -> None:
    estimator = ReceiveSideEstimator(1_500_000)
    run(estimator, 0.0, 5.0, 1_000_000)
    assert run(estimator, 60.0, 2.0, 1_000_000)[-1] > START_BPS


def test_ssrcs_are_those_heard_lately() -> None:
    estimator = ReceiveSideEstimator(1_000_000)
    estimator.received(0.0, None, 100, 1)
    estimator.received(8.0, None, 100, 2)
    assert estimator.ssrcs(9.0) == (1, 2)
    assert estimator.ssrcs(12.0) == (2,)
    for ssrc in range(1000):
        estimator.received(12.0, None, 100, ssrc)
    assert len(estimator.ssrcs(12.0)) == 255


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.none() | st.integers(0, 0xFFFFFF), st.integers(0, 1500), st.floats(0, 1)),
        min_size=1,
        max_size=80,
    ),
    st.integers(0, 10_000_000),
)
def test_any_input_stays_within_the_bounds(steps: list[tuple[float, int | None, int, float]], cap: int) -> None:
    estimator = ReceiveSideEstimator(cap)
    now = 0.0
    for elapsed, stamp, size, lost in steps:
        now += elapsed
        estimator.received(now, stamp, size, 1)
        estimator.loss(lost)
        estimate = estimator.estimate(now)
        assert estimate is not None and FLOOR_BPS <= estimate <= max(cap, FLOOR_BPS)
