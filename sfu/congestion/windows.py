"""Small measures over the last seconds."""

from __future__ import annotations

import math
from collections import deque

_LEAST_SPAN_S = 0.03
_STALL_S, _STALL_LATE_S, _AFTER_STALL_S = 0.35, 0.25, 0.4


class WindowedMin:
    """The least value of the last one to two windows."""

    __slots__ = ("_next", "_since", "_window_s", "value")

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self.reset()

    def reset(self) -> None:
        self.value = self._next = math.inf
        self._since = -math.inf

    def update(self, value: float, now: float) -> float:
        if now - self._since > self._window_s:
            self.value, self._next = (self._next, value) if self._since > -math.inf else (value, value)
            self._since = now
        if value < self._next:
            self._next = value
        if value < self.value:
            self.value = value
        return self.value


class AckedRate:
    """How much arrives: bytes over the time they took to arrive, or to be sent if that was longer.

    The second bound keeps a queue that empties at once, and feedback that lies, from proving more than was sent.
    """

    __slots__ = ("_bytes", "_samples", "_stalled_at", "_window_s", "stalled")

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._samples: deque[tuple[float, float, int]] = deque()
        self._bytes = 0
        self._stalled_at = -math.inf
        self.stalled = False
        """Nothing came for a while, and what waited comes now: this says nothing of what the line carries."""

    def reset(self) -> None:
        self._samples.clear()
        self._bytes = 0

    def add(self, arrival_s: float, sent_s: float, size: int) -> None:
        """``size`` bytes, the newest of them sent and come at these times (on two clocks)."""
        samples = self._samples
        if samples:
            # What came with the first sample was under way before the time that is measured.
            self._bytes += size
            before_arrival, before_sent, _ = samples[-1]
            if arrival_s < before_arrival:
                arrival_s = before_arrival
            since = arrival_s - before_arrival
            if since > _STALL_S and since - (sent_s - before_sent) > _STALL_LATE_S:
                self._stalled_at = arrival_s
            self.stalled = arrival_s - self._stalled_at < _AFTER_STALL_S
        samples.append((arrival_s, sent_s, size))
        oldest = arrival_s - self._window_s
        while len(samples) > 2 and samples[1][0] < oldest:
            samples.popleft()
            self._bytes -= samples[0][2]

    def bps(self) -> float:
        """0 while there is too little to tell."""
        samples = self._samples
        if len(samples) < 2:
            return 0.0
        first_arrival, first_sent, _ = samples[0]
        last_arrival, last_sent, _ = samples[-1]
        span = max(last_arrival - first_arrival, last_sent - first_sent)
        return 8 * self._bytes / span if span > _LEAST_SPAN_S else 0.0
