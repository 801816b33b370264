"""The estimate for subscribers without transport-wide feedback: by REMB where it comes, else by receiver reports.

Coarse on purpose. The loss in a receiver report may include what the publisher's line lost and the sender of
the report could not know, so that it is only listened to when there is nothing better.
"""

from __future__ import annotations

import math

_GROWTH_PER_S = 1.08
_REMB_GROWTH_PER_S = 2.0
_HEADROOM = 1.5
_HEADROOM_BPS = 10_000
_LOSS_TO_HOLD = 0.02
_LOSS_TO_BACK_OFF = 0.10
_BACK_OFF_INTERVAL_S = 0.5
_VALID_S = 10.0
_RTT_ABOVE_BASE_S = 0.150
_RTT_BACK_OFF = 0.85
_MAX_STEP_S = 0.5


class ReportControl:
    """``bps`` between the floor and the cap, whatever is reported."""

    __slots__ = (
        "_backed_off_at",
        "_cap",
        "_floor",
        "_fresh",
        "_remb",
        "_remb_at",
        "_reported_at",
        "_rtt_s",
        "_updated_at",
        "bps",
        "loss",
        "queue_s",
    )

    def __init__(self, start_bps: float, floor_bps: float, cap_bps: float, now: float) -> None:
        self._floor, self._cap = floor_bps, cap_bps
        self.bps = start_bps
        self.loss = 0.0
        self._fresh = False
        self.queue_s = 0.0
        self._rtt_s = 0.1
        self._remb = math.inf
        self._remb_at = -math.inf
        self._updated_at = now
        self._reported_at = -math.inf
        self._backed_off_at = -math.inf

    def remb(self, bps: float, now: float) -> None:
        self._remb = min(max(bps, self._floor), self._cap)
        self._remb_at = now

    def report(self, fraction_lost: float, rtt_s: float | None, base_rtt_s: float | None, now: float) -> None:
        self.loss = min(max(fraction_lost, 0.0), 1.0)
        self._fresh = True
        self._reported_at = now
        if rtt_s is not None:
            self._rtt_s = rtt_s
            self.queue_s = max(0.0, rtt_s - (rtt_s if base_rtt_s is None else base_rtt_s))

    def tick(self, now: float, sent_bps: float) -> None:
        elapsed = min(max(now - self._updated_at, 0.0), _MAX_STEP_S)
        self._updated_at = now
        by_remb = now - self._remb_at <= _VALID_S
        lossy = self.loss > _LOSS_TO_BACK_OFF
        # The other side sees the delay of each packet: it knows better than the round trip of one report.
        queued = not by_remb and self.queue_s > _RTT_ABOVE_BASE_S
        bps = self.bps
        if self._fresh and (lossy or queued):
            if now - self._backed_off_at >= _BACK_OFF_INTERVAL_S + min(self._rtt_s, 1.0):
                self._backed_off_at = now
                self._fresh = False
                bps *= 1 - 0.5 * self.loss if lossy else _RTT_BACK_OFF
        elif not lossy and not queued:
            proven = _HEADROOM * sent_bps + _HEADROOM_BPS
            if by_remb:
                bps = max(bps, min(bps * _REMB_GROWTH_PER_S**elapsed, 2 * proven))
            elif self.loss <= _LOSS_TO_HOLD and now - self._reported_at <= _VALID_S:
                bps = max(bps, min(bps * _GROWTH_PER_S**elapsed, proven))
        if by_remb:
            bps = min(bps, self._remb)
        self.bps = min(max(bps, self._floor), self._cap)
