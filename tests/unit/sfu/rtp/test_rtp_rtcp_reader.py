"""The reader of a subscriber's RTCP understands what the parser understands, and refuses nothing that it takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp import (
    FullIntraRequest,
    Goodbye,
    Nack,
    PictureLossIndication,
    ReceiverReport,
    Remb,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    parse_rtcp,
)
from sfu.rtp.rtcp_reader import lone_transport_feedback, read_rtcp
from sfu.rtp.transport_cc import parse_transport_feedback

Call = tuple[object, ...]
WORD = st.integers(0, 2**32 - 1)
SHORT = st.integers(0, 2**16 - 1)
BLOCK = st.builds(ReportBlock, WORD, st.integers(0, 255), st.integers(-(2**23), 2**23 - 1), WORD, WORD, WORD, WORD)
BLOCKS = st.lists(BLOCK, max_size=4).map(tuple)
ARRIVALS = st.lists(st.one_of(st.none(), st.floats(10, 11)), min_size=1, max_size=40)
PACKET: st.SearchStrategy[RtcpPacket] = st.one_of(
    st.builds(SenderReport, WORD, st.integers(0, 2**64 - 1), WORD, WORD, WORD, BLOCKS),
    st.builds(ReceiverReport, WORD, BLOCKS),
    st.builds(SourceDescription, WORD, st.text(max_size=20)),
    st.builds(Goodbye, st.lists(WORD, max_size=3).map(tuple)),
    st.builds(Nack, WORD, WORD, st.lists(SHORT, min_size=1, max_size=20).map(tuple)),
    st.builds(PictureLossIndication, WORD, WORD),
    st.builds(
        FullIntraRequest, WORD, st.lists(st.tuples(WORD, st.integers(0, 255)), min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Remb, WORD, st.integers(0, 2**62), st.lists(WORD, max_size=3).map(tuple)),
    ARRIVALS.map(lambda times: TransportFeedback(1, 2, 65530, 3, tuple(enumerate(times)))),
)


class Calls:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.made: list[Call] = []

    def on_sender_report(self, ssrc: int, ntp: int, rtp_timestamp: int) -> None:
        self.made.append(("sender report", ssrc, ntp, rtp_timestamp))

    def on_report_block(self, ssrc: int, fraction: int, highest: int, last_sr: int, delay: int) -> None:
        self.made.append(("block", ssrc, fraction, highest, last_sr, delay))

    def on_nack(self, media_ssrc: int, sequence_numbers: Iterator[int]) -> None:
        self.made.append(("nack", media_ssrc, tuple(sequence_numbers)))

    def on_picture_lost(self, media_ssrc: int) -> None:
        self.made.append(("picture lost", media_ssrc))

    def on_remb(self, bitrate_bps: int) -> None:
        self.made.append(("remb", bitrate_bps))

    def on_transport_feedback(self, body: bytes) -> None:
        self.made.append(("transport feedback", parse_transport_feedback(body)))


def expected(packets: list[RtcpPacket]) -> list[Call]:
    calls: list[Call] = []
    for packet in packets:
        match packet:
            case SenderReport():
                calls.append(("sender report", packet.ssrc, packet.ntp, packet.rtp_timestamp))
                calls += map(block_call, packet.reports)
            case ReceiverReport():
                calls += map(block_call, packet.reports)
            case Nack():
                calls.append(("nack", packet.media_ssrc, packet.sequence_numbers))
            case PictureLossIndication():
                calls.append(("picture lost", packet.media_ssrc))
            case FullIntraRequest():
                calls += [("picture lost", ssrc) for ssrc, _ in packet.requests]
            case Remb():
                calls.append(("remb", packet.bitrate_bps))
            case TransportFeedback():
                calls.append(("transport feedback", packet))
            case _:
                pass
    return calls


def block_call(block: ReportBlock) -> Call:
    return (
        "block",
        block.ssrc,
        block.fraction_lost,
        block.highest_sequence,
        block.last_sr,
        block.delay_since_last_sr,
    )


@given(st.lists(PACKET, min_size=1, max_size=5))
def test_reader_and_parser_agree_on_every_compound(packets: list[RtcpPacket]) -> None:
    data = b"".join(packet.pack() for packet in packets)
    calls = Calls()
    read_rtcp(data, calls)
    assert calls.made == expected(parse_rtcp(data))


@given(st.lists(PACKET, min_size=1, max_size=3), st.data())
def test_reader_and_parser_agree_on_damaged_packets(packets: list[RtcpPacket], draw: st.DataObject) -> None:
    data = bytearray(b"".join(packet.pack() for packet in packets))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    agree(bytes(data[: draw.draw(st.integers(0, len(data)))]))


@given(st.lists(PACKET, min_size=1, max_size=2), st.data())
def test_what_is_taken_for_lone_feedback_is_that(packets: list[RtcpPacket], draw: st.DataObject) -> None:
    data = bytearray(b"".join(packet.pack() for packet in packets))
    if draw.draw(st.booleans()):
        data[draw.draw(st.integers(0, min(len(data), 8) - 1))] = draw.draw(st.integers(0, 255))
    body = lone_transport_feedback(bytes(data))
    bodies = Bodies()
    if body is not None:
        read_rtcp(bytes(data), bodies)
        assert bodies.made == [("body", body)]
    elif len(packets) == 1 and isinstance(packets[0], TransportFeedback) and bytes(data) == packets[0].pack():
        raise AssertionError("sound feedback alone was not taken for that")


class Bodies(Calls):
    """Keeps feedback as it comes."""

    def on_transport_feedback(self, body: bytes) -> None:
        self.made.append(("body", body))


@given(st.binary(max_size=64))
def test_reader_and_parser_agree_on_noise(noise: bytes) -> None:
    agree(noise)
    agree(b"\x81\xcd\x00\x04" + noise)
    agree(b"\x8f\xce\x00\x05" + noise)


def agree(data: bytes) -> None:
    """What the parser takes the reader takes alike; what the reader refuses the parser refuses."""
    calls = Calls()
    refused = False
    try:
        read_rtcp(data, calls)
    except MalformedPacket:
        refused = True
    try:
        packets = parse_rtcp(data)
    except MalformedPacket:
        return
    assert not refused
    assert calls.made == expected(packets)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\xc9\x00",
        b"\x40\xc9\x00\x01" + bytes(4),
        b"\x80\xc9\x00\x02" + bytes(4),
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\x82\xc8\x00\x06" + bytes(24),
        b"\xa0\xc9\x00\x01" + bytes(3) + b"\x05",
        b"\x8f\xcd\x00\x02" + bytes(8),
        b"\x84\xce\x00\x03" + bytes(12),
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB" + b"\x02" + bytes(3),
    ],
)
def test_nothing_of_a_broken_datagram_is_used(data: bytes) -> None:
    good = PictureLossIndication(1, 2).pack()
    calls = Calls()
    with pytest.raises(MalformedPacket):
        read_rtcp(good + data if data else data, calls)
    assert calls.made == []
