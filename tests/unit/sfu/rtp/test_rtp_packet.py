"""RTP parsing: every field, both extension forms, and whatever a hostile sender may put in."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.packet import ExtensionIds, build_rtp, is_rtcp, parse_rtp

IDS = ExtensionIds(mid=1, rid=2, repaired_rid=3, audio_level=4, abs_send_time=5, transport_sequence_number=6)
HIGH_IDS = ExtensionIds(mid=200, rid=15, transport_sequence_number=16)


def header(first: int = 0x80, rest: bytes = b"") -> bytes:
    return bytes([first, 96]) + bytes(10) + rest


@given(
    payload_type=st.integers(0, 127),
    sequence_number=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFF_FFFF),
    ssrc=st.integers(0, 0xFFFF_FFFF),
    payload=st.binary(max_size=60),
    marker=st.booleans(),
    csrcs=st.lists(st.integers(0, 0xFFFF_FFFF), max_size=15),
    padding=st.integers(0, 255),
    extensions=st.dictionaries(st.integers(7, 14), st.binary(max_size=20), max_size=4),
)
def test_what_is_built_parses_back(
    payload_type: int,
    sequence_number: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    marker: bool,
    csrcs: list[int],
    padding: int,
    extensions: dict[int, bytes],
) -> None:
    data = build_rtp(
        payload_type=payload_type,
        sequence_number=sequence_number,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=payload,
        marker=marker,
        csrcs=csrcs,
        padding=padding,
        extensions={**extensions, 6: b"\x12\x34", 4: b"\x85"},
    )
    packet = parse_rtp(data, IDS)
    assert packet.payload_type == payload_type
    assert packet.sequence_number == sequence_number
    assert packet.timestamp == timestamp
    assert packet.ssrc == ssrc
    assert packet.marker is marker
    assert packet.payload == payload
    assert packet.padding_only == (padding > 0 and not payload)
    assert packet.transport_sequence_number == 0x1234
    assert (packet.audio_level, packet.voice_activity) == (5, True)
    assert (packet.mid, packet.rid, packet.repaired_rid, packet.abs_send_time) == (None, None, None, None)


def test_all_extensions_in_one_byte_form() -> None:
    values = {1: b"0", 2: b"hi", 3: b"lo", 4: b"\x7f", 5: b"\x01\x02\x03", 6: b"\xff\xfe"}
    packet = parse_rtp(
        build_rtp(payload_type=111, sequence_number=1, timestamp=2, ssrc=3, payload=b"x", extensions=values), IDS
    )
    assert (packet.mid, packet.rid, packet.repaired_rid) == ("0", "hi", "lo")
    assert (packet.audio_level, packet.voice_activity) == (127, False)
    assert (packet.abs_send_time, packet.transport_sequence_number) == (0x010203, 0xFFFE)


def test_two_byte_form_and_high_ids() -> None:
    values = {200: b"m" * 30, 15: b"", 16: b"\x00\x07"}
    packet = parse_rtp(
        build_rtp(payload_type=111, sequence_number=1, timestamp=2, ssrc=3, extensions=values), HIGH_IDS
    )
    assert (packet.mid, packet.rid, packet.transport_sequence_number) == ("m" * 30, "", 7)


def test_extensions_that_were_not_negotiated_are_not_read() -> None:
    values = {1: b"0", 4: b"\x7f", 6: b"\xff\xfe"}
    packet = parse_rtp(
        build_rtp(payload_type=111, sequence_number=1, timestamp=2, ssrc=3, extensions=values), ExtensionIds()
    )
    assert (packet.mid, packet.audio_level, packet.transport_sequence_number) == (None, None, None)


def test_one_byte_padding_and_terminators() -> None:
    padded = bytes.fromhex("bede0002") + bytes([0, 0, 0x10, ord("a"), 0x40, 0x05, 0, 0])
    packet = parse_rtp(header(0x90, padded), IDS)
    assert (packet.mid, packet.audio_level) == ("a", 5)
    for terminator in (0xF0, 0x02):
        block = bytes.fromhex("bede0002") + bytes([0x10, ord("a"), terminator, 0xFF, 0x40, 0x05, 0, 0])
        packet = parse_rtp(header(0x90, block), IDS)
        assert (packet.mid, packet.audio_level) == ("a", None)


def test_unknown_extension_profile_is_skipped() -> None:
    packet = parse_rtp(header(0x90, bytes.fromhex("abcd000110610000") + b"payload"), IDS)
    assert (packet.mid, packet.payload) == (None, b"payload")


def test_element_of_another_size_is_skipped() -> None:
    values = {5: b"\x01\x02", 6: b"\xff", 1: b"0"}
    packet = parse_rtp(build_rtp(payload_type=1, sequence_number=1, timestamp=2, ssrc=3, extensions=values), IDS)
    assert (packet.abs_send_time, packet.transport_sequence_number, packet.mid) == (None, None, "0")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        bytes([0x40, 96]) + bytes(10),  # version 1
        header(0x81),  # CSRC missing
        header(0x8F, bytes(59)),
        header(0x90),  # extension header missing
        header(0x90, bytes.fromhex("bede00")),
        header(0x90, bytes.fromhex("bede000210610000")),  # block longer than the packet
        header(0x90, bytes.fromhex("bede000113610000")),  # element longer than the block
        header(0x90, bytes.fromhex("1000000101056100")),
        header(0x90, bytes.fromhex("1000000100000001")),  # two-byte element without length
        header(0x90, bytes.fromhex("bede000110ff0000")),  # mid not UTF-8
        header(0xA0),  # padding of 0
        header(0xA0, b"\x00"),
        header(0xA0, b"\x03"),  # padding longer than the payload
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_rtp(data, IDS)


def test_padding_only() -> None:
    packet = parse_rtp(header(0xA0, b"\x00\x00\x03"), IDS)
    assert packet.padding_only and packet.payload == b""
    assert not parse_rtp(header(), IDS).padding_only


@given(st.binary(max_size=100))
def test_any_bytes_parse_or_are_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        parse_rtp(data, IDS)
    is_rtcp(data)


@given(
    st.sampled_from([0xBEDE, 0x1000, 0x100F]),
    st.integers(0, 12),
    st.binary(min_size=1, max_size=48),
    st.booleans(),
)
def test_any_extension_block_parses_or_is_malformed(profile: int, words: int, rest: bytes, padded: bool) -> None:
    block = profile.to_bytes(2, "big") + words.to_bytes(2, "big") + rest
    with contextlib.suppress(MalformedPacket):
        parse_rtp(header(0xB0 if padded else 0x90, block), IDS)


def test_is_rtcp() -> None:
    assert is_rtcp(bytes([0x80, 200, 0, 0])) and is_rtcp(bytes([0x81, 192])) and is_rtcp(bytes([0xBF, 223]))
    assert not is_rtcp(bytes([0x80, 96]))
    assert not is_rtcp(bytes([0x80, 0x80 | 111]))
    assert not is_rtcp(bytes([0x00, 200]))
    assert not is_rtcp(b"\x80") and not is_rtcp(b"")
