"""How often somebody may ask for something."""

from __future__ import annotations


class Allowance:
    """A token bucket of ``burst`` that fills with ``per_s`` a second."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at = 0.0

    def take(self, wanted: int, now: float) -> int:
        """How many of the ``wanted`` are allowed; they are taken."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        taken = min(wanted, int(self._left))
        self._left -= taken
        return taken
