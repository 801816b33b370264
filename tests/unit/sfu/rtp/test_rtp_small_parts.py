"""Packet cache, RTX payloads and NTP time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.ntp import compact, compact_delay, from_ntp, round_trip_s, to_ntp
from sfu.rtp.packet_cache import PacketCache
from sfu.rtp.rtx import unwrap_rtx, wrap_rtx


def test_cache_drops_by_age() -> None:
    cache: PacketCache[str] = PacketCache(duration_s=1.0, max_packets=100)
    cache.store(1, "a", 0.0)
    cache.store(2, "b", 0.5)
    cache.store(3, "c", 1.0)
    assert [cache.get(i) for i in (1, 2, 3, 4)] == ["a", "b", "c", None]
    cache.store(4, "d", 1.25)
    assert [cache.get(i) for i in (1, 2, 3, 4)] == [None, "b", "c", "d"]


def test_cache_drops_by_count_and_keeps_the_first_of_duplicates() -> None:
    cache: PacketCache[str] = PacketCache(duration_s=10.0, max_packets=2)
    cache.store(5, "five", 0.0)
    cache.store(5, "again", 0.0)
    cache.store(4, "late", 0.0)
    assert (cache.get(5), cache.get(4), len(cache)) == ("five", "late", 2)
    cache.store(6, "six", 0.0)
    assert (cache.get(5), cache.get(4), cache.get(6)) == (None, "late", "six")
    cache.clear()
    assert len(cache) == 0 and cache.get(6) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), max_size=80), st.integers(1, 10))
def test_cache_holds_the_newest_and_never_more_than_it_may(steps: list[tuple[int, float]], limit: int) -> None:
    cache: PacketCache[tuple[int, float]] = PacketCache(duration_s=2.0, max_packets=limit)
    now = 0.0
    for seq, elapsed in steps:
        now += elapsed
        cache.store(seq, (seq, now), now)
        assert len(cache) <= limit
        held = cache.get(seq)
        assert held is not None and held[0] == seq and held[1] >= now - 2.0


@given(st.integers(0, 0xFFFF), st.binary(max_size=50))
def test_rtx_round_trip(sequence_number: int, payload: bytes) -> None:
    assert unwrap_rtx(wrap_rtx(sequence_number, payload)) == (sequence_number, payload)


@pytest.mark.parametrize("payload", [b"", b"\x01"])
def test_rtx_without_number(payload: bytes) -> None:
    with pytest.raises(MalformedPacket):
        unwrap_rtx(payload)


def test_ntp_of_known_moments() -> None:
    assert to_ntp(0.0) == 2_208_988_800 << 32
    assert to_ntp(0.5) & 0xFFFF_FFFF == 0x8000_0000
    assert to_ntp(2_085_978_496.0) == 0  # 2036-02-07: the era ends
    assert from_ntp(0) == 2_085_978_496.0
    assert compact(0x1122_3344_5566_7788) == 0x3344_5566


@given(st.floats(0, 4_000_000_000))
def test_ntp_round_trip(unix: float) -> None:
    assert from_ntp(to_ntp(unix)) == pytest.approx(unix, abs=1e-6)


@given(st.floats(1, 4_000_000_000), st.floats(0, 10), st.floats(0, 5))
def test_round_trip_time(sent: float, held: float, way: float) -> None:
    now = compact(to_ntp(sent + held + way))
    last_sr = compact(to_ntp(sent)) or 1
    measured = round_trip_s(now, last_sr, compact_delay(held))
    assert measured is not None and measured == pytest.approx(way, abs=1e-4)


def test_round_trip_time_at_the_edges() -> None:
    assert round_trip_s(5, 0, 0) is None
    assert round_trip_s(100, 100, 5) == 0.0
    assert (compact_delay(-1.0), compact_delay(1e9)) == (0, 0xFFFF_FFFF)
