"""Silence dropped where it comes in: an open microphone in a quiet room costs nobody anything.

Senders without DTX go on sending when there is nothing to hear. The numbers of what is forwarded close over the
gap; its timestamps show it, which receivers take for DTX.
"""

from __future__ import annotations

from collections import deque
from typing import Final

SILENT: Final = 127
"""The audio level of digital silence (RFC 6464 section 3)."""
KEPT: Final = 3
"""This many silent packets in a row are forwarded, so that a receiver fades out by the sender's own sound."""
_REMEMBERED: Final = 16


class SilenceGate:
    """Numbers the packets of one audio stream anew, without those in silence."""

    __slots__ = ("_gaps", "_highest", "_silent", "_skipped")

    def __init__(self) -> None:
        self._silent = 0
        self._skipped = 0
        self._highest = -1
        self._gaps: deque[tuple[int, int, int]] = deque(maxlen=_REMEMBERED)
        """Runs left out: first and last number, and how many were left out before the first."""

    def admit(self, sequence: int, level: int | None) -> int | None:
        """The new number of the packet with this extended one; None when it is to be dropped."""
        if sequence <= self._highest:
            return self._late(sequence)
        follows = sequence == self._highest + 1
        self._highest = sequence
        if level != SILENT:
            self._silent = 0
            return sequence - self._skipped
        self._silent += 1
        if self._silent <= KEPT:
            return sequence - self._skipped
        if self._gaps and follows and self._gaps[-1][1] == sequence - 1:
            first, _, before = self._gaps[-1]
            self._gaps[-1] = (first, sequence, before)
        else:
            self._gaps.append((sequence, sequence, self._skipped))
        self._skipped += 1
        return None

    def _late(self, sequence: int) -> int | None:
        """A reordered or repaired packet goes where it belongs, unless that was left out, or is forgotten."""
        skipped = self._skipped
        for first, last, before in reversed(self._gaps):
            if sequence > last:
                break
            if sequence >= first:
                return None
            skipped = before
        else:
            if len(self._gaps) == _REMEMBERED:
                return None
        return sequence - skipped
