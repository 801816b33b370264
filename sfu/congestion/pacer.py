"""A light pacer: what leaves for one subscriber, spread so that a keyframe does not fill the queue of a weak line.

A leaky bucket that drains at 2.5 times the estimate. Media that finds room leaves at once, so a strong line never
notices; the rest waits here, in order, and leaves as the bucket drains. The caller keeps the time.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

PACING_FACTOR: Final = 2.5
"""As browsers do: fast enough for a keyframe not to delay what follows it, slow enough not to be a burst."""
FULL_S: Final = 0.100
"""While packets wait longer than this on the line, no more leaves than the estimate."""
BURST_S: Final = 0.040
MIN_BURST_BYTES: Final = 4 * 1250
"""However weak the line: 0.13 s of 300 kbit/s."""
KNOWN_FACTOR: Final = 1.15
"""Of what the line carries, where that is known: a backlog must not go out faster than the line drains it, or it
overflows the queue there, is asked for again, and is a backlog again."""
QUEUE_S: Final = 0.250
"""How much may wait, in seconds at the estimate …"""
MIN_QUEUED: Final = 256
"""… but this many packets always may: without its tail a keyframe is worth nothing."""

ItemT = TypeVar("ItemT")


_UNLIMITED: Final = 1 << 62


class Pacer(Generic[ItemT]):
    """``queued``: how many packets wait. Sizes are in bytes, times in seconds.

    ``credit`` is what may leave before the clock has to be looked at again; the hot path takes from it::

        pacer.credit -= size
        if pacer.credit < 0 and not pacer.admit(size, now):
            ...  # hold

    Before the first `set_rate` everything leaves at once.
    """

    __slots__ = (
        "_at",
        "_burst",
        "_debt",
        "_granted",
        "_limit",
        "_media",
        "_queued_bytes",
        "_rate",
        "_repair_bytes",
        "_repairs",
        "_sent",
        "credit",
        "queued",
    )

    def __init__(self) -> None:
        self.queued = 0
        self.credit = _UNLIMITED
        self._granted = _UNLIMITED
        self._sent = 0
        self._rate = 0.0
        self._burst = _UNLIMITED
        self._limit = 0.0
        self._debt = 0.0
        self._at = 0.0
        self._repairs: deque[tuple[int, ItemT]] = deque()
        self._media: deque[tuple[int, ItemT]] = deque()
        self._queued_bytes = self._repair_bytes = 0

    @property
    def sent(self) -> int:
        """Bytes that left so far."""
        return self._sent + self._granted - self.credit

    def set_rate(
        self, estimate_bps: int, now: float, queue_s: float = 0.0, capacity_bps: float | None = None
    ) -> None:
        """Go by this estimate from now on; to be called often, also to bring the bucket up to date.

        ``queue_s``: how long packets wait on the line already. A backlog, of repairs above all, must not keep it
        full. ``capacity_bps``: what the line carries, None where that is not known.
        """
        self._drain(now)
        bytes_per_s = estimate_bps / 8
        if not self._rate:
            self._debt = 0.0
        self._rate = bytes_per_s
        if queue_s <= FULL_S:
            self._rate *= PACING_FACTOR
            if capacity_bps is not None:
                self._rate = min(self._rate, max(bytes_per_s, KNOWN_FACTOR * capacity_bps / 8))
        self._burst = int(max(BURST_S * self._rate, MIN_BURST_BYTES))
        self._limit = QUEUE_S * bytes_per_s
        self._grant()

    def admit(self, size: int, now: float) -> bool:
        """Whether media may leave, of which ``size`` was taken from ``credit``; it is given back if not."""
        self.credit += size
        if self.queued:
            return False
        self._drain(now)
        self._grant()
        if self.credit < size:
            return False
        self.credit -= size
        return True

    def spend(self, size: int) -> None:
        """Count what leaves in any case, such as sound: media has to make up for it."""
        self.credit -= size

    def hold(self, size: int, item: ItemT, *, repair: bool = False) -> bool:
        """Let one packet wait; a ``repair`` goes before other media. False when too much waits already.

        A repair that would wait long comes too late, and delays what is new: who misses it asks again.
        """
        if repair:
            if self._repair_bytes + size > self._limit:
                return False
            self._repair_bytes += size
        elif self.queued >= MIN_QUEUED and self._queued_bytes + size > self._limit:
            return False
        (self._repairs if repair else self._media).append((size, item))
        self.queued += 1
        self._queued_bytes += size
        self._take_back()
        return True

    def release(self, now: float) -> list[ItemT]:
        """What may leave now, in order; it counts as sent."""
        self._drain(now)
        items: list[ItemT] = []
        while self.queued:
            queue = self._repairs or self._media
            size, item = queue[0]
            if self._debt + size > self._burst:
                break
            queue.popleft()
            self.queued -= 1
            self._queued_bytes -= size
            if queue is self._repairs:
                self._repair_bytes -= size
            self._debt += size
            self._sent += size
            items.append(item)
        self._grant()
        return items

    def clear(self) -> None:
        """Forget what waits."""
        self._repairs.clear()
        self._media.clear()
        self.queued = self._queued_bytes = self._repair_bytes = 0

    def _take_back(self) -> None:
        """Count what was taken of the credit."""
        spent = self._granted - self.credit
        self._debt += spent
        self._sent += spent
        self.credit = self._granted = 0

    def _drain(self, now: float) -> None:
        self._take_back()
        self._debt = max(0.0, self._debt - (now - self._at) * self._rate)
        self._at = now

    def _grant(self) -> None:
        """Give the room in the bucket as credit; none while something waits."""
        if not self.queued:
            self.credit = self._granted = self._burst - int(self._debt)
