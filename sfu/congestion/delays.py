"""Groups what was sent in bursts, and measures how the delay of the groups changes.

What is sent within 5 ms, or comes in one burst because the line paused, is one group (draft-ietf-rmcat-gcc-02,
section 5.1). A hot path: the loop of `DelayMeter.add` runs once for every packet that is acknowledged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from sfu.congestion.history import Sent
from sfu.congestion.trend import WINDOW, DelayTrend, Usage
from sfu.congestion.windows import WindowedMin

_BURST_S = 0.005
_BURST_TICKS = 20
_MAX_BURST_TICKS = 400
_MS_PER_TICK = 0.25
_S_PER_TICK = 0.00025
_MAX_JUMP_TICKS = 12_000
_REORDERED_TO_RESET = 3
_BASE_WINDOW_S = 10.0
_QUIET_S = 0.005
"""Less than this above the least delay is no queue that anything would be decided on."""
_KEPT = 2 * WINDOW
_PASSED = 2
"""Runs without a queue that are remembered, a few hundred milliseconds: enough groups for a trend."""
_FAR = 1e12


class DelayMeter:
    """Ticks are 250 us of the receiver's clock, widened so that they do not wrap.

    While the delay comes close to the least one again and again, the groups are only kept: the trend is worked
    out once it matters.
    """

    __slots__ = (
        "_base",
        "_first_sent",
        "_first_tick",
        "_last_sent",
        "_last_tick",
        "_passed",
        "_pending",
        "_previous_sent",
        "_previous_tick",
        "_quiet",
        "_reordered",
        "queue_s",
        "trend",
    )

    def __init__(self) -> None:
        self.trend = DelayTrend()
        self._base = WindowedMin(_BASE_WINDOW_S)
        self._pending: list[tuple[float, int]] = []
        self._passed: deque[tuple[Iterable[Sent], Iterable[int]]] = deque(maxlen=_PASSED)
        self.reset()

    def reset(self) -> None:
        self.trend.reset()
        self._base.reset()
        self._pending.clear()
        self._passed.clear()
        self._quiet = True
        self.queue_s = 0.0
        """The least delay of the last groups above the least one of the last 10 to 20 s."""
        self._first_sent = self._last_sent = -1.0
        self._first_tick = self._last_tick = 0
        self._previous_sent = -1.0
        self._previous_tick = 0
        self._reordered = 0

    def disturbed(self) -> None:
        """A burst of our own passed: what it delayed is no trend."""
        self.trend.pause()
        self._pending.clear()
        self._passed.clear()
        self._previous_sent = -1.0

    def rebase(self) -> None:
        """The way became longer: what delays there are now are its own."""
        self._base.reset()
        self.disturbed()
        self.queue_s = 0.0

    @property
    def least_s(self) -> float:
        """The least delay, between the two clocks; infinite before there is one."""
        return self._base.value

    @property
    def is_quiet(self) -> bool:
        """Whether the last groups were delayed about as little as ever."""
        return self._quiet

    @property
    def quiet_below_s(self) -> float:
        """A delay below this is no queue."""
        return self._base.value + _QUIET_S

    def pass_by(self, records: Iterable[Sent], ticks: Iterable[int], least_s: float, now: float) -> None:
        """`add` for a run of which it is known that there was no queue: ``least_s`` is below `quiet_below_s`."""
        self._passed.append((records, ticks))
        self.queue_s = least_s - self._base.update(least_s, now)

    def add(self, records: Iterable[Sent], ticks: Iterable[int], now: float) -> tuple[int, Usage]:
        """The bytes of these records, which arrived at these ticks, and what the trend says after them."""
        while self._passed:
            self._group(*self._passed.popleft())
        size, least = self._group(records, ticks)
        if least == _FAR:
            return size, self.trend.usage
        pending = self._pending
        base = self._base.update(least, now)
        self.queue_s = least - base
        if self.queue_s < _QUIET_S:
            if not self._quiet:
                self._quiet = True
                self.trend.pause()
                self._previous_sent = -1.0
            del pending[:-_KEPT]
            return size, Usage.NORMAL
        self._quiet = False
        usage = self.trend.usage
        over = False
        for sent, tick in pending:
            usage = self._follow(sent, tick)
            over = over or usage is Usage.OVERUSED
        pending.clear()
        return size, Usage.OVERUSED if over else usage

    def _group(self, records: Iterable[Sent], ticks: Iterable[int]) -> tuple[int, float]:
        """Add to the groups; the bytes, and the least delay of the groups that began."""
        size = 0
        first_sent, last_sent = self._first_sent, self._last_sent
        first_tick, last_tick = self._first_tick, self._last_tick
        pending = self._pending
        least = _FAR
        for (wire_bytes, sent), tick in zip(records, ticks, strict=False):
            size += wire_bytes
            if sent - first_sent > _BURST_S:
                since = tick - last_tick
                if not (
                    since <= _BURST_TICKS
                    and since * _S_PER_TICK < sent - last_sent
                    and tick - first_tick < _MAX_BURST_TICKS
                ):
                    if first_sent >= 0:
                        pending.append((last_sent, last_tick))
                    # The first of a group waits for what was there before it, the others for one another too.
                    delay = tick * _S_PER_TICK - sent
                    if delay < least:
                        least = delay
                    first_sent = last_sent = sent
                    first_tick = last_tick = tick
                    continue
            last_sent = sent
            if tick > last_tick:
                last_tick = tick
        self._first_sent, self._last_sent = first_sent, last_sent
        self._first_tick, self._last_tick = first_tick, last_tick
        return size, least

    def _follow(self, sent: float, tick: int) -> Usage:
        usage = self.trend.usage
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
