"""What arrives while a queue stands before the bottleneck: so much the line carries, whatever the estimate is."""

from __future__ import annotations

from typing import Final

_QUEUE_S: Final = 0.1
_STANDS_FOR_S: Final = 0.6
_VALID_S: Final = 3.0


class Fullness:
    """Rates in bit/s; ``now`` is the clock of the estimator."""

    __slots__ = ("_at", "_bps", "_since")

    def __init__(self) -> None:
        self._since: float | None = None
        self.reset()

    def reset(self) -> None:
        """The way changed."""
        self._bps, self._at = 0, -_VALID_S

    def interrupt(self) -> None:
        """How much arrived just now is a guess: the queue has to stand anew."""
        self._since = None

    def note(self, now: float, queue_s: float, acked_bps: int) -> bool:
        """Whether this shows what the line carries. To be called for all feedback."""
        if queue_s < _QUEUE_S:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= _STANDS_FOR_S and (acked_bps >= self._bps or self._at < self._since):
            self._bps, self._at = acked_bps, now
            return True
        return False

    def bps(self, now: float) -> int:
        """What the line carried when it was full lately, otherwise 0."""
        return self._bps if now - self._at <= _VALID_S else 0
