"""What loss says of the line: congestion, or just a line that loses.

Random loss stays what it is when less is sent; loss from a full queue goes away. So a high loss is answered once
with a decrease to what arrives, and if that did not help it was no congestion: the loss is taken as inherent,
and what was taken back is given again.
"""

from __future__ import annotations

import math

_MEMORY_S = 1.0
_WINDOW_S = 0.6
_MIN_PACKETS = 50
_LONG_WINDOW_S = 2.5
_MIN_PACKETS_LONG = 15
_HOLD_ABOVE = 0.02
_CUT_ABOVE = 0.10
_CUT_ABOVE_IF_CONFIRMED = 0.04
_MAX_INHERENT = 0.30
_FORGET = 0.2
_STILL_LOST = 0.6
_NOISE = 2.0
_CUT_TO = 0.9
_TRIED = 1.05


class LossControl:
    """Counts packets told of by transport feedback: each was sent on this line, so it was lost on this line."""

    __slots__ = (
        "_at",
        "_before",
        "_confirmed",
        "_decaying_lost",
        "_decaying_told",
        "_ignore_until",
        "_lost",
        "_since",
        "_told",
        "inherent",
        "loss",
        "may_grow",
    )

    def __init__(self, now: float) -> None:
        self.loss = 0.0
        """The share lost in the last second or two."""
        self.inherent = 0.0
        """The share that is lost whatever is sent."""
        self.may_grow = True
        self.reset(now)

    def reset(self, now: float) -> None:
        """The way changed."""
        self._at = self._since = now
        self._told = self._lost = 0
        self._decaying_told = self._decaying_lost = 0.0
        self._before: tuple[float, float, float] | None = None
        self._confirmed = False
        self._ignore_until = now
        self.loss = self.inherent = 0.0
        self.may_grow = True

    def congested(self) -> None:
        """The delay shows congestion, so that a trial of ours proves nothing."""
        self._before = None

    def proven(self) -> None:
        """More than is sent came through as well: what is lost now is not for want of capacity."""
        self.inherent = min(max(self.inherent, self.loss), _MAX_INHERENT)
        self.may_grow = True

    def update(self, now: float, told: int, lost: int, bps: float, acked_bps: float, rtt_s: float) -> float:
        """The rate to go on with: ``bps``, or less when much is lost, or what it was when less did not help.

        ``lost`` of ``told`` packets did not arrive; fewer than none when some came late.
        """
        fade = max(0.0, 1.0 - max(0.0, now - self._at) / _MEMORY_S)
        self._at = now
        self._decaying_told = self._decaying_told * fade + told
        self._decaying_lost = max(0.0, self._decaying_lost * fade + lost)
        if self._decaying_told > 0:
            self.loss = min(1.0, self._decaying_lost / self._decaying_told)
        if now < self._ignore_until:
            self._since = now
            return bps
        self._told += told
        self._lost += lost
        elapsed = now - self._since
        enough = self._told >= _MIN_PACKETS and elapsed >= _WINDOW_S
        if not enough and not (elapsed >= _LONG_WINDOW_S and self._told >= _MIN_PACKETS_LONG):
            return bps
        share = min(max(self._lost / self._told, 0.0), 1.0)
        noise = _NOISE * math.sqrt(share * (1 - share) / self._told)
        self._since = now
        self._told = self._lost = 0
        return self._judge(now, share, noise, bps, acked_bps, rtt_s)

    def _judge(self, now: float, share: float, noise: float, bps: float, acked_bps: float, rtt_s: float) -> float:
        if self._before is not None:
            before, before_bps, arrived_bps = self._before
            self._before = None
            if share < _STILL_LOST * before:
                # Less loss with less sent: this line drops what is too much before a delay shows.
                self._confirmed = True
            elif acked_bps <= _TRIED * arrived_bps * (1 - share):
                # No more was sent than the line had carried, and as much was lost.
                self.inherent = min(share, _MAX_INHERENT)
                self.may_grow = True
                self._confirmed = False
                return max(bps, before_bps)
        excess = share - self.inherent
        if excess < 0:
            self.inherent = max(0.0, self.inherent + _FORGET * excess)
        self.may_grow = excess - noise <= _HOLD_ABOVE
        if excess - noise <= (_CUT_ABOVE_IF_CONFIRMED if self._confirmed else _CUT_ABOVE) or acked_bps <= 0:
            return bps
        self._before = share, bps, acked_bps
        self._ignore_until = now + rtt_s + 0.1
        return min(bps, _CUT_TO * acked_bps)
