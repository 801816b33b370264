"""When to ask a publisher for a missing packet again, and when to give up (RFC 4585 section 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class _Missing:
    next_at: float
    asked: int = 0


class NackGenerator:
    """Watches the extended sequence numbers of one stream for gaps.

    A packet is first asked for ``lateness_s`` after the gap showed, so that reordering costs nothing, then every
    round trip (at least ``min_interval_s``), ``limit`` times in all. When more than ``max_pending`` would be
    missing at once, asking is hopeless: everything pending is dropped and :attr:`overflowed` is set, which the
    caller answers with a keyframe request and clears.
    """

    __slots__ = (
        "_highest",
        "_lateness_s",
        "_limit",
        "_lost",
        "_max_pending",
        "_min_interval_s",
        "_missing",
        "overflowed",
    )

    def __init__(
        self, *, limit: int = 10, lateness_s: float = 0.020, min_interval_s: float = 0.040, max_pending: int = 1000
    ) -> None:
        self.overflowed = False
        self._limit = limit
        self._lateness_s = lateness_s
        self._min_interval_s = min_interval_s
        self._max_pending = max_pending
        self._missing: dict[int, _Missing] = {}
        self._highest: int | None = None
        self._lost = 0

    def received(self, extended_seq: int, now: float) -> None:
        """Record an arrival, by whichever way it came."""
        highest = self._highest
        if highest is None:
            self._highest = extended_seq
            return
        if extended_seq <= highest:
            self._missing.pop(extended_seq, None)
            return
        self._highest = extended_seq
        gap = extended_seq - highest - 1
        if not gap:
            return
        if len(self._missing) + gap > self._max_pending:
            self._lost += len(self._missing)
            self._missing.clear()
            self.overflowed = True
            return
        next_at = now + self._lateness_s
        for missing in range(highest + 1, extended_seq):
            self._missing[missing] = _Missing(next_at)

    def due(self, now: float, rtt_s: float) -> list[int]:
        """The extended sequence numbers to ask for now, ascending."""
        asked: list[int] = []
        given_up: list[int] = []
        for seq, missing in self._missing.items():
            if missing.next_at > now:
                continue
            if missing.asked >= self._limit:
                given_up.append(seq)
                continue
            missing.asked += 1
            missing.next_at = now + max(rtt_s, self._min_interval_s)
            asked.append(seq)
        for seq in given_up:
            del self._missing[seq]
        self._lost += len(given_up)
        return asked

    def pending(self) -> int:
        """How many packets are missing now."""
        return len(self._missing)

    def lost(self) -> int:
        """How many packets were given up so far."""
        return self._lost
