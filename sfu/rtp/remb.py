"""How much a publisher without transport-wide feedback may send (announced by REMB).

A fallback, kept simple: it probes slowly, listens to loss and to a queue that builds up on the way.
"""

from __future__ import annotations

from collections import deque

START_BPS = 1_000_000
FLOOR_BPS = 50_000

_GROWTH_PER_S = 1.08
_MAX_HEADROOM = 2.0
_LOSS_TO_HOLD = 0.02
_LOSS_TO_BACK_OFF = 0.10
_BACK_OFF_INTERVAL_S = 0.5
_QUEUE_LIMIT_S = 0.100
_QUEUE_BACK_OFF = 0.85
_RATE_WINDOW_S = 1.0
_BASE_WINDOW_S = 10.0
_SSRC_IDLE_S = 10.0
_MAX_SSRCS = 255

_SEND_TIME_UNIT_S = 2.0**-18
_SEND_TIME_BITS = 24


class ReceiveSideEstimator:
    """Estimates the rate for all streams of one publisher, between 50 kbit/s and ``cap_bps``."""

    __slots__ = (
        "_backed_off_at",
        "_base_delay",
        "_bytes",
        "_cap_bps",
        "_estimate_bps",
        "_first_at",
        "_fraction_lost",
        "_last_send_time",
        "_next_base_delay",
        "_next_base_since",
        "_queue_s",
        "_send_clock_s",
        "_send_time_at",
        "_ssrcs",
        "_updated_at",
        "_window",
    )

    def __init__(self, cap_bps: int) -> None:
        self._cap_bps = max(cap_bps, FLOOR_BPS)
        self._estimate_bps = float(min(START_BPS, self._cap_bps))
        self._window: deque[tuple[float, int]] = deque()
        self._bytes = 0
        self._ssrcs: dict[int, float] = {}
        self._fraction_lost = 0.0
        self._first_at: float | None = None
        self._updated_at = 0.0
        self._backed_off_at = float("-inf")
        self._last_send_time: int | None = None
        self._send_clock_s = 0.0
        self._send_time_at = float("-inf")
        self._queue_s = 0.0
        self._base_delay = self._next_base_delay = float("inf")
        self._next_base_since = 0.0

    def received(self, now: float, abs_send_time: int | None, payload_bytes: int, ssrc: int) -> None:
        """Count a packet; ``abs_send_time`` is the header extension's 24 bits."""
        if self._first_at is None:
            self._first_at = self._updated_at = self._next_base_since = now
        self._window.append((now, payload_bytes))
        self._bytes += payload_bytes
        self._shift_window(now)
        if ssrc in self._ssrcs or len(self._ssrcs) < _MAX_SSRCS:
            self._ssrcs[ssrc] = now
        if abs_send_time is not None:
            self._measure_queue(now, abs_send_time)

    def loss(self, fraction_lost: float) -> None:
        """The share of packets lost lately, 0 to 1; holds until told anew."""
        self._fraction_lost = fraction_lost

    def estimate(self, now: float) -> int | None:
        """The rate to announce, in bit/s; None before the first packet."""
        if self._first_at is None:
            return None
        self._shift_window(now)
        elapsed = min(max(now - self._updated_at, 0.0), 1.0)
        self._updated_at = now
        rate = self._rate_bps(now)
        estimate = self._estimate_bps
        lossy = self._fraction_lost > _LOSS_TO_BACK_OFF
        queued = self._queue_s > _QUEUE_LIMIT_S
        if lossy or queued:
            if now - self._backed_off_at >= _BACK_OFF_INTERVAL_S:
                self._backed_off_at = now
                if lossy:
                    estimate *= 1 - 0.5 * min(self._fraction_lost, 1.0)
                if queued:
                    estimate = min(estimate, _QUEUE_BACK_OFF * rate)
        elif self._fraction_lost < _LOSS_TO_HOLD:
            # A publisher that sends little proves nothing: what it was granted stays, but does not grow.
            estimate = max(estimate, min(estimate * _GROWTH_PER_S**elapsed, _MAX_HEADROOM * rate))
        self._estimate_bps = min(max(estimate, FLOOR_BPS), self._cap_bps)
        return int(self._estimate_bps)

    def ssrcs(self, now: float) -> tuple[int, ...]:
        """The streams the estimate is about: those heard in the last 10 s."""
        self._ssrcs = {ssrc: at for ssrc, at in self._ssrcs.items() if now - at <= _SSRC_IDLE_S}
        return tuple(self._ssrcs)

    def _shift_window(self, now: float) -> None:
        window = self._window
        while window and window[0][0] <= now - _RATE_WINDOW_S:
            self._bytes -= window.popleft()[1]

    def _rate_bps(self, now: float) -> float:
        first = self._first_at if self._first_at is not None else now
        return 8 * self._bytes / min(max(now - first, 0.1), _RATE_WINDOW_S)

    def _measure_queue(self, now: float, abs_send_time: int) -> None:
        """Smooth the delay above the least of the last 10 to 20 s; the clocks' offset is in both and drops out."""
        if now - self._send_time_at > _BASE_WINDOW_S:
            self._queue_s = 0.0  # after such a pause the wrapping send time cannot be followed
            self._base_delay = self._next_base_delay = float("inf")
        self._send_time_at = now
        if self._last_send_time is not None:
            half = 1 << _SEND_TIME_BITS - 1
            step = ((abs_send_time - self._last_send_time + half) & (2 * half - 1)) - half
            self._send_clock_s += step * _SEND_TIME_UNIT_S
        self._last_send_time = abs_send_time
        delay = now - self._send_clock_s
        if now - self._next_base_since > _BASE_WINDOW_S:
            self._base_delay, self._next_base_delay = self._next_base_delay, delay
            self._next_base_since = now
        self._next_base_delay = min(self._next_base_delay, delay)
        self._base_delay = min(self._base_delay, delay)
        self._queue_s += (delay - self._base_delay - self._queue_s) / 16
