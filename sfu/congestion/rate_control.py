"""From the delay's verdict to a rate: additive increase near the known capacity, multiplicative far from it, and a
decrease to what really arrives (draft-ietf-rmcat-gcc-02, section 5.5)."""

from __future__ import annotations

import math

from sfu.congestion.trend import Usage

BETA = 0.85
_GROWTH_PER_S = 1.08
_HEADROOM = 1.25
_HEADROOM_BPS = 10_000
_FRAMES_PER_S = 30
_PACKET_BITS = 8 * 1200
_MIN_ADDITIVE_BPS = 2000.0
_MAX_ADDITIVE_PER_S = 0.05
_MAX_STEP_S = 0.5
_SETTLED_S = 1.0

_STANDING_QUEUE_S = 0.100
_STANDING_FOR_S = 0.3
"""With a queue of `_STANDING_QUEUE_S`; a deeper one needs less time to be believed."""
_DRAINED_S = 0.030
_HARDEST_DRAIN = 0.5
_DRAIN_PER_S = 2.0
"""How much less is sent for each second of queue: what others put into it at the same time does not give way."""
_FALLING = 0.9
_DRAIN_TRIAL_S = 0.2

_LEAST_QUEUE_S, _MOST_QUEUE_S = 0.010, 0.090
_QUEUE_JITTERS = 3.0
_BURST_S = 0.09
_PATIENCE = 16.0
"""The more the delay varies anyway, the longer it takes to tell a queue from it."""
_JITTER_SHARE = 0.05
_FIRST_JITTER_S, _MOST_JITTER_S = 0.012, 0.120
_STEADY_JITTER_S = 0.012
"""Up to this a line is steady. Beyond it bursts prove little, and what seems to stand in a queue may be late."""
_STANDING_JITTERS = 2.0
_GROWTH_PER_JITTER_S = 50.0
_NEW_LINE = 1.2
_JITTER_WINDOW_S = 0.5
_DEEP_QUEUE_S = 0.250

_APP_LIMITED = 0.7
_SHALLOW_QUEUE_S = 0.060
_GENTLE = 0.85
_MISTAKEN = 1.2


class KnownCapacity:
    """Where the line was full lately, with the spread of what was seen there."""

    __slots__ = ("_deviation", "forgotten_kbps", "kbps")

    def __init__(self) -> None:
        self.kbps: float | None = None
        self.forgotten_kbps = 0.0
        """What it was before more arrived."""
        self._deviation = 0.4

    def learn(self, bps: float) -> None:
        sample = bps / 1000
        if self.kbps is None or not self._low() <= sample <= self._high():
            self.kbps = sample
            self._deviation = 0.4
            return
        error = sample - self.kbps
        self.kbps += 0.05 * error
        spread = 0.95 * self._deviation + 0.05 * error * error / max(self.kbps, 1.0)
        self._deviation = min(max(spread, 0.4), 2.5)

    def forget_if_below(self, bps: float) -> None:
        """More than that arrives: the line became better."""
        if self.kbps is not None and bps / 1000 > self._high():
            self.forgotten_kbps = self.kbps
            self.kbps = None

    def _spread(self) -> float:
        return 3 * math.sqrt(self._deviation * (self.kbps or 0.0))

    def _low(self) -> float:
        return (self.kbps or 0.0) - self._spread()

    def _high(self) -> float:
        return (self.kbps or 0.0) + self._spread()


class RateControl:
    """``bps`` is what the line carries without a growing queue, as far as it was proven."""

    __slots__ = (
        "_cap",
        "_capacity",
        "_draining",
        "_floor",
        "_jitter_s",
        "_over_since",
        "_queue_at_decrease_s",
        "_queue_s",
        "_queued_since",
        "_updated_at",
        "bps",
        "decreased_at",
    )

    def __init__(self, start_bps: float, floor_bps: float, cap_bps: float, now: float) -> None:
        self._floor, self._cap = floor_bps, cap_bps
        self.bps = min(max(start_bps, floor_bps), cap_bps)
        self._capacity = KnownCapacity()
        self._updated_at = now
        self.decreased_at = -math.inf
        self._queued_since: float | None = None
        self._over_since: float | None = None
        self._jitter_s = _FIRST_JITTER_S
        self._queue_s = 0.0
        self._queue_at_decrease_s = 0.0
        self._draining = False

    def reset(self, now: float) -> None:
        """The way changed: its capacity is unknown."""
        self._capacity = KnownCapacity()
        self._updated_at = now
        self._queued_since = self._over_since = None
        self._jitter_s = _FIRST_JITTER_S
        self._queue_s = 0.0
        self._draining = False

    def limit(self, bps: float, now: float) -> None:
        """Something else than delay asks for less."""
        if bps < self.bps:
            self.bps = max(bps, self._floor)
            self.decreased_at = now

    @property
    def draining(self) -> bool:
        """Whether less is sent than the line carries, until its queue is gone."""
        return self._draining

    @property
    def capacity_bps(self) -> float | None:
        """Where the line was full lately, None where that is not known."""
        return None if self._capacity.kbps is None else 1000 * self._capacity.kbps

    def carries_no_more(self, bps: float) -> None:
        """A queue that stands shows what the line carries: that it carries much more is a mistake."""
        if self._capacity.kbps is not None and 1000 * self._capacity.kbps > _MISTAKEN * bps:
            self.full_at(bps)

    def full_at(self, acked_bps: float) -> None:
        """The line was seen full there by another sign than delay."""
        self._capacity.learn(acked_bps)

    def raise_to(self, bps: float) -> None:
        """More was proven."""
        self.bps = max(self.bps, min(bps, self._cap))
        self._capacity.forget_if_below(bps)

    def update(
        self, now: float, usage: Usage, acked_bps: float, queue_s: float, rtt_s: float, *, may_grow: bool
    ) -> bool:
        """After each feedback. Whether it saw the line too full."""
        elapsed = min(max(now - self._updated_at, 0.0), _MAX_STEP_S)
        self._updated_at = now
        self._note_queue(now, queue_s)
        if queue_s <= _STANDING_QUEUE_S + _STANDING_JITTERS * self._excess_jitter_s:
            self._queued_since = None
        elif self._queued_since is None:
            self._queued_since = now
        # A queue that stands has no trend, and still everything waits in it.
        standing = (
            self._queued_since is not None
            and now - self._queued_since >= _STANDING_FOR_S * _STANDING_QUEUE_S / queue_s
        )
        if (usage is Usage.OVERUSED and self._lasting(now, queue_s)) or (standing and usage is Usage.NORMAL):
            self._decrease(now, acked_bps, queue_s, rtt_s)
            return True
        if self._draining and queue_s <= _DRAINED_S:
            self._draining = False
            if self._capacity.kbps is not None:
                self.bps = max(self.bps, min(BETA * 1000 * self._capacity.kbps, self._cap))
        if usage is Usage.NORMAL and may_grow and not self._draining:
            self._increase(now, elapsed, acked_bps, rtt_s)
        return False

    def _lasting(self, now: float, queue_s: float) -> bool:
        """Whether a queue is really there: not the line's usual jitter, nor one keyframe that will have passed."""
        if queue_s > _DEEP_QUEUE_S:
            return True
        if self._over_since is None:
            return False
        return now - self._over_since >= _BURST_S + _PATIENCE * self._jitter_s

    def _note_queue(self, now: float, queue_s: float) -> None:
        if queue_s > min(_LEAST_QUEUE_S + _QUEUE_JITTERS * self._jitter_s, _MOST_QUEUE_S):
            if self._over_since is None:
                self._over_since = now
        else:
            self._over_since = None
        # By how much it falls from one feedback to the next: a queue that builds up does not fall in between.
        varied_s = min(2 * max(0.0, self._queue_s - queue_s), _MOST_JITTER_S)
        self._jitter_s += _JITTER_SHARE * (varied_s - self._jitter_s)
        self._queue_s = queue_s

    @property
    def _excess_jitter_s(self) -> float:
        return max(0.0, self._jitter_s - _STEADY_JITTER_S)

    def _decrease(self, now: float, acked_bps: float, queue_s: float, rtt_s: float) -> None:
        if acked_bps <= 0:
            acked_bps = self.bps
        respite = min(max(rtt_s, 0.010), 0.200)
        if now - self.decreased_at < respite and acked_bps >= 0.5 * self.bps:
            return
        if self._draining and queue_s < _FALLING * self._queue_at_decrease_s:
            return  # what arrives now is what is sent, and no sign of what the line carries
        since = now - self.decreased_at
        if queue_s < _SHALLOW_QUEUE_S and acked_bps < _APP_LIMITED * self.bps:
            # Little is sent, so that what arrives says nothing of what would: a real queue will show itself.
            target = max(BETA * acked_bps, _GENTLE * self.bps)
        else:
            if not self._draining or queue_s > self._queue_at_decrease_s:
                # Else what arrives may be all that is sent, and no sign of what the line carries.
                self._capacity.learn(acked_bps)
            target = BETA * acked_bps
            grows = queue_s > self._queue_at_decrease_s
            if not self._draining or grows or since > _DRAIN_TRIAL_S + rtt_s + queue_s:
                # Less than the line carries until the queue is gone; then it is known how much that is.
                usual_s = _STANDING_QUEUE_S + _STANDING_JITTERS * self._excess_jitter_s
                target = acked_bps * max(BETA - _DRAIN_PER_S * max(0.0, queue_s - usual_s), _HARDEST_DRAIN)
            self._queue_at_decrease_s = max(queue_s, self._queue_at_decrease_s if self._draining else 0.0)
            self._draining = queue_s > _DRAINED_S
        if target < self.bps:
            self.bps = max(target, self._floor)
        self.decreased_at = now

    def _increase(self, now: float, elapsed: float, acked_bps: float, rtt_s: float) -> None:
        capacity = self._capacity
        # Jitter moves what arrives from one window into the next.
        capacity.forget_if_below(acked_bps * (1 - self._jitter_s / _JITTER_WINDOW_S))
        if capacity.kbps is None:
            growth = _GROWTH_PER_S
            if self.bps > _NEW_LINE * 1000 * capacity.forgotten_kbps:
                # Where jitter keeps bursts from proving anything, media has to find out sooner.
                growth += _GROWTH_PER_JITTER_S * self._excess_jitter_s
            grown = self.bps * growth**elapsed + 1000 * elapsed
        else:
            frame_bits = self.bps / _FRAMES_PER_S
            packet_bits = frame_bits / math.ceil(frame_bits / _PACKET_BITS)
            per_s = min(packet_bits / (rtt_s + 0.1), _MAX_ADDITIVE_PER_S * self.bps)
            grown = self.bps + elapsed * max(_MIN_ADDITIVE_BPS, per_s)
        if now - self.decreased_at > _SETTLED_S + rtt_s:
            # So much arrives, and nothing waits.
            grown = max(grown, BETA * acked_bps)
        proven = _HEADROOM * acked_bps + _HEADROOM_BPS
        self.bps = min(max(self.bps, min(grown, proven)), self._cap)
