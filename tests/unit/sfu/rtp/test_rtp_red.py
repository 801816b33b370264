"""Redundant audio (RFC 2198)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.red import MAX_OFFSET, RedundantBlock, pack_red, parse_red

block = st.tuples(st.integers(1, MAX_OFFSET), st.binary(min_size=1, max_size=300))


@given(st.integers(0, 127), st.binary(max_size=300), st.lists(block, max_size=8))
def test_what_is_packed_is_read(payload_type: int, primary: bytes, redundant: list[tuple[int, bytes]]) -> None:
    packet = parse_red(pack_red(payload_type, primary, redundant))
    assert packet == (payload_type, primary, tuple(RedundantBlock(payload_type, *block) for block in redundant))


def test_the_format_is_that_of_the_rfc() -> None:
    packed = pack_red(111, b"new", [(960, b"old")])
    assert packed == bytes([0x80 | 111, 960 >> 6, (960 & 0x3F) << 2, 3, 111]) + b"old" + b"new"


def test_what_does_not_fit_is_left_out() -> None:
    redundant = [(MAX_OFFSET + 1, b"far"), (960, bytes(1024)), (480, b""), (0, b"now"), (960, b"old")]
    assert parse_red(pack_red(111, b"new", redundant)).redundant == (RedundantBlock(111, 960, b"old"),)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xef",
        b"\xef\x0f\x00",
        b"\xef\x0f\x00\x03",
        b"\xef\x0f\x00\x03\x6fab",
        b"\xef\x0f\x00\x00" * 9 + b"\x6f",
    ],
    ids=["empty", "no offset", "no length", "no primary", "block too long", "too many blocks"],
)
def test_what_is_cut_off_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_red(payload)


@given(st.binary(max_size=60))
def test_anything_is_read_or_refused(payload: bytes) -> None:
    try:
        packet = parse_red(payload)
    except MalformedPacket:
        return
    assert len(packet.primary) + sum(len(block.payload) for block in packet.redundant) < len(payload)
