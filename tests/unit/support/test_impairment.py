import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.network import Impairment
from tests.support.network.impairment import Shaper


def test_everything_passes_at_once_by_default() -> None:
    shaper = Shaper(seed=1)
    assert [shaper.admit(1200, now) for now in (0.0, 0.0, 3.5)] == [0.0, 0.0, 3.5]
    assert (shaper.counters.passed, shaper.counters.bytes, shaper.counters.lost) == (3, 3600, 0)


def test_loses_the_part_it_is_told_and_the_same_packets_every_time() -> None:
    runs = []
    for _ in range(2):
        shaper = Shaper(seed=7)
        shaper.impairment = Impairment(loss=0.05)
        runs.append([shaper.admit(100, 0.0) for _ in range(10_000)])
        assert shaper.counters.lost == pytest.approx(500, abs=80)
    assert runs[0] == runs[1]


@given(sizes=st.lists(st.integers(1, 1500), min_size=2, max_size=60))
def test_a_rate_limit_spaces_packets_by_their_size_and_keeps_their_order(sizes: list[int]) -> None:
    shaper = Shaper(seed=1)
    shaper.impairment = Impairment(rate_bps=1_000_000, delay_s=0.02, queue_s=10.0)
    times = [shaper.admit(size, 0.0) for size in sizes]
    assert times[-1] == pytest.approx(sum(sizes) * 8 / 1e6 + 0.02)
    assert None not in times
    assert times == sorted(time for time in times if time is not None)


def test_what_would_wait_too_long_is_dropped() -> None:
    shaper = Shaper(seed=1)
    shaper.impairment = Impairment(rate_bps=80_000, queue_s=0.25)
    outcomes = [shaper.admit(1000, 0.0) for _ in range(5)]
    assert outcomes == pytest.approx([0.1, 0.2, 0.3, None, None])
    assert shaper.counters.overflowed == 2


def test_a_network_may_let_udp_through_over_ipv6_alone() -> None:
    shaper = Shaper(seed=1)
    shaper.impairment = Impairment(drops_udp_of_ipv4=True)
    assert shaper.admit(100, 1.0) is None
    assert shaper.admit(100, 1.0, is_ipv4=False) == shaper.admit(100, 1.0, is_udp=False) == 1.0
    assert shaper.counters.refused == 1
