"""Keyframes of H.264, VP9 and AV1, and the height of an H.264 picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.av1 import is_av1_keyframe
from sfu.rtp.h264 import h264_height
from sfu.rtp.vp9 import is_vp9_keyframe


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("08 01", True),  # B, no picture id, no layers
        ("88 12 01", True),
        ("48 01", False),  # P: predicted
        ("00 01", False),  # the middle of a frame
        ("a8 85 12 00 00", True),  # I with 15 bits, L: SID 0
        ("a8 12 00 00", True),  # I with 7 bits
        ("a8 12 02 00", False),  # SID 1 of the same picture
        ("a8", False),
        ("", False),
    ],
)
def test_vp9(payload: str, expected: bool) -> None:
    assert is_vp9_keyframe(bytes.fromhex(payload)) is expected


@pytest.mark.parametrize(
    ("payload", "expected"), [("18 0a", True), ("10 0a", False), ("98 0a", False), ("18", False), ("", False)]
)
def test_av1(payload: str, expected: bool) -> None:
    assert is_av1_keyframe(bytes.fromhex(payload)) is expected


class Bits:
    """Writes what `h264_height` reads."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, bits: int) -> Bits:
        self.text += f"{value:0{bits}b}"
        return self

    def code(self, value: int) -> Bits:
        binary = f"{value + 1:b}"
        self.text += "0" * (len(binary) - 1) + binary
        return self

    def unit(self) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        data = bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
        escaped = bytearray()
        for byte in data:
            if len(escaped) >= 2 and escaped[-1] == escaped[-2] == 0 and byte <= 3:
                escaped.append(3)
            escaped.append(byte)
        return b"\x67" + bytes(escaped)


def parameter_set(profile: int, units: int, *, cropped: int = 0, fields: bool = False) -> bytes:
    bits = Bits().put(profile, 8).put(0xE0, 8).put(31, 8).code(0)
    if profile == 100:
        bits.code(1).code(0).code(0).put(0, 1).put(0, 1)
    bits.code(4).code(0).code(4).code(1).put(0, 1).code(79).code(units - 1).put(0 if fields else 1, 1)
    if fields:
        bits.put(0, 1)
    bits.put(1, 1)
    if cropped:
        bits.put(1, 1).code(0).code(0).code(0).code(cropped)
    else:
        bits.put(0, 1)
    return bits.put(0, 1).unit()


@pytest.mark.parametrize(
    ("unit", "height"),
    [
        (parameter_set(66, 45), 720),
        (parameter_set(100, 68, cropped=4), 1080),
        (parameter_set(66, 34, cropped=2, fields=True), 1080),
    ],
)
def test_the_height_of_an_h264_picture(unit: bytes, height: int) -> None:
    assert h264_height(unit) == height
    aggregated = b"\x78" + len(unit).to_bytes(2, "big") + unit + b"\0\x04\x68\xce\x3c\x80"
    assert h264_height(aggregated) == height


@given(st.binary(max_size=60))
def test_anything_may_come(payload: bytes) -> None:
    for head in (b"\x67", b"\x78\0\x20\x67", b""):
        height = h264_height(head + payload)
        assert height is None or height > 0
    is_vp9_keyframe(payload)
    is_av1_keyframe(payload)
