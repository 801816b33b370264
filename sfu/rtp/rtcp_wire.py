"""What all RTCP packets share: the type numbers and the common header (RFC 3550 section 6.4.1)."""

from __future__ import annotations

import struct

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206

MAX_COUNT = 31

_HEADER = struct.Struct("!BBH")


def pack_rtcp(packet_type: int, count: int, body: bytes) -> bytes:
    """One packet with its header. ``body`` must be a multiple of 4 bytes; ``count`` is 5 bits (or the format)."""
    if count > MAX_COUNT:
        raise ValueError(f"an RTCP packet holds at most {MAX_COUNT} items, not {count}")
    return _HEADER.pack(0x80 | count, packet_type, len(body) // 4) + body


def pack_words(values: tuple[int, ...]) -> bytes:
    """32-bit words, one after the other."""
    return struct.pack(f"!{len(values)}L", *values)


def unpack_words(body: bytes, start: int, count: int) -> tuple[int, ...]:
    """``count`` 32-bit words from ``start``; the caller has checked the length."""
    return struct.unpack_from(f"!{count}L", body, start)
