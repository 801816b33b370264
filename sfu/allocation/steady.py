"""The allocator over time, for one subscriber: when to share out anew, and no flapping between two layers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from sfu.allocation.allocator import (
    KEEP,
    PAUSED,
    UNLIMITED_BPS,
    Allocation,
    Choice,
    Options,
    Rank,
    Wanted,
    allocate,
)

HOLD_S = 10.0
"""A track that had to shrink does not grow again for this long …"""
HOLD_MAX_S = 160.0
"""… doubled up to this each time it had to shrink again soon after it grew."""
RELAPSE_S = 30.0
RETRY_S = 1.0
"""What could not be changed when the estimate asked for it is tried again this often."""
REFRESH_S = 5.0
"""What layers take changes slowly: a shortage or a surplus that comes of it is looked for this often."""


@dataclass(slots=True)
class _Memory:
    """Of one track: what is sent, and what happened to it. Times are None when it did not."""

    shown: Choice = PAUSED
    lowered_at: float | None = None
    raised_at: float | None = None
    hold_s: float = HOLD_S


class SteadyAllocator:
    """Public: ``last``, what `allocate` decided last."""

    __slots__ = ("_asked", "_memory", "_next_refresh", "_next_try", "last")

    def __init__(self) -> None:
        self._memory: dict[Hashable, _Memory] = {}
        self._asked: object = None
        self._next_refresh = 0.0
        self._next_try = 0.0
        self.last = Allocation((), frozenset(), 0, 0)

    def forgive(self) -> None:
        """The line is another now: what had to shrink may grow at once."""
        for memory in self._memory.values():
            memory.lowered_at = None
            memory.hold_s = HOLD_S
        self._next_refresh = 0.0

    def due(self, estimate_bps: int | None, now: float) -> bool:
        """Whether to share out anew though nothing but the estimate may have changed."""
        if now >= self._next_refresh:
            return True
        line = UNLIMITED_BPS if estimate_bps is None else estimate_bps
        too_much = line * KEEP < self.last.bps
        return (too_much or 0 < self.last.wanted_bps <= line) and now >= self._next_try

    def allocate(
        self,
        estimate_bps: int | None,
        audio_bps: int,
        requests: Sequence[tuple[Hashable, Rank, Options]],
        now: float,
        *,
        hopeful: bool = False,
    ) -> Allocation:
        """`allocate` for tracks by key, rank and options, in the order of the layout.

        While the same is asked for and nothing is `due` the last answer stands, without ``lowered``.
        """
        asked = audio_bps, hopeful, [(key, rank, options.shape) for key, rank, options in requests]
        if asked == self._asked and not self.due(estimate_bps, now):
            if self.last.lowered:
                self.last = replace(self.last, lowered=frozenset())
            return self.last
        self._asked = asked
        memory = {key: self._memory.get(key) or _Memory() for key, _, _ in requests}
        wanted = [
            Wanted(key, rank, options, memory[key].shown, _is_held(memory[key], now))
            for key, rank, options in requests
        ]
        allocation = allocate(estimate_bps, audio_bps, wanted, hopeful=hopeful)
        for want, choice in zip(wanted, allocation.choices, strict=True):
            _remember(memory[want.key], choice, want.key in allocation.lowered, now)
        self._memory = memory
        self._next_refresh = now + (RETRY_S if allocation.wanted_bps else REFRESH_S)
        line = UNLIMITED_BPS if estimate_bps is None else estimate_bps
        stuck = allocation.bps > line * KEEP or 0 < allocation.wanted_bps <= line
        self._next_try = now + RETRY_S if stuck and not hopeful else now
        self.last = allocation
        return allocation


def _is_held(memory: _Memory, now: float) -> bool:
    return memory.lowered_at is not None and now < memory.lowered_at + memory.hold_s


def _remember(memory: _Memory, choice: Choice, lowered: bool, now: float) -> None:
    if lowered:
        if memory.raised_at is not None:
            relapse = memory.lowered_at is not None and now < memory.raised_at + RELAPSE_S
            memory.hold_s = min(memory.hold_s * 2, HOLD_MAX_S) if relapse else HOLD_S
        memory.lowered_at = now
        memory.raised_at = None
    elif not choice.same(memory.shown) and choice.bps > memory.shown.bps:
        memory.raised_at = now
    memory.shown = choice
