"""Short bursts of padding that find out whether a line carries more before a layer is added.

How far apart the packets of a burst arrive tells the rate of the bottleneck; only up to the rate aimed at is
believed. After one that shows no more the next waits longer: a line that is full is not filled with padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sfu.congestion.feedback import TICK_S
from sfu.congestion.history import ACKNOWLEDGED, SentHistory

_CLUSTER_S = 0.015
_LONGEST_CLUSTER_S = 0.030
_MIN_BYTES = 1250
_WEAK_BPS = 100_000
_WEAK_BYTES = 600
_WEAK_INTERVAL_S = 20.0
_MIN_PACKETS = 3
_MIN_SHARE = 0.7
_MAX_SEND_S = 0.05

_FIRST_FACTOR, _FACTOR = 3.0, 2.0
_OVER_WANTED = 1.2
_WORTHWHILE = 1.05
_REACHED = 0.9
_BELIEVED = 0.93
_HEADER_BYTES = 28
_PAYLOAD_SHARE = 0.975
"""Of a full packet. Padding comes in small packets, whose IP and UDP headers take more of the line."""

_SOON_S = 0.1
_FIRST_INTERVAL_S, _MAX_INTERVAL_S, _BACK_OFF = 2.0, 4.5, 1.5
_REST_AFTER_DECREASE_S = 2.0
_PUNISHED_WITHIN_S = 3.0
_MAX_LINE_SHARE = 0.05
_CALM_QUEUE_S = 0.050
_MAX_LOSS = 0.20
_AFTERMATH_S = 0.15


@dataclass(slots=True)
class Cluster:
    """A burst under way. ``last`` is 0 until it is known which packets it was."""

    first: int
    size: int
    bps: float
    target_bps: float
    sent_at: float
    last: int = 0
    send_s: float = 0.0
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    """Ticks and bytes."""


class Prober:
    """Decides when to send a burst, and what it showed."""

    __slots__ = (
        "_cluster_s",
        "_disturbs_until",
        "_factor",
        "_interval_s",
        "_next_at",
        "_raised_at",
        "_raised_to",
        "cluster",
    )

    def __init__(self) -> None:
        self.cluster: Cluster | None = None
        self._factor = _FIRST_FACTOR
        self._next_at = -math.inf
        self._raised_at = -math.inf
        self._raised_to = 0.0
        self._disturbs_until = -math.inf
        self._interval_s = _FIRST_INTERVAL_S
        self._cluster_s = _CLUSTER_S

    def reset(self, now: float) -> None:
        """The way changed: find out about the new one soon."""
        self.cluster = None
        self._next_at = now + _SOON_S
        self._interval_s = _FIRST_INTERVAL_S
        self._cluster_s = _CLUSTER_S

    def decreased(self, now: float, bps: float, *, much: bool) -> None:
        """The line was too full at this rate."""
        self.cluster = None
        self._factor = _FACTOR
        if now - self._raised_at < _PUNISHED_WITHIN_S and bps <= _WORTHWHILE * self._raised_to:
            # A shaper let the burst pass, but not what followed: a longer one is harder to mistake.
            self._raised_at = -math.inf
            self._cluster_s = min(2 * self._cluster_s, _LONGEST_CLUSTER_S)
            self._interval_s = min(2 * self._interval_s, _MAX_INTERVAL_S)
        elif much:
            self._interval_s = _FIRST_INTERVAL_S
        self._next_at = max(self._next_at, now + _REST_AFTER_DECREASE_S)

    def start(
        self, now: float, bps: float, wanted_bps: float, queue_s: float, loss: float, last_number: int
    ) -> int:
        """Bytes to send now; they begin after ``last_number``."""
        if (
            self.cluster is not None
            or now < self._next_at
            or wanted_bps <= bps
            or queue_s > _CALM_QUEUE_S
            or loss > _MAX_LOSS
        ):
            return 0
        target = min(bps * self._factor, wanted_bps * _OVER_WANTED)
        if target < _WORTHWHILE * bps:
            return 0
        size = int(max(_WEAK_BYTES if bps < _WEAK_BPS else _MIN_BYTES, target * self._cluster_s / 8))
        self.cluster = Cluster(last_number + 1, size, bps, target, now)
        return size

    def locate(self, now: float, history: SentHistory) -> Cluster | None:
        """The burst under way, once it is known which packets it was; given up when none was sent."""
        cluster = self.cluster
        if cluster is None or cluster.last:
            return cluster
        if cluster.first - 1 < history.pruned:
            self.cluster = None
            return None
        size = 0
        for index in range(cluster.first - 1 - history.pruned, len(history)):
            wire_bytes, sent_at = history[index]
            if history[index] is ACKNOWLEDGED or sent_at - cluster.sent_at > _MAX_SEND_S:
                break
            size += wire_bytes
            if size >= cluster.size:
                cluster.last = history.pruned + index + 1
                cluster.send_s = sent_at - history[cluster.first - 1 - history.pruned][1]
                return cluster
        if now - cluster.sent_at > _MAX_SEND_S:
            self.cluster = None
            self._wait(now, cluster)
        return None

    def finish(self, now: float, bps: float, inherent_loss: float, least_delay_s: float) -> float | None:
        """All was told of the burst, or it took too long: the rate that it proves beyond ``bps``.

        ``least_delay_s``: from sending to arrival, on the two clocks, when nothing waits.
        """
        cluster = self.cluster
        assert cluster is not None
        self.cluster = None
        self._factor = _FACTOR
        arrivals = cluster.arrivals
        sent = cluster.last - cluster.first + 1
        if len(arrivals) < max(_MIN_PACKETS, _MIN_SHARE * sent):
            self._wait(now, cluster)
            return None
        last = max(tick for tick, _ in arrivals) + 1
        span_s = (last - min(tick for tick, _ in arrivals)) * TICK_S
        if math.isfinite(least_delay_s):
            # Jitter pushes packets together: what the first one waited is time the line had for the rest.
            span_s = max(span_s, last * TICK_S - cluster.sent_at - least_delay_s)
        size = sum(size + _HEADER_BYTES for _, size in arrivals[1:]) * _PAYLOAD_SHARE
        rate = 8 * size / max(span_s, cluster.send_s) / (1 - inherent_loss)
        if rate >= _REACHED * cluster.target_bps:
            self._next_at = now + _SOON_S
            self._interval_s = _FIRST_INTERVAL_S
            proven = cluster.target_bps
        else:
            self._wait(now, cluster)
            proven = _BELIEVED * rate
        if proven <= bps:
            return None
        self._raised_at, self._raised_to = now, proven
        return proven

    def disturbs(self, now: float) -> bool:
        """Whether the delay now may come from a burst of our own."""
        if self.cluster is not None:
            self._disturbs_until = now + _AFTERMATH_S
        return now < self._disturbs_until

    def expired(self, now: float, rtt_s: float) -> bool:
        cluster = self.cluster
        return cluster is not None and now - cluster.sent_at > 1.0 + 2 * rtt_s

    def _wait(self, now: float, cluster: Cluster) -> None:
        wait = max(self._interval_s, 8 * cluster.size / (_MAX_LINE_SHARE * cluster.bps))
        if cluster.bps < _WEAK_BPS:
            wait = max(wait, _WEAK_INTERVAL_S)
        self._next_at = now + wait
        self._interval_s = min(self._interval_s * _BACK_OFF, _MAX_INTERVAL_S)
