"""The pacer in virtual time: strong lines never notice it, weak ones get their bursts spread."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.congestion.pacer import MIN_BURST_BYTES, MIN_QUEUED, PACING_FACTOR, Pacer

PACKET = 1200


def paced(estimate_bps: int, now: float = 10.0) -> Pacer[int]:
    pacer: Pacer[int] = Pacer()
    pacer.set_rate(estimate_bps, now)
    return pacer


def leaves(pacer: Pacer[int], size: int, now: float) -> bool:
    """As the hot path asks."""
    pacer.credit -= size
    return pacer.credit >= 0 or pacer.admit(size, now)


def offer(pacer: Pacer[int], packets: int, now: float) -> list[int]:
    """Packets 0, 1, … at once; those that leave at once."""
    left: list[int] = []
    for number in range(packets):
        if leaves(pacer, PACKET, now):
            left.append(number)
        else:
            assert pacer.hold(PACKET, number)
    return left


def run_dry(pacer: Pacer[int], now: float) -> list[tuple[float, int]]:
    """What leaves every 5 ms until nothing waits."""
    left: list[tuple[float, int]] = []
    while pacer.queued:
        now += 0.005
        left += [(now, item) for item in pacer.release(now)]
    return left


def test_everything_leaves_at_once_before_there_is_an_estimate() -> None:
    pacer: Pacer[int] = Pacer()
    assert all(leaves(pacer, PACKET, 10.0) for _ in range(1000))
    assert pacer.sent == 1000 * PACKET


def test_what_was_sent_before_the_first_estimate_is_not_held_against_the_line() -> None:
    pacer: Pacer[int] = Pacer()
    for _ in range(1000):
        leaves(pacer, PACKET, 10.0)
    pacer.set_rate(300_000, 10.0)
    assert leaves(pacer, PACKET, 10.0)


def test_steady_media_under_the_estimate_is_never_held() -> None:
    pacer = paced(1_000_000)
    now = 10.0
    for frame in range(300):  # 30 frames of four packets a second: 1.15 Mbit/s
        now += 1 / 30
        if frame % 2:
            pacer.set_rate(1_000_000, now)
        assert len(offer(pacer, 4, now)) == 4


def test_a_keyframe_to_a_weak_line_is_spread_at_the_pacing_rate_and_in_order() -> None:
    pacer = paced(300_000)
    at_once = offer(pacer, 60, 10.0)
    assert len(at_once) * PACKET <= MIN_BURST_BYTES
    later = run_dry(pacer, 10.0)
    assert at_once + [number for _, number in later] == list(range(60))
    rate = len(later) * PACKET * 8 / (later[-1][0] - 10.0)
    assert 0.9 * PACING_FACTOR * 300_000 < rate < 1.15 * PACING_FACTOR * 300_000


def test_the_same_keyframe_to_a_strong_line_leaves_at_once() -> None:
    assert len(offer(paced(6_000_000), 60, 10.0)) == 60


def test_sound_counts_but_never_waits_and_repairs_go_before_pictures() -> None:
    pacer = paced(300_000)
    offer(pacer, 15, 10.0)
    pacer.spend(100)
    assert pacer.hold(PACKET, -1, repair=True)
    assert run_dry(pacer, 10.0)[0][1] == -1


def test_media_does_not_overtake_what_waits() -> None:
    pacer = paced(300_000)
    offer(pacer, 30, 10.0)
    assert not leaves(pacer, 10, 10.001)


def test_a_queue_is_bounded_by_packets_or_by_a_quarter_of_a_second() -> None:
    weak = paced(100_000)
    held = 0
    while weak.hold(PACKET, held):
        held += 1
    assert held == MIN_QUEUED
    strong = paced(20_000_000)
    held = 0
    while strong.hold(PACKET, held):
        held += 1
    assert 0.95 * 625_000 < held * PACKET <= 625_000


def test_a_line_that_turns_out_better_lets_go_sooner() -> None:
    pacer = paced(100_000)
    offer(pacer, 60, 10.0)
    pacer.set_rate(20_000_000, 10.01)
    assert len(run_dry(pacer, 10.01)) and pacer.queued == 0


@given(
    st.integers(10_000, 20_000_000),
    st.lists(st.tuples(st.floats(0, 0.1), st.integers(50, 1250)), min_size=1, max_size=200),
)
def test_no_more_leaves_than_rate_and_burst_allow(estimate_bps: int, arrivals: list[tuple[float, int]]) -> None:
    pacer = paced(estimate_bps, 0.0)
    now, left = 0.0, 0
    for pause, size in arrivals:
        now += pause
        pacer.set_rate(estimate_bps, now)
        left += sum(pacer.release(now))
        if leaves(pacer, size, now):
            left += size
        else:
            pacer.hold(size, size)
        rate = PACING_FACTOR * estimate_bps / 8
        assert pacer.sent == left
        assert left <= now * rate + max(0.04 * rate, MIN_BURST_BYTES) + 1


def test_a_backlog_leaves_no_faster_than_the_estimate_while_the_line_is_full() -> None:
    pacer = paced(1_000_000)
    offer(pacer, 100, 10.0)
    pacer.set_rate(1_000_000, 10.0, queue_s=0.3)
    pacer.release(10.1)
    left = sum(PACKET for step in range(1, 101) for _ in pacer.release(10.1 + step * 0.005))
    assert left <= 1_000_000 / 8 * 0.5 + PACKET


def test_repairs_that_would_wait_long_are_not_kept() -> None:
    pacer = paced(300_000)
    offer(pacer, 30, 10.0)
    kept = sum(pacer.hold(PACKET, number, repair=True) for number in range(100))
    assert 1 <= kept <= 300_000 / 8 * 0.25 / PACKET
    run_dry(pacer, 10.0)
    offer(pacer, 30, 20.0)
    assert pacer.hold(PACKET, 0, repair=True)
