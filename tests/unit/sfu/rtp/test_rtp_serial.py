"""Serial arithmetic holds over every wrap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.serial import SequenceUnwrapper, seq_delta, ts_delta

seq16 = st.integers(0, 0xFFFF)
ts32 = st.integers(0, 0xFFFF_FFFF)


@pytest.mark.parametrize(
    ("a", "b", "delta"),
    [(1, 0, 1), (0, 1, -1), (0, 65535, 1), (65535, 0, -1), (32768, 0, -32768), (32767, 0, 32767), (7, 7, 0)],
)
def test_seq_delta(a: int, b: int, delta: int) -> None:
    assert seq_delta(a, b) == delta


@given(seq16, st.integers(-32768, 32767))
def test_seq_delta_inverts_addition(b: int, delta: int) -> None:
    assert seq_delta((b + delta) & 0xFFFF, b) == delta


@given(ts32, st.integers(-(2**31), 2**31 - 1))
def test_ts_delta_inverts_addition(b: int, delta: int) -> None:
    assert ts_delta((b + delta) & 0xFFFF_FFFF, b) == delta


@given(seq16, st.lists(st.integers(-15_000, 15_000), max_size=60))
def test_sequence_unwrapper_follows_reordering_and_wraps(start: int, steps: list[int]) -> None:
    unwrapper = SequenceUnwrapper()
    true = 0x1_0000 + start
    highest = true
    assert unwrapper.unwrap(start) == true
    for step in steps:
        true = max(highest - 32768, true + step)
        highest = max(highest, true)
        assert unwrapper.unwrap(true & 0xFFFF) == true


@given(st.lists(seq16))
def test_unwrapped_values_are_congruent_and_never_negative(seqs: list[int]) -> None:
    sequence = SequenceUnwrapper()
    for seq in seqs:
        extended = sequence.unwrap(seq)
        assert extended >= 0 and extended & 0xFFFF == seq
