"""Numbers of a stream of which some packets are left out: what is sent stays continuous.

A packet that is left out gives its number to the next. One that has not come yet keeps its number free, because
nobody knows what is in it.
"""

from __future__ import annotations

from typing import Final

REMEMBERED: Final = 256


class _Run:
    """Source numbers from ``first`` up to before ``end`` that are moved by one ``offset``."""

    __slots__ = ("end", "first", "offset")

    def __init__(self, first: int, end: int, offset: int) -> None:
        self.first = first
        self.end = end
        self.offset = offset


class Renumbering:
    """Maps extended source numbers to extended outgoing ones and back, over the last runs.

    An outgoing number is given to one source number only, ever.
    """

    __slots__ = ("_runs",)

    def __init__(self, first: int, end: int, offset: int) -> None:
        """``first`` up to before ``end`` were moved by ``offset`` already; ``end`` is the next in order."""
        self._runs = [_Run(first, end, offset)]

    @property
    def offset(self) -> int:
        """What is added to the next number in order."""
        return self._runs[-1].offset

    @property
    def end(self) -> int:
        """One more than the highest source number so far."""
        return self._runs[-1].end

    def forward(self, source: int) -> int:
        """The outgoing number of ``source``, higher than any before. What is between is kept free."""
        run = self._runs[-1]
        run.end = source + 1
        return source + run.offset

    def drop(self, source: int) -> None:
        """Leave out ``source``, higher than any before."""
        runs = self._runs
        run = runs[-1]
        run.end = source
        if run.first == source:
            run.first = run.end = source + 1
            run.offset -= 1
            return
        runs.append(_Run(source + 1, source + 1, run.offset - 1))
        if len(runs) > REMEMBERED:
            del runs[0]

    def late(self, source: int) -> int | None:
        """The number kept free for a packet that comes after later ones; None if it was left out or is too old."""
        for run in reversed(self._runs):
            if source >= run.first:
                return source + run.offset if source < run.end else None
        return None

    def source_of(self, index: int) -> int | None:
        """The source number that has this outgoing one; None when it is too old or was not given yet."""
        for run in reversed(self._runs):
            source = index - run.offset
            if source >= run.first:
                return source if source < run.end else None
        return None
