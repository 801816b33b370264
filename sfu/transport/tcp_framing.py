"""Packets in a TCP stream, each behind its length in two bytes (RFC 4571 section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MAX_FRAME: Final = 2048
"""Bytes; packets of a media connection are made to fit a datagram of 1500."""


class FrameTooLarge(ValueError):
    """The other end does not speak this protocol, or wants our memory."""


class Deframer:
    """Cuts a stream into packets. Holds at most one incomplete frame."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The packets that are complete now; empty frames are skipped. Raises `FrameTooLarge`.

        It is to be consumed to its end, or the stream given up.
        """
        data = self._rest + data
        at, size = 0, len(data)
        while size - at >= 2:
            length = data[at] << 8 | data[at + 1]
            if length > MAX_FRAME:
                raise FrameTooLarge(f"a frame of {length} bytes")
            end = at + 2 + length
            if end > size:
                break
            if length:
                yield data[at + 2 : end]
            at = end
        self._rest = data[at:]


def framed(data: bytes) -> bytes:
    """One packet as it goes into the stream."""
    return len(data).to_bytes(2, "big") + data
