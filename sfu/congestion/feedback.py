"""Reads transport-wide feedback fast (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).

A hot path: it says the same as ``sfu.rtp.transport_cc.parse_transport_feedback``, but makes no object per packet.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeAlias

from sfu.rtp.errors import MalformedPacket

Reported: TypeAlias = tuple[int, int, bytes, Sequence[int]]
"""The first sequence number (16 bits), the reference time in ticks of 250 us, one symbol per number (0 when it is
missing), and for each number received the ticks since the one received before it."""

TICK_S = 0.00025
REFERENCE_PERIOD_TICKS = 1 << 32
MAX_STATUSES = 8192
"""A few bytes can stand for 65535 numbers; nobody has so many outstanding."""

_HEAD = struct.Struct("!8xHHL")
_HEAD_BYTES = _HEAD.size
_RUN = 0x1FFF
_RUNS = tuple(bytes([symbol]) * _RUN for symbol in range(4))
_SEVEN_BITS = tuple(bytes(bits >> shift & 1 for shift in range(6, -1, -1)) for bits in range(1 << 7))
_THREE_PAIRS = tuple(bytes(bits >> shift & 3 for shift in (4, 2, 0)) for bits in range(1 << 6))
_FOUR_PAIRS = tuple(bytes(bits >> shift & 3 for shift in (6, 4, 2, 0)) for bits in range(1 << 8))
_DELTA_FORMATS = bytes.maketrans(b"\1\2", b"Bh")


def read_transport_feedback(body: bytes) -> Reported:
    """``body`` is what follows the common RTCP header; raises MalformedPacket and nothing else."""
    size = len(body)
    if size < _HEAD_BYTES:
        raise MalformedPacket("transport feedback is shorter than its header")
    base, count, word = _HEAD.unpack_from(body)
    if not 1 <= count <= MAX_STATUSES:
        raise MalformedPacket(f"transport feedback tells of {count} packets")
    pos = _HEAD_BYTES
    symbols = b""
    known = 0
    while known < count:
        if pos + 2 > size:
            raise MalformedPacket("transport feedback ends within its status chunks")
        chunk = body[pos] << 8 | body[pos + 1]
        pos += 2
        if not chunk & 0x8000:
            symbols += _RUNS[chunk >> 13][: chunk & _RUN]
        elif not chunk & 0x4000:
            symbols += _SEVEN_BITS[chunk >> 7 & 0x7F] + _SEVEN_BITS[chunk & 0x7F]
        else:
            symbols += _THREE_PAIRS[chunk >> 8 & 0x3F] + _FOUR_PAIRS[chunk & 0xFF]
        known = len(symbols)
    if known > count:
        symbols = symbols[:count]
    deltas: Sequence[int]
    small = symbols.count(1)
    received = count - symbols.count(0)
    if small == received:
        deltas = body[pos : pos + small]
        if len(deltas) < small:
            raise MalformedPacket("transport feedback has no delta for a received packet")
    elif 3 in symbols:
        raise MalformedPacket("transport feedback uses a reserved status")
    else:
        try:
            deltas = struct.unpack_from(b"!" + symbols.translate(_DELTA_FORMATS, b"\0"), body, pos)
        except struct.error as error:
            raise MalformedPacket("transport feedback has no delta for a received packet") from error
    return base, (word >> 8) << 8, symbols, deltas
