"""What was sent to one subscriber under transport-wide sequence numbers, until it is told what came of it."""

from __future__ import annotations

from typing import TypeAlias

Sent: TypeAlias = tuple[int, float]
"""Bytes on the wire and when they were sent, in seconds. May be shared between subscribers."""

ACKNOWLEDGED: Sent = (0, 0.0)
"""Stands for a packet that was acknowledged; compare by identity."""

MAX_RECORDS = 4096
MAX_AGE_S = 5.0
"""More than the worst queue and round trip together: what comes later tells nothing any more."""


class SentHistory(list[Sent]):
    """The records of the numbers after ``pruned``, in order; the first number ever is 1.

    A hot path: ``append((wire_bytes, sent_at_s))`` is list's own, once per packet in the order of the numbers. All
    else belongs to the estimator, which prunes; nobody else removes or replaces records.
    """

    __slots__ = ("pruned",)

    def __init__(self) -> None:
        super().__init__()
        self.pruned = 0
        """The highest number whose record is gone."""

    @property
    def last_number(self) -> int:
        """The number of the newest packet; 0 before the first. Its lower 16 bits are on the wire."""
        return self.pruned + len(self)

    def number_of(self, sequence16: int) -> int:
        """The newest number sent whose lower 16 bits are these; below 1 when none ever was."""
        last = self.pruned + len(self)
        return last - ((last - sequence16) & 0xFFFF)

    def prune_to(self, number: int) -> None:
        """Forget the records up to and with ``number``."""
        count = number - self.pruned
        if count > 0:
            count = min(count, len(self))
            del self[:count]
            self.pruned += count

    def prune(self, now: float) -> None:
        """Bound what a subscriber costs that never acknowledges."""
        excess = len(self) - MAX_RECORDS
        if excess > 0:
            self.prune_to(self.pruned + excess)
        oldest = now - MAX_AGE_S
        old = 0
        for _, sent_at in self:
            if sent_at >= oldest:
                break
            old += 1
        self.prune_to(self.pruned + old)
