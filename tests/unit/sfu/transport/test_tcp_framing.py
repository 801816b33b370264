"""Packets in a TCP stream, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.transport.tcp_framing import MAX_FRAME, Deframer, FrameTooLarge, framed


@given(packets=st.lists(st.binary(max_size=60)), cuts=st.lists(st.integers(1, 50), min_size=1))
def test_packets_come_out_as_they_went_in(packets: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(framed(packet) for packet in packets)
    deframer = Deframer()
    seen: list[bytes] = []
    at, turn = 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        seen += deframer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert seen == [packet for packet in packets if packet]


def test_a_frame_larger_than_any_packet_is_refused_by_its_length() -> None:
    deframer = Deframer()
    assert list(deframer.feed(framed(bytes(MAX_FRAME)))) == [bytes(MAX_FRAME)]
    with pytest.raises(FrameTooLarge):
        list(deframer.feed((MAX_FRAME + 1).to_bytes(2, "big")))
