"""RTCP: round trips, both directions against aiortc, hostile input."""

from __future__ import annotations

import contextlib
import struct

import pytest
from aiortc import rtp as aiortc_rtp
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
    parse_rtcp,
)

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
blocks = st.builds(ReportBlock, u32, u8, st.integers(-0x80_0000, 0x7F_FFFF), u32, u32, u32, u32)
reports = st.lists(blocks, max_size=31).map(tuple)
sender_reports = st.builds(SenderReport, u32, st.integers(0, 2**64 - 1), u32, u32, u32, reports)
receiver_reports = st.builds(ReceiverReport, u32, reports)
descriptions = st.builds(SourceDescription, u32, st.text(st.characters(codec="utf-8"), max_size=60))
goodbyes = st.builds(Goodbye, st.lists(u32, max_size=31).map(tuple))
plis = st.builds(PictureLossIndication, u32, u32)
firs = st.builds(FullIntraRequest, u32, st.lists(st.tuples(u32, u8), max_size=5).map(tuple))
rembs = st.builds(Remb, u32, st.integers(0, 0x3FFFF), st.lists(u32, max_size=40).map(tuple))
exact = st.one_of(sender_reports, receiver_reports, descriptions, goodbyes, plis, firs, rembs)
BLOCK = ReportBlock(5, 64, -3, 0x1_0005, 7, 8, 9)


@given(st.lists(exact, min_size=1, max_size=5))
def test_round_trip_of_compounds(packets: list[RtcpPacket]) -> None:
    assert parse_rtcp(b"".join(packet.pack() for packet in packets)) == packets


@given(u32, u32, st.lists(u16, max_size=80))
def test_nack_round_trip_keeps_the_set(sender: int, media: int, numbers: list[int]) -> None:
    (found,) = parse_rtcp(Nack(sender, media, tuple(numbers)).pack())
    assert isinstance(found, Nack)
    assert (found.sender_ssrc, found.media_ssrc) == (sender, media)
    assert set(found.sequence_numbers) == set(numbers)


@given(u16, st.sets(st.integers(0, 200), min_size=1))
def test_nack_of_ascending_numbers_keeps_order_across_the_wrap(start: int, offsets: set[int]) -> None:
    numbers = tuple((start + offset) & 0xFFFF for offset in sorted(offsets))
    assert parse_rtcp(Nack(1, 2, numbers).pack()) == [Nack(1, 2, numbers)]


def test_nack_packs_seventeen_numbers_in_a_pair() -> None:
    assert len(Nack(1, 2, tuple(range(100, 117))).pack()) == 16
    assert len(Nack(1, 2, tuple(range(100, 118))).pack()) == 20
    assert Nack(1, 2, (65535, 0, 15)).pack()[12:] == bytes.fromhex("ffff8001")


@given(st.integers(0, 2**63 - 1))
def test_remb_keeps_18_bits(bitrate: int) -> None:
    (found,) = parse_rtcp(Remb(1, bitrate, (2,)).pack())
    assert isinstance(found, Remb)
    assert 0 <= bitrate - found.bitrate_bps <= bitrate >> 17


def test_packets_lost_is_clamped_to_24_bits() -> None:
    for lost, kept in ((0x80_0000, 0x7F_FFFF), (-0x80_0001, -0x80_0000)):
        (report,) = parse_rtcp(ReceiverReport(1, (ReportBlock(2, 0, lost, 0, 0, 0, 0),)).pack())
        assert isinstance(report, ReceiverReport)
        assert report.reports[0].packets_lost == kept


def test_too_many_items_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="at most 31"):
        Goodbye(tuple(range(32))).pack()
    with pytest.raises(ValueError, match="CNAME"):
        SourceDescription(1, "x" * 256).pack()


@pytest.mark.parametrize(
    "packet",
    [
        SenderReport(1, 0x1122334455667788, 2, 3, 4, (BLOCK, BLOCK)),
        ReceiverReport(1, (BLOCK,)),
        SourceDescription(1, "podium"),
        Goodbye((1, 2)),
        Nack(1, 2, (5, 6, 21, 40, 65535)),
        PictureLossIndication(1, 2),
        Remb(1, 250_000, (2, 3)),
        FullIntraRequest(1, ((2, 200), (3, 0))),
    ],
    ids=lambda packet: type(packet).__name__,
)
def test_aiortc_reads_ours_and_we_read_theirs(packet: RtcpPacket) -> None:
    (theirs,) = aiortc_rtp.RtcpPacket.parse(packet.pack())
    assert parse_rtcp(bytes(theirs)) == [packet]
    if isinstance(packet, Nack):
        assert isinstance(theirs, aiortc_rtp.RtcpRtpfbPacket)
        assert tuple(theirs.lost) == packet.sequence_numbers
    elif isinstance(packet, Remb):
        assert isinstance(theirs, aiortc_rtp.RtcpPsfbPacket)
        assert aiortc_rtp.unpack_remb_fci(theirs.fci) == (packet.bitrate_bps, list(packet.ssrcs))
    elif isinstance(packet, SenderReport):
        assert isinstance(theirs, aiortc_rtp.RtcpSrPacket)
        assert theirs.sender_info.ntp_timestamp == packet.ntp
        assert [block.packets_lost for block in theirs.reports] == [-3, -3]


def test_unknown_types_and_formats_are_skipped() -> None:
    unknown = struct.pack("!BBHL", 0x80, 207, 1, 9) + struct.pack("!BBHLL4s", 0x80 | 15, 206, 3, 1, 2, b"ABCD")
    unknown += struct.pack("!BBHLL", 0x80 | 7, 205, 2, 1, 2) + struct.pack("!BBHLL", 0x80 | 7, 206, 2, 1, 2)
    pli = PictureLossIndication(1, 2)
    assert parse_rtcp(unknown + pli.pack()) == [pli]


def test_profile_extensions_reasons_and_padding_are_skipped() -> None:
    report = ReceiverReport(1, (BLOCK,)).pack()
    longer = report[:2] + struct.pack("!H", len(report) // 4) + report[4:] + b"more"
    assert parse_rtcp(longer) == [ReceiverReport(1, (BLOCK,))]
    bye = bytes.fromhex("81cb0003 00000005 04 6c656674 000000")
    assert parse_rtcp(bye) == [Goodbye((5,))]
    padded = bytes.fromhex("a1ce0003 00000001 00000002 00000004")
    assert parse_rtcp(padded) == [PictureLossIndication(1, 2)]


def test_source_description_with_other_items_and_chunks() -> None:
    data = bytes.fromhex("83ca0009 00000001 0203616263 01026869 000000")
    data += bytes.fromhex("00000002 06 01 78 00 00000003 01 00 00 00") + bytes(4)
    assert parse_rtcp(data) == [SourceDescription(1, "hi"), SourceDescription(3, "")]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80c8",
        "40c90001 00000001",  # version 1
        "80c90002 00000001",  # longer than the datagram
        "80c90001 00000001 80",  # rest
        "81c90001 00000001",  # report block missing
        "80c80001 00000001",  # sender info missing
        "80c90000",
        "82cb0001 00000001",  # BYE with one SSRC of two
        "81cd0001 00000001",  # NACK without media SSRC
        "81ce0001 00000001",
        "84ce0003 00000001 00000000 00000002",  # FIR entry cut
        "8fce0003 00000001 00000000 52454d42",  # REMB cut
        "8fce0004 00000001 00000000 52454d42 02000001",
        "8fce0004 00000001 00000000 52454d42 00ffffff",  # REMB rate absurd
        "a0c90001 00000000",  # padding 0
        "a0c90001 00000003",  # padding within the SSRC
        "a1cd0003 00000001 00000002 00000003",  # padding within a NACK pair
        "a0c90001 00000008",  # padding longer than the body
        "a0c90000",
        "81ca0001 00000001",  # SDES without an end
        "81ca0002 00000001 01ff6869",
        "81ca0002 00000001 0101ff00",  # CNAME not UTF-8
        "82ca0002 00000001 00000000",
    ],
)
def test_malformed(data: str) -> None:
    with pytest.raises(MalformedPacket):
        parse_rtcp(bytes.fromhex(data))


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_are_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        parse_rtcp(data)


@given(st.integers(200, 207), st.integers(0, 31), st.booleans(), st.binary(max_size=80))
def test_any_body_parses_or_is_malformed(packet_type: int, count: int, padded: bool, body: bytes) -> None:
    body = body[: len(body) // 4 * 4]
    head = struct.pack("!BBH", 0x80 | padded << 5 | count, packet_type, len(body) // 4)
    with contextlib.suppress(MalformedPacket):
        parse_rtcp(head + body)
