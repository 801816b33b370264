"""Opus packets: taken apart, joined, and refused when they break RFC 6716."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.opus import MAX_SAMPLES, frame_samples, join_opus, parse_opus

TWENTY_MS = 0x78
"""CELT-only, fullband, 20 ms, mono, one frame."""
frame = st.one_of(
    st.binary(max_size=40), st.binary(min_size=250, max_size=260), st.binary(min_size=1275, max_size=1275)
)
tocs = st.integers(0, 63).map(lambda high: high << 2)


@pytest.mark.parametrize(
    ("config", "samples"), [(0, 480), (1, 960), (3, 2880), (12, 480), (13, 960), (16, 120), (19, 960), (31, 960)]
)
def test_the_duration_of_a_frame_follows_from_its_configuration(config: int, samples: int) -> None:
    assert frame_samples(config << 3) == samples


@given(toc=tocs, frames=st.lists(frame, min_size=1, max_size=48))
def test_what_is_joined_comes_apart_again(toc: int, frames: list[bytes]) -> None:
    if frame_samples(toc) * len(frames) > MAX_SAMPLES:
        with pytest.raises(ValueError, match="120 ms"):
            join_opus(toc, frames)
        return
    packet = parse_opus(join_opus(toc, frames))
    assert packet == (toc, frames)
    assert packet.samples == frame_samples(toc) * len(frames)


def test_a_single_frame_stays_as_it_was() -> None:
    assert join_opus(TWENTY_MS, [b"abc"]) == bytes([TWENTY_MS]) + b"abc"


def test_three_frames_become_one_packet_of_60_ms() -> None:
    joined = join_opus(TWENTY_MS, [b"a" * 3, b"b" * 300, b"c"])
    assert joined == bytes([TWENTY_MS | 3, 0x83, 3, 252, 12]) + b"aaa" + b"b" * 300 + b"c"
    assert parse_opus(joined).samples == 2880


@pytest.mark.parametrize(
    ("packet", "frames"),
    [
        (bytes([TWENTY_MS]), [b""]),
        (bytes([TWENTY_MS | 1]) + b"aabb", [b"aa", b"bb"]),
        (bytes([TWENTY_MS | 2, 1]) + b"abb", [b"a", b"bb"]),
        (bytes([TWENTY_MS | 3, 0x03]) + b"abc", [b"a", b"b", b"c"]),
        (bytes([TWENTY_MS | 3, 0x42, 2]) + b"ab" + bytes(2), [b"a", b"b"]),
        (bytes([TWENTY_MS | 3, 0xC2, 1, 1]) + b"abb" + bytes(1), [b"a", b"bb"]),
    ],
    ids=["nothing sent", "two equal", "two", "constant", "constant and padded", "variable and padded"],
)
def test_all_forms_are_read(packet: bytes, frames: list[bytes]) -> None:
    assert parse_opus(packet).frames == frames


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes([TWENTY_MS | 1]) + b"abc",
        bytes([TWENTY_MS | 2]),
        bytes([TWENTY_MS | 2, 252]),
        bytes([TWENTY_MS | 2, 9]) + b"ab",
        bytes([TWENTY_MS | 3]),
        bytes([TWENTY_MS | 3, 0x00]),
        bytes([TWENTY_MS | 3, 0x07]) + bytes(7),
        bytes([TWENTY_MS | 3, 0x03]) + b"ab",
        bytes([TWENTY_MS | 3, 0x42, 255]),
        bytes([TWENTY_MS | 3, 0x42, 9, 1]),
        bytes([TWENTY_MS | 3, 0x83, 200, 200]) + b"ab",
        bytes([TWENTY_MS]) + bytes(1276),
    ],
    ids=lambda packet: packet[:4].hex() or "empty",
)
def test_what_breaks_the_rules_is_refused(packet: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_opus(packet)


@given(st.binary(max_size=64))
@example(bytes([0x7B, 0xFF, 255, 255, 255]))
def test_anything_is_read_or_refused(packet: bytes) -> None:
    try:
        parsed = parse_opus(packet)
    except MalformedPacket:
        return
    assert 0 < parsed.samples <= MAX_SAMPLES
    assert sum(map(len, parsed.frames)) <= len(packet)
