"""Tells a longer path from a queue.

A queue drains when less is sent than the line carries. A delay that stays where it is although much less is sent
is that of the way itself, which may change without a change of address: behind a tunnel, or a mobile network.
"""

from __future__ import annotations

from typing import Final

from sfu.congestion.windows import WindowedMin

_HALF_S: Final = 0.4
_LEAST_QUEUE_S: Final = 0.050
_WELL_BELOW: Final = 0.7
_MAX_FALL_S, _MAX_FALL_SHARE, _MAX_RISE_S = 0.030, 0.3, 0.010
_MAX_LOST: Final = 0.15
"""A queue that is full stays full, too, but loses."""


class Plateau:
    """Compares the least delay of two spans of time in which the line had room to spare."""

    __slots__ = ("_early", "_late", "_lost", "_since", "_told")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._since: float | None = None
        self._early = WindowedMin(1.0)
        self._late = WindowedMin(1.0)
        self._told = self._lost = 0

    def reached(
        self, now: float, queue_s: float, told: int, lost: int, acked_bps: float, capacity_bps: float | None
    ) -> bool:
        """Whether what looks like a queue of ``queue_s`` is none. Call it for all feedback; ``lost`` of ``told``
        packets were lost."""
        if not capacity_bps or queue_s < _LEAST_QUEUE_S or acked_bps > _WELL_BELOW * capacity_bps:
            self._since = None
            return False
        if self._since is None:
            self.reset()
            self._since = now
        self._told += told
        self._lost += lost
        since = now - self._since
        (self._early if since < _HALF_S else self._late).update(queue_s, now)
        if since < 2 * _HALF_S:
            return False
        fall_s = self._early.value - self._late.value
        expected_s = _HALF_S * (1 - acked_bps / capacity_bps)
        flat = -_MAX_RISE_S < fall_s < min(_MAX_FALL_S, _MAX_FALL_SHARE * expected_s)
        full = self._lost > _MAX_LOST * self._told
        self._since = None
        return flat and not full
