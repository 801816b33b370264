"""VP8 descriptors and H.264 keyframes, well-formed and hostile."""

from __future__ import annotations

import contextlib

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.h264 import is_h264_keyframe
from sfu.rtp.vp8 import Vp8Descriptor, parse_vp8, rewrite_vp8

KEYFRAME = bytes.fromhex("100200 9d012a 8002 6801")


def describe(
    picture_id: tuple[int, int] | None,
    tl0: int | None,
    tid: tuple[int, bool] | None,
    key_idx: int | None,
    first: int,
) -> bytes:
    """A descriptor written field by field from RFC 7741 figure 1; picture_id is (value, bits)."""
    flags, rest = 0, b""
    if picture_id is not None:
        flags |= 0x80
        value, bits = picture_id
        rest += bytes([0x80 | value >> 8, value & 0xFF]) if bits == 15 else bytes([value])
    if tl0 is not None:
        flags |= 0x40
        rest += bytes([tl0])
    if tid is not None or key_idx is not None:
        flags |= (0x20 if tid is not None else 0) | (0x10 if key_idx is not None else 0)
        number, sync = tid or (0, False)
        rest += bytes([number << 6 | sync << 5 | (key_idx or 0)])
    return bytes([first | 0x80, flags]) + rest if flags else bytes([first])


picture_ids = (
    st.none() | st.tuples(st.integers(0, 127), st.just(7)) | st.tuples(st.integers(0, 32767), st.just(15))
)
descriptors = st.tuples(
    picture_ids,
    st.none() | st.integers(0, 255),
    st.none() | st.tuples(st.integers(0, 3), st.booleans()),
    st.none() | st.integers(0, 31),
)


@given(descriptors, st.sampled_from([0x00, 0x10, 0x11, 0x30]), st.binary(min_size=1, max_size=20))
def test_vp8_descriptor_is_read(
    fields: tuple[tuple[int, int] | None, int | None, tuple[int, bool] | None, int | None], first: int, rest: bytes
) -> None:
    picture_id, tl0, tid, key_idx = fields
    head = describe(picture_id, tl0, tid, key_idx, first)
    found = parse_vp8(head + rest)
    assert found.length == len(head)
    assert found.starts_frame == (first in (0x10, 0x30))
    assert (found.picture_id, found.picture_id_bits) == (picture_id or (None, 0))
    assert found.tl0_pic_idx == tl0
    assert (found.temporal_id, found.layer_sync) == (tid or (None, False))
    assert found.key_idx == key_idx
    assert found.is_keyframe == (found.starts_frame and rest[0] & 1 == 0)
    theirs, _ = VpxPayloadDescriptor.parse(head + rest)
    assert (theirs.picture_id, theirs.tl0picidx, theirs.keyidx) == (found.picture_id, tl0, key_idx)


@given(
    descriptors,
    st.binary(min_size=1, max_size=20),
    st.none() | st.integers(0, 99_999),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(0, 99),
)
def test_vp8_rewrite_replaces_these_fields_and_no_others(
    fields: tuple[tuple[int, int] | None, int | None, tuple[int, bool] | None, int | None],
    rest: bytes,
    picture_id: int | None,
    tl0: int | None,
    key_idx: int | None,
) -> None:
    payload = describe(*fields, 0x10) + rest
    before = parse_vp8(payload)
    changed = rewrite_vp8(payload, before, picture_id, tl0, key_idx)
    assert len(changed) == len(payload)
    after = parse_vp8(changed)
    expected = parse_vp8(payload)
    if picture_id is not None and before.picture_id is not None:
        expected.picture_id = picture_id & ((1 << before.picture_id_bits) - 1)
    if tl0 is not None and before.tl0_pic_idx is not None:
        expected.tl0_pic_idx = tl0 & 0xFF
    if key_idx is not None and before.key_idx is not None:
        expected.key_idx = key_idx & 0x1F
    assert after == expected
    assert changed[before.length :] == rest


def test_vp8_keyframe_with_size() -> None:
    found = parse_vp8(b"\x10" + KEYFRAME)
    assert found == Vp8Descriptor(length=1, starts_frame=True, is_keyframe=True, width=640, height=360)
    scaled = KEYFRAME[:7] + bytes([KEYFRAME[7] | 0xC0]) + KEYFRAME[8:]
    assert parse_vp8(b"\x10" + scaled).width == 640
    assert parse_vp8(b"\x10" + KEYFRAME[:9]) == Vp8Descriptor(length=1, starts_frame=True, is_keyframe=True)
    assert not parse_vp8(b"\x00" + KEYFRAME).is_keyframe
    assert not parse_vp8(b"\x11" + KEYFRAME).is_keyframe


@pytest.mark.parametrize(
    "data", [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\xf0\x81\x02\x03\x04"]
)
def test_vp8_truncated(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_vp8(data)


@given(st.binary(max_size=24))
def test_vp8_any_bytes_parse_or_are_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        descriptor = parse_vp8(data)
        assert rewrite_vp8(data, descriptor, None, None, None) == data
        assert len(rewrite_vp8(data, descriptor, 1, 1, 1)) == len(data)


@pytest.mark.parametrize(
    ("payload", "keyframe"),
    [
        ("6742c01f", True),  # SPS
        ("65b80004", True),  # IDR
        ("41b80004", False),  # non-IDR slice
        ("68ce3c80", False),  # PPS
        ("18 0004 6742c01f 0004 68ce3c80", True),  # STAP-A: SPS, PPS
        ("18 0002 0910 0003 65b800", True),  # STAP-A: AUD, IDR
        ("18 0004 68ce3c80 0002 41b8", False),
        ("7c85b800", True),  # FU-A start of an IDR
        ("7c87b800", True),
        ("7c05b800", False),  # FU-A middle
        ("7c45b800", False),  # FU-A end
        ("7c81b800", False),
        ("", False),
        ("67", False),
        ("7c", False),
        ("18", False),
        ("180000", False),
        ("18 0000 6742", False),
        ("18 00ff 6742c01f", False),  # runs past the end
    ],
)
def test_h264_keyframe(payload: str, keyframe: bool) -> None:
    assert is_h264_keyframe(bytes.fromhex(payload)) is keyframe


@given(st.binary(max_size=64), st.sampled_from([b"", b"\x18", b"\x7c", b"\x18\x00\x01"]))
def test_h264_never_raises(data: bytes, head: bytes) -> None:
    assert is_h264_keyframe(head + data) in (True, False)
