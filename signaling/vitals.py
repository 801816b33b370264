"""How the server feels: is its event loop in time, and how many are connected."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

BEAT_S = 0.02
STALL_S = 0.05
WINDOW_S = 60.0
QUIET_S = 1.0
"""A stall is logged at most so often."""


class Vitals:
    """Counted where it happens, read by the health check. Times are monotonic seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._logged_at = -QUIET_S
        self.stalls = 0
        """Of more than 50 ms, since the start."""
        self._longest: deque[tuple[float, float]] = deque()
        self.connections: Callable[[], int] = int
        """How many sockets are open."""
        self.too_slow: Callable[[], int] = int
        """How many sockets were cut off because they did not read."""

    def late(self, seconds: float) -> None:
        """The event loop came so much later than it should have."""
        now = self._monotonic()
        self._forget(now)
        # falling from left to right: the first is the longest of the window
        while self._longest and self._longest[-1][1] <= seconds:
            self._longest.pop()
        self._longest.append((now, seconds))
        if seconds > STALL_S:
            self.stalls += 1
            if now - self._logged_at >= QUIET_S:
                self._logged_at = now
                log.warning("the event loop stood still for %.0f ms", seconds * 1000)

    @property
    def longest_stall_s(self) -> float:
        """Within the last minute."""
        self._forget(self._monotonic())
        return self._longest[0][1] if self._longest else 0.0

    def _forget(self, now: float) -> None:
        while self._longest and self._longest[0][0] < now - WINDOW_S:
            self._longest.popleft()

    async def watch(self) -> None:
        """Measure the event loop until cancelled: a sleep that takes longer than asked for is a stall."""
        while True:
            asleep = self._monotonic()
            await asyncio.sleep(BEAT_S)
            self.late(self._monotonic() - asleep - BEAT_S)
