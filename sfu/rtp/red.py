"""Redundant audio (RFC 2198): a packet that carries the ones before it once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sfu.rtp.errors import MalformedPacket

MAX_OFFSET: Final = (1 << 14) - 1
"""Timestamp units that a redundant block may lie back: 341 ms of Opus."""
MAX_BLOCK_BYTES: Final = (1 << 10) - 1
MAX_BLOCKS: Final = 8


class RedundantBlock(NamedTuple):
    """An older payload. ``timestamp_offset``: how far it lies back, in timestamp units."""

    payload_type: int
    timestamp_offset: int
    payload: bytes


class RedPacket(NamedTuple):
    """``redundant``: the oldest first, as they stand in the packet."""

    payload_type: int
    primary: bytes
    redundant: tuple[RedundantBlock, ...]


def parse_red(payload: bytes) -> RedPacket:
    """Take the payload of a RED packet apart; raises MalformedPacket. Empty redundant blocks are left out."""
    headers: list[tuple[int, int, int]] = []
    pos, size = 0, len(payload)
    while True:
        if pos >= size:
            raise MalformedPacket("redundant audio ends within its headers")
        first = payload[pos]
        if not first & 0x80:
            break
        if pos + 4 > size or len(headers) == MAX_BLOCKS:
            raise MalformedPacket("redundant audio ends within its headers, or has too many")
        word = int.from_bytes(payload[pos + 1 : pos + 4], "big")
        headers.append((first & 0x7F, word >> 10, word & 0x3FF))
        pos += 4
    payload_type = payload[pos] & 0x7F
    pos += 1
    blocks: list[RedundantBlock] = []
    for block_type, offset, length in headers:
        if pos + length > size:
            raise MalformedPacket("a redundant block runs past its packet")
        if length:
            blocks.append(RedundantBlock(block_type, offset, payload[pos : pos + length]))
        pos += length
    return RedPacket(payload_type, payload[pos:], tuple(blocks))


def pack_red(payload_type: int, primary: bytes, redundant: Sequence[tuple[int, bytes]]) -> bytes:
    """The payload of a RED packet, all blocks of one ``payload_type``.

    ``redundant``: pairs of timestamp offset and payload, the oldest first; those that do not fit the format (too
    far back, too long, empty) are left out.
    """
    head, body = bytearray(), bytearray()
    for offset, block in redundant:
        if 0 < offset <= MAX_OFFSET and 0 < len(block) <= MAX_BLOCK_BYTES:
            head.append(0x80 | payload_type)
            head += (offset << 10 | len(block)).to_bytes(3, "big")
            body += block
    head.append(payload_type)
    return bytes(head) + bytes(body) + primary
