"""Whether the queue before the bottleneck grows (Google congestion control: trendline and overuse detector).

The slope of the smoothed one-way delay over the last groups of packets is compared with a threshold that adapts,
so that competing flows neither starve nor blind it (draft-ietf-rmcat-gcc-02, sections 5.3 to 5.5).
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum


class Usage(IntEnum):
    """What the delay says of the line."""

    UNDERUSED = -1
    NORMAL = 0
    OVERUSED = 1


WINDOW = 20
_SMOOTHING = 0.9
_GAIN = 4.0
_MAX_DELTAS = 60
_FIRST_THRESHOLD_MS = 12.5
_MIN_THRESHOLD_MS, _MAX_THRESHOLD_MS = 6.0, 600.0
_K_UP, _K_DOWN = 0.0087, 0.039
_MAX_ADAPT_STEP_MS = 100.0
_OUTLIER_MS = 15.0
_OVERUSE_TIME_MS = 10.0
_REBASE_AFTER = 64


class DelayTrend:
    """Fed with the variation between neighbouring groups; times in milliseconds on the receiver's clock."""

    __slots__ = (
        "_accumulated",
        "_count",
        "_last_trend",
        "_origin",
        "_over_ms",
        "_over_times",
        "_pushes",
        "_smoothed",
        "_sum_x",
        "_sum_xx",
        "_sum_xy",
        "_sum_y",
        "_threshold",
        "_window",
        "usage",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The receiver's clock or the way to it changed: what was measured cannot be compared with what comes."""
        self._count = 0
        self.pause()
        self._threshold = _FIRST_THRESHOLD_MS

    def pause(self) -> None:
        """The line is calm and its groups are not looked at: as if the threshold had adapted to them."""
        self._threshold = _MIN_THRESHOLD_MS
        self._window: deque[tuple[float, float]] = deque()
        self._accumulated = self._smoothed = 0.0
        self._origin = 0.0
        self._sum_x = self._sum_y = self._sum_xx = self._sum_xy = 0.0
        self._pushes = 0
        self._last_trend = 0.0
        self._over_ms = -1.0
        self._over_times = 0
        self.usage = Usage.NORMAL

    def update(self, arrival_ms: float, sent_delta_ms: float, arrival_delta_ms: float) -> Usage:
        """A group ended at ``arrival_ms``, so long after the group before it."""
        self._count += 1
        self._accumulated += arrival_delta_ms - sent_delta_ms
        self._smoothed = y = _SMOOTHING * self._smoothed + (1 - _SMOOTHING) * self._accumulated
        window = self._window
        if not window:
            self._origin = arrival_ms
        x = arrival_ms - self._origin
        window.append((x, y))
        # The sums slide along; made anew before rounding adds up.
        self._pushes += 1
        if self._pushes >= _REBASE_AFTER:
            self._rebase()
        else:
            self._sum_x += x
            self._sum_y += y
            self._sum_xx += x * x
            self._sum_xy += x * y
            if len(window) > WINDOW:
                x, y = window.popleft()
                self._sum_x -= x
                self._sum_y -= y
                self._sum_xx -= x * x
                self._sum_xy -= x * y
        if len(window) < WINDOW:
            return self.usage
        spread = WINDOW * self._sum_xx - self._sum_x * self._sum_x
        if spread <= 1e-6:
            return self.usage
        slope = (WINDOW * self._sum_xy - self._sum_x * self._sum_y) / spread
        return self._detect(min(self._count, _MAX_DELTAS) * slope * _GAIN, slope, arrival_delta_ms, sent_delta_ms)

    def _rebase(self) -> None:
        window = self._window
        while len(window) > WINDOW:
            window.popleft()
        first = window[0][0]
        self._origin += first
        # The delay itself is arbitrary too: only its slope counts, so it may stay small.
        level = window[0][1]
        self._accumulated -= level
        self._smoothed -= level
        self._window = window = deque((x - first, y - level) for x, y in window)
        self._pushes = 0
        self._sum_x = sum(x for x, _ in window)
        self._sum_y = sum(y for _, y in window)
        self._sum_xx = sum(x * x for x, _ in window)
        self._sum_xy = sum(x * y for x, y in window)

    def _detect(self, trend_ms: float, slope: float, arrival_delta_ms: float, sent_delta_ms: float) -> Usage:
        threshold = self._threshold
        if trend_ms > threshold:
            self._over_ms = sent_delta_ms / 2 if self._over_ms < 0 else self._over_ms + sent_delta_ms
            self._over_times += 1
            if self._over_ms > _OVERUSE_TIME_MS and self._over_times > 1 and slope >= self._last_trend:
                self._over_ms = 0.0
                self._over_times = 0
                self.usage = Usage.OVERUSED
        else:
            self._over_ms = -1.0
            self._over_times = 0
            self.usage = Usage.UNDERUSED if trend_ms < -threshold else Usage.NORMAL
        self._last_trend = slope
        off = abs(trend_ms) - threshold
        # A spike, as of a change of route, says nothing about the usual variation.
        if off <= _OUTLIER_MS:
            step_ms = min(max(arrival_delta_ms, 0.0), _MAX_ADAPT_STEP_MS)
            threshold += (_K_DOWN if off < 0 else _K_UP) * off * step_ms
            self._threshold = min(max(threshold, _MIN_THRESHOLD_MS), _MAX_THRESHOLD_MS)
        return self.usage
