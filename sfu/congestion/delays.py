"""Groups what was sent in bursts, and measures how the delay of the groups changes.

What is sent within 5 ms, or comes in one burst because the line paused, is one group (draft-ietf-rmcat-gcc-02,
section 5.1). A hot path: `DelayMeter.add` runs once for every packet that is acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable

from sfu.congestion.history import Sent
from sfu.congestion.trend import DelayTrend, Usage
from sfu.congestion.windows import WindowedMin

_BURST_S = 0.005
_BURST_TICKS = 20
_MAX_BURST_TICKS = 400
_MS_PER_TICK = 0.25
_MAX_JUMP_TICKS = 12_000
_REORDERED_TO_RESET = 3
_BASE_WINDOW_S = 10.0


class DelayMeter:
    """Ticks are 250 us of the receiver's clock, widened so that they do not wrap."""

    __slots__ = (
        "_base",
        "_first_sent",
        "_first_tick",
        "_last_sent",
        "_last_tick",
        "_previous_sent",
        "_previous_tick",
        "_reordered",
        "queue_s",
        "trend",
    )

    def __init__(self) -> None:
        self.trend = DelayTrend()
        self._base = WindowedMin(_BASE_WINDOW_S)
        self.reset()

    def reset(self) -> None:
        self.trend.reset()
        self._base.reset()
        self.queue_s = 0.0
        """The delay above the least one of the last 10 to 20 s."""
        self._first_sent = self._last_sent = -1.0
        self._first_tick = self._last_tick = 0
        self._previous_sent = -1.0
        self._previous_tick = 0
        self._reordered = 0

    def add(self, records: Iterable[Sent], ticks: Iterable[int], now: float) -> tuple[int, Usage]:
        """The bytes of these records, which arrived at these ticks, and what the trend says after them."""
        size = 0
        usage = Usage.NORMAL
        first_sent, last_sent = self._first_sent, self._last_sent
        first_tick, last_tick = self._first_tick, self._last_tick
        least = 1e12
        for (wire_bytes, sent), tick in zip(records, ticks, strict=False):
            size += wire_bytes
            if sent - first_sent <= _BURST_S:
                last_sent = sent
                if tick > last_tick:
                    last_tick = tick
                continue
            if (
                tick - last_tick <= _BURST_TICKS
                and tick - first_tick < _MAX_BURST_TICKS
                and (tick - last_tick) * 0.00025 < sent - last_sent
                and first_sent >= 0
            ):
                last_sent = sent
                if tick > last_tick:
                    last_tick = tick
                continue
            if first_sent >= 0:
                delay = last_tick * 0.00025 - last_sent
                if delay < least:
                    least = delay
                if self._close(last_sent, last_tick) is Usage.OVERUSED:
                    usage = Usage.OVERUSED
            first_sent = last_sent = sent
            first_tick = last_tick = tick
        self._first_sent, self._last_sent = first_sent, last_sent
        self._first_tick, self._last_tick = first_tick, last_tick
        if least < 1e12:
            self.queue_s = max(0.0, least - self._base.update(least, now))
        return size, usage if usage is Usage.OVERUSED else self.trend.usage

    def _close(self, sent: float, tick: int) -> Usage:
        usage = Usage.NORMAL
        if self._previous_sent >= 0:
            delta_ticks = tick - self._previous_tick
            if delta_ticks < 0:
                self._reordered += 1
                if self._reordered < _REORDERED_TO_RESET:
                    return usage
                self.trend.reset()
            elif delta_ticks > _MAX_JUMP_TICKS:
                self.trend.reset()
            else:
                usage = self.trend.update(
                    tick * _MS_PER_TICK, (sent - self._previous_sent) * 1000, delta_ticks * _MS_PER_TICK
                )
        self._reordered = 0
        self._previous_sent = sent
        self._previous_tick = tick
        return usage
