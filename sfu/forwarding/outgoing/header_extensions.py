"""The header extensions of a packet with a dependency descriptor (AV1 RTP specification, appendix A)."""

from __future__ import annotations

from typing import Final

ONE_BYTE_MAX: Final = 16
"""Bytes of an element with a header of one byte (RFC 8285 section 4.2); a larger one needs the two-byte form."""


def with_descriptor(
    block: int, tail: bytes, extension: int, descriptor: bytes, mid_extension: int, mid: str
) -> tuple[int, bytes]:
    """A slot's ``block`` and ``tail`` (see `Line.extension`) with the descriptor added under id ``extension``.

    A large descriptor, as keyframes have, takes the block to the two-byte form. The transport-wide number has no
    place there: such a packet goes without it, as one that is not reported on.
    """
    if len(descriptor) <= ONE_BYTE_MAX and extension <= 14:
        element = bytes([extension << 4 | len(descriptor) - 1]) + descriptor
        element += bytes(-len(element) % 4)
        words = len(element) // 4
        if block:
            return block + (words << 32), tail + element
        if tail:
            return 0, tail[:2] + (len(tail) // 4 - 1 + words).to_bytes(2, "big") + tail[4:] + element
        return 0, b"\xbe\xde" + words.to_bytes(2, "big") + element
    elements = bytes([extension, len(descriptor)]) + descriptor
    if tail and mid_extension:
        value = mid.encode("ascii")
        elements = bytes([mid_extension, len(value)]) + value + elements
    elements += bytes(-len(elements) % 4)
    return 0, b"\x10\x00" + (len(elements) // 4).to_bytes(2, "big") + elements
