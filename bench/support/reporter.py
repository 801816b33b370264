"""Transport-wide feedback of a synthetic student: as a browser sends it, written for hundreds in one process."""

from __future__ import annotations

from itertools import pairwise
from struct import Struct
from typing import Final

from bench.support.offers import TRANSPORT_CC_ID
from sfu.rtp.rtcp import TransportFeedback

INTERVAL_S: Final = 0.100
TICKS_PER_S: Final = 4000
TICKS_PER_REFERENCE: Final = 256
_MOST: Final = 1000
"""Packets in one feedback; what is beyond is not told."""
_HEAD: Final = Struct("!BBHLLHHLH").pack
_ELEMENT: Final = TRANSPORT_CC_ID << 4 | 1


class Reporter:
    """Collects the transport-wide numbers of one student, and tells them on demand."""

    __slots__ = ("_count", "_next", "_numbers", "_ticks")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._ticks: list[int] = []
        self._next: int | None = None
        self._count = 0

    def received(self, packet: bytes | bytearray, ticks: int) -> None:
        """An RTP packet came in at ``ticks`` of 250 µs; it has its number first in its extensions, or none."""
        if packet[0] & 0x10 and packet[16] == _ELEMENT:
            self._numbers.append(packet[17] << 8 | packet[18])
            self._ticks.append(ticks)

    def build(self, sender_ssrc: int) -> bytes | None:
        """RTCP for everything since the last time; None when nothing came."""
        numbers, ticks = self._numbers, self._ticks
        if not numbers:
            return None
        self._numbers, self._ticks = [], []
        if self._next is None:
            self._next = numbers[0]
        base, count = self._next, len(numbers)
        if numbers[0] == base and numbers[-1] == (base + count - 1) & 0xFFFF and count <= _MOST:
            reference = ticks[0] // TICKS_PER_REFERENCE
            deltas = [ticks[0] - reference * TICKS_PER_REFERENCE]
            deltas += [later - earlier for earlier, later in pairwise(ticks)]
            if min(deltas) >= 0 and max(deltas) < 256:
                return self._whole(sender_ssrc, base, reference, bytes(deltas))
        return self._with_gaps(sender_ssrc, base, dict(zip(numbers, ticks, strict=True)))

    def _whole(self, sender_ssrc: int, base: int, reference: int, deltas: bytes) -> bytes:
        """All came, in order: one run of small deltas."""
        count = len(deltas)
        body = deltas + bytes(-(20 + 2 + count) % 4)
        padding = len(body) - count
        if padding:
            body = body[:-1] + bytes([padding])
        words = (20 + 2 + len(body)) // 4 - 1
        feedback = (reference & 0xFFFFFF) << 8 | self._count
        first = 0xAF if padding else 0x8F
        self._count = (self._count + 1) & 0xFF
        self._next = (base + count) & 0xFFFF
        return _HEAD(first, 205, words, sender_ssrc, 0, base, count, feedback, 1 << 13 | count) + body

    def _with_gaps(self, sender_ssrc: int, base: int, arrived: dict[int, int]) -> bytes | None:
        span = max((number - base + 0x8000 & 0xFFFF) - 0x8000 for number in arrived) + 1
        if not 0 < span <= _MOST:
            self._next = None
            return None
        told = [(number & 0xFFFF, arrived.get(number & 0xFFFF)) for number in range(base, base + span)]
        arrivals = tuple((number, None if ticks is None else ticks / TICKS_PER_S) for number, ticks in told)
        packet = TransportFeedback(sender_ssrc, 0, base, self._count, arrivals).pack()
        self._count = (self._count + 1) & 0xFF
        self._next = (base + span) & 0xFFFF
        return packet
