"""Rewriting picture numbers: the shape that browsers send goes a shorter way, to the same end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.forwarding.outgoing.picture_numbers import PictureOffsets
from sfu.rtp.vp8 import parse_vp8, rewrite_vp8


@given(
    st.sampled_from([0x80, 0xC0, 0xE0, 0xF0, 0xA0, 0x20]),
    st.binary(min_size=8, max_size=40),
    st.integers(-40_000, 40_000),
    st.integers(-300, 300),
    st.integers(-40, 40),
)
def test_both_ways_agree(flags: int, rest: bytes, picture: int, tl0: int, key: int) -> None:
    payload = bytes([0x90, flags]) + rest
    vp8 = parse_vp8(payload)
    offsets = PictureOffsets(picture, tl0, key)
    rewritten = offsets.rewrite(payload, vp8)
    assert rewritten == rewrite_vp8(payload, vp8, *offsets.apply(vp8))
    assert len(rewritten) == len(payload)
