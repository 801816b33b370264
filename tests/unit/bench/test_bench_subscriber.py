"""Counting by sequence number, which every figure about loss rests on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.support.subscriber import Stream


def stream_of(numbers: list[int]) -> Stream:
    stream = Stream("video", numbers[0] & 0xFFFF)
    for number in numbers[1:]:
        stream.count(number & 0xFFFF)
    return stream


@given(start=st.integers(0, 0xFFFF), lost=st.sets(st.integers(1, 998), max_size=300))
def test_loss_is_what_is_missing_across_a_wrap(start: int, lost: set[int]) -> None:
    stream = stream_of([start + i for i in range(1000) if i not in lost])
    assert stream.lost == len(lost)
    assert stream.received == 1000 - len(lost)


def test_a_packet_that_comes_late_is_not_lost() -> None:
    assert stream_of([1, 2, 5, 3, 4, 6]).lost == 0


def test_after_a_restart_only_what_follows_counts() -> None:
    stream = stream_of([1, 2, 9])
    assert stream.lost == 6
    stream.restart()
    assert (stream.lost, stream.received) == (0, 0)
    stream.count(10)
    stream.count(12)
    assert (stream.lost, stream.received) == (1, 2)
