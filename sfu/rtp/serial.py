"""Serial number arithmetic (RFC 1982) for RTP's wrapping counters.

The 16-bit sequence numbers and 32-bit timestamps of RTP wrap. The unwrapper widens the former to integers that do
not, so that everything behind it compares and subtracts plainly.
"""

from __future__ import annotations


def seq_delta(a: int, b: int) -> int:
    """The signed distance from ``b`` to ``a`` over 16 bits, in [-32768, 32767]."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000


def ts_delta(a: int, b: int) -> int:
    """The signed distance from ``b`` to ``a`` over 32 bits, in [-2**31, 2**31 - 1]."""
    return ((a - b + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


class SequenceUnwrapper:
    """Widens 16-bit sequence numbers. The first becomes ``65536 + seq``, so late ones never become negative.

    Numbers are placed relative to the highest seen, at most 32768 before and 32767 after it.
    """

    __slots__ = ("_highest",)

    def __init__(self) -> None:
        self._highest = -1

    def unwrap(self, seq16: int) -> int:
        highest = self._highest
        if highest < 0:
            self._highest = extended = 0x1_0000 + seq16
            return extended
        extended = highest + ((seq16 - highest + 0x8000) & 0xFFFF) - 0x8000
        if extended > highest:
            self._highest = extended
        return extended
