"""Silence is dropped on entry, and the numbers close over it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.silence import KEPT, SILENT, SilenceGate

LOUD = 30


def test_a_little_silence_passes_and_the_rest_does_not() -> None:
    gate = SilenceGate()
    admitted = [gate.admit(100 + i, SILENT) for i in range(10)]
    assert admitted == [100, 101, 102] + [None] * 7
    assert gate.admit(110, LOUD) == 103
    assert gate.admit(111, LOUD) == 104


def test_a_stream_without_levels_is_never_silent() -> None:
    gate = SilenceGate()
    assert [gate.admit(i, None) for i in range(20)] == list(range(20))


def test_loss_stays_visible() -> None:
    gate = SilenceGate()
    assert [gate.admit(i, LOUD) for i in (1, 2, 5)] == [1, 2, 5]


def test_a_late_packet_lands_in_its_own_place() -> None:
    gate = SilenceGate()
    for i in range(10):
        gate.admit(i, SILENT)
    for i in (10, 12):
        gate.admit(i, LOUD)
    assert gate.admit(11, LOUD) == 11 - (10 - KEPT)
    assert gate.admit(2, SILENT) == 2
    assert gate.admit(7, SILENT) is None


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_numbers_are_unique_and_without_holes(silent: list[bool]) -> None:
    gate = SilenceGate()
    out = [gate.admit(1000 + i, SILENT if quiet else LOUD) for i, quiet in enumerate(silent)]
    admitted = [number for number in out if number is not None]
    assert admitted == list(range(1000, 1000 + len(admitted)))


@given(st.lists(st.booleans(), min_size=4, max_size=120), st.sets(st.integers(0, 119)))
def test_what_comes_late_is_numbered_as_if_it_had_come_in_time(silent: list[bool], late: set[int]) -> None:
    """As far as its place can be known: never a number that is another packet's."""
    gate = SilenceGate()
    numbers: dict[int, int] = {}
    order = [i for i in range(len(silent)) if i not in late] + [i for i in range(len(silent)) if i in late]
    for i in order:
        number = gate.admit(1000 + i, SILENT if silent[i] else LOUD)
        if number is not None:
            assert number not in numbers.values()
            numbers[i] = number
    in_order = [numbers[i] for i in sorted(numbers)]
    assert in_order == sorted(in_order)
