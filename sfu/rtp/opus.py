"""Opus packets taken apart into frames and joined again, without decoding (RFC 6716 section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sfu.rtp.errors import MalformedPacket

MAX_SAMPLES: Final = 5760
"""120 ms: the longest packet (section 3.2.5, requirement R5)."""
MAX_FRAME_BYTES: Final = 1275

_CODE: Final = 0x03
_VBR: Final = 0x80
_PADDED: Final = 0x40
_COUNT: Final = 0x3F
# Samples at 48 kHz by the configuration number (section 3.1, table 2).
_FRAME_SAMPLES: Final = (
    *(480, 960, 1920, 2880) * 3,  # SILK-only
    *(480, 960) * 2,  # Hybrid
    *(120, 240, 480, 960) * 4,  # CELT-only
)


class OpusPacket(NamedTuple):
    """``toc`` is the first byte with the frame count code cleared: packets with equal ones can be joined."""

    toc: int
    frames: list[bytes]

    @property
    def samples(self) -> int:
        """How much sound it holds, in samples at 48 kHz."""
        return frame_samples(self.toc) * len(self.frames)


def frame_samples(toc: int) -> int:
    """The duration of one frame, in samples at 48 kHz."""
    return _FRAME_SAMPLES[toc >> 3]


def parse_opus(packet: bytes) -> OpusPacket:
    """Take a packet apart; a frame without bytes is one that was not sent (DTX). Raises MalformedPacket."""
    if not packet:
        raise MalformedPacket("an Opus packet has at least one byte")
    toc, code = packet[0] & ~_CODE, packet[0] & _CODE
    if code == 0:
        frames = [packet[1:]]
    elif code == 1:
        half, odd = divmod(len(packet) - 1, 2)
        if odd:
            raise MalformedPacket("an Opus packet of two equal frames has an odd number of bytes")
        frames = [packet[1 : 1 + half], packet[1 + half :]]
    elif code == 2:
        size, start = _size(packet, 1, len(packet))
        frames = [packet[start : start + size], packet[start + size :]]
        if start + size > len(packet):
            raise MalformedPacket("an Opus frame runs past its packet")
    else:
        frames = _many(packet)
    if any(len(frame) > MAX_FRAME_BYTES for frame in frames):
        raise MalformedPacket("an Opus frame has more than 1275 bytes")
    parsed = OpusPacket(toc, frames)
    if parsed.samples > MAX_SAMPLES:
        raise MalformedPacket("an Opus packet holds more than 120 ms")
    return parsed


def _many(packet: bytes) -> list[bytes]:
    """The frames of a code 3 packet (section 3.2.5)."""
    if len(packet) < 2:
        raise MalformedPacket("an Opus packet ends before its frame count")
    flags, pos, end = packet[1], 2, len(packet)
    count = flags & _COUNT
    if not count:
        raise MalformedPacket("an Opus packet has no frames")
    if flags & _PADDED:
        while True:
            if pos >= end:
                raise MalformedPacket("an Opus packet ends within its padding length")
            size = packet[pos]
            pos += 1
            end -= 254 if size == 255 else size
            if size != 255:
                break
    sizes: list[int] = []
    if flags & _VBR:
        for _ in range(count - 1):
            size, pos = _size(packet, pos, end)
            sizes.append(size)
        sizes.append(end - pos - sum(sizes))
    else:
        each, rest = divmod(end - pos, count)
        if rest:
            raise MalformedPacket("the frames of a constant-rate Opus packet differ")
        sizes = [each] * count
    if pos > end or sizes[-1] < 0:
        raise MalformedPacket("an Opus frame runs past its packet")
    frames: list[bytes] = []
    for size in sizes:
        frames.append(packet[pos : pos + size])
        pos += size
    return frames


def _size(packet: bytes, pos: int, end: int) -> tuple[int, int]:
    """A frame length (section 3.2.1), and where what follows it begins."""
    if pos >= end:
        raise MalformedPacket("an Opus packet ends before a frame length")
    first = packet[pos]
    if first < 252:
        return first, pos + 1
    if pos + 1 >= end:
        raise MalformedPacket("an Opus packet ends within a frame length")
    return packet[pos + 1] * 4 + first, pos + 2


def join_opus(toc: int, frames: Sequence[bytes]) -> bytes:
    """One packet of all ``frames``: as it was for a single one, else with code 3 and variable sizes.

    Raises ValueError without frames and for more than 120 ms.
    """
    if not 1 <= len(frames) <= MAX_SAMPLES // frame_samples(toc):
        raise ValueError("an Opus packet holds at least one frame and at most 120 ms")
    if len(frames) == 1:
        return bytes([toc]) + frames[0]
    head = bytearray([toc | _CODE, _VBR | len(frames)])
    for frame in frames[:-1]:
        size = len(frame)
        if size < 252:
            head.append(size)
        else:
            first = 252 + (size & 3)
            head += bytes([first, (size - first) >> 2])
    return bytes(head) + b"".join(frames)
