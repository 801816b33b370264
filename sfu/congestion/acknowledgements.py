"""Matches transport-wide feedback with what was sent: what arrived when, what was lost, what is not believed.

A hot path while the line is healthy: then a feedback packet tells of numbers that follow those told of before,
all received, and everything is done for the run as a whole. Where the line is calm besides, several such packets
are kept and done together: `Acknowledgements.keep` only makes sure that there is nothing else in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from struct import Struct
from typing import NamedTuple

from sfu.congestion.feedback import REFERENCE_PERIOD_TICKS, TICK_S, read_transport_feedback
from sfu.congestion.history import ACKNOWLEDGED, Sent, SentHistory
from sfu.congestion.probing import Cluster

_HALF_PERIOD = REFERENCE_PERIOD_TICKS // 2
_KEPT_BEHIND = 512
"""A receiver tells once more of what came late, at most half a second behind."""
_CLOCK_JUMP_S = 3.0
_ONE_RUN = Struct("!8xHHLH").unpack_from
"""First number, how many, reference time and feedback count, the only status chunk."""
_ONE_RUN_BYTES = 18
_ALL_CAME = 0x2000
"""A run of small deltas; its length follows in 13 bits."""
_MAX_KEPT = 1024
"""Numbers; more would come near those that the history forgets."""


def _delay_s(tick: int, sent: Sent) -> float:
    return tick * TICK_S - sent[1]


class Told(NamedTuple):
    """What one feedback packet told anew. ``ticks``: when each of ``records`` arrived, widened, in 250 us.

    ``fresh``: numbers never told of before, ``lost`` of them did not arrive (below 0 when some came after all).
    ``other_bytes``: arrived too, but their times tell nothing.
    """

    records: Sequence[Sent]
    ticks: Sequence[int]
    fresh: int
    lost: int
    other_bytes: int


class Kept(NamedTuple):
    """What several feedback packets told, each of one of ``counts``. ``least_s``: the least delay from sending to
    arrival, between the two clocks, that was seen of it."""

    told: Told
    counts: Sequence[int]
    least_s: float


class Acknowledgements:
    """``highest``: the highest number told of; ``clock_jumped``: the last arrivals do not follow those before."""

    __slots__ = (
        "_clock_offset_s",
        "_history",
        "_ignored_up_to",
        "_kept",
        "_kept_after",
        "_least_kept_s",
        "_tick",
        "clock_jumped",
        "highest",
    )

    def __init__(self, history: SentHistory) -> None:
        self._history = history
        self.highest = 0
        self.clock_jumped = False
        self._ignored_up_to = 0
        self._tick: int | None = None
        self._clock_offset_s: float | None = None
        self._kept: list[tuple[int, bytes]] = []
        self._kept_after = 0
        self._least_kept_s = math.inf

    def keep(self, body: bytes, floor_s: float, ceiling_s: float) -> bool:
        """Whether all this says is that everything sent next came, within the given times from sending to arrival
        (between the two clocks; of one packet of them). It is kept then, for `take_kept`.
        """
        if len(body) < _ONE_RUN_BYTES:
            return False
        base, count, word, chunk = _ONE_RUN(body)
        end = _ONE_RUN_BYTES + count
        if chunk != _ALL_CAME | count or not 0 < count <= _MAX_KEPT or len(body) < end:
            return False
        tick = self._tick
        if tick is None or (self.highest + 1) & 0xFFFF != base:
            return False
        history = self._history
        start = self.highest - history.pruned
        if start < 0 or start + count > len(history):
            return False
        reference: int = tick + ((word >> 8 << 8) - tick + _HALF_PERIOD) % REFERENCE_PERIOD_TICKS - _HALF_PERIOD
        deltas = body[_ONE_RUN_BYTES:end]
        tick = reference + sum(deltas)
        delay_s = tick * TICK_S - history[start + count - 1][1]
        first_delay_s = (reference + deltas[0]) * TICK_S - history[start][1]
        if first_delay_s < delay_s:
            delay_s = first_delay_s
        if delay_s >= ceiling_s:
            # Jitter: another one of them may have come without delay.
            arrivals = accumulate(deltas, initial=reference)
            next(arrivals)
            delay_s = min(map(_delay_s, arrivals, history[start : start + count]))
        if not floor_s < delay_s < ceiling_s:
            return False
        if not self._kept:
            self._kept_after = self.highest
            self._least_kept_s = delay_s
        elif self.highest - self._kept_after > _MAX_KEPT:
            return False
        elif delay_s < self._least_kept_s:
            self._least_kept_s = delay_s
        self._kept.append((reference, deltas))
        self.highest += count
        self._tick = tick
        return True

    def take_kept(self, now: float) -> Kept | None:
        """What was kept, if anything was."""
        kept = self._kept
        if not kept:
            return None
        self._kept = []
        history = self._history
        start = self._kept_after - history.pruned
        if start < 0 or self._kept_after < self._ignored_up_to:
            return None
        ticks: list[int] = []
        counts: list[int] = []
        for reference, deltas in kept:
            arrivals = accumulate(deltas, initial=reference)
            next(arrivals)
            ticks += arrivals
            counts.append(len(deltas))
        if self._clock_offset_s is not None:
            self._clock_offset_s = ticks[-1] * TICK_S - now  # clocks drift apart, in hours by seconds
        count = len(ticks)
        records = history[start : start + count]
        history[start : start + count] = [ACKNOWLEDGED] * count
        history.prune_to(self.highest - _KEPT_BEHIND)
        return Kept(Told(records, ticks, count, 0, 0), counts, self._least_kept_s)

    def ignore_what_is_under_way(self) -> None:
        """What becomes of it says nothing of the way that is used from now on."""
        self._ignored_up_to = self._history.last_number
        self._clock_offset_s = None

    def take(self, body: bytes, now: float, cluster: Cluster | None) -> Told | None:
        """None when it tells of numbers never sent, or long forgotten. Raises MalformedPacket and nothing else.

        What arrived of ``cluster`` goes there.
        """
        base, reference, symbols, deltas = read_transport_feedback(body)
        history = self._history
        first = history.number_of(base)
        count = len(symbols)
        last = first + count - 1
        pruned = history.pruned
        if first < 1 or last <= pruned or last > pruned + len(history):
            return None
        ticks = self._arrivals(reference, deltas, now)
        highest = self.highest
        other_bytes = 0
        if first > highest + 1:
            # Feedback itself was lost. What it would have told of most likely came, as the rest does.
            skipped = history[max(0, highest - pruned) : max(0, first - pruned - 1)]
            other_bytes = sum(size for size, _ in skipped)
        if len(deltas) == count and first > highest and first > pruned and cluster is None:
            start = first - pruned - 1
            records: Sequence[Sent] = history[start : start + count]
            history[start : start + count] = [ACKNOWLEDGED] * count
            told = Told(records, ticks, count, 0, other_bytes)
        else:
            told = self._match(first, symbols, ticks, cluster, other_bytes)
        if last > highest:
            self.highest = last
            history.prune_to(last - _KEPT_BEHIND)
        if first <= self._ignored_up_to:
            return Told((), (), 0, 0, 0)
        return told

    def _arrivals(self, reference: int, deltas: Sequence[int], now: float) -> Sequence[int]:
        """Widened from the 32 bits of the receiver's clock."""
        self.clock_jumped = False
        if not deltas:
            return ()
        previous = self._tick
        if previous is not None:
            reference = previous + (reference - previous + _HALF_PERIOD) % REFERENCE_PERIOD_TICKS - _HALF_PERIOD
        ticks = list(accumulate(deltas, initial=reference))
        del ticks[0]
        self._tick = tick = ticks[-1]
        offset_s = tick * TICK_S - now
        if self._clock_offset_s is None or not -_CLOCK_JUMP_S < offset_s - self._clock_offset_s < _CLOCK_JUMP_S:
            self.clock_jumped = True
        self._clock_offset_s = offset_s
        return ticks

    def _match(
        self, first: int, symbols: bytes, arrivals: Sequence[int], cluster: Cluster | None, other_bytes: int
    ) -> Told:
        """One by one: some are missing, or are told of again, or belong to a burst of padding."""
        history = self._history
        begin = first - history.pruned - 1
        highest = self.highest - history.pruned
        burst = range(0)
        if cluster is not None:
            burst = range(cluster.first - history.pruned - 1, cluster.last - history.pruned)
        records: list[Sent] = []
        ticks: list[int] = []
        fresh = lost = 0
        arrival = iter(arrivals)
        for position, symbol in enumerate(symbols, begin):
            tick = next(arrival) if symbol else 0
            if position >= highest:
                fresh += 1
                lost += not symbol
            if not symbol or position < 0:
                continue
            record = history[position]
            if record is ACKNOWLEDGED:
                continue
            history[position] = ACKNOWLEDGED
            if position < highest:
                lost -= 1
            if cluster is not None and position in burst:
                cluster.arrivals.append((tick, record[0]))
                other_bytes += record[0]
            else:
                records.append(record)
                ticks.append(tick)
        return Told(records, ticks, fresh, lost, other_bytes)
