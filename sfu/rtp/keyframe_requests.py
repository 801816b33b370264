"""When to ask a publisher for a keyframe: all who want one share a request, and none is sent too soon."""

from __future__ import annotations


class KeyframeRequests:
    """The requests for one video layer.

    At most one PLI goes out per ``min_interval_s``. One that stays without a keyframe is repeated once after
    ``retry_s``. A keyframe answers all requests made before it.
    """

    __slots__ = ("_min_interval_s", "_retry_at", "_retry_s", "_sent_at", "_wanted")

    def __init__(self, min_interval_s: float = 0.5, retry_s: float = 1.0) -> None:
        self._min_interval_s = min_interval_s
        self._retry_s = retry_s
        self._sent_at: float | None = None
        self._retry_at: float | None = None
        self._wanted = False

    def request(self, now: float) -> bool:
        """Somebody needs a keyframe. True: send a PLI now; False: it is remembered until :meth:`due`."""
        if self._sent_at is None or now >= self._sent_at + self._min_interval_s:
            self._send(now)
            return True
        self._wanted = True
        return False

    def remember(self) -> None:
        """Somebody needs a keyframe: :meth:`due` tells when to ask for it."""
        self._wanted = True

    def keyframe_received(self, now: float) -> None:
        """A keyframe started to arrive."""
        self._wanted = False
        self._retry_at = None

    def due(self, now: float) -> bool:
        """True: send a PLI now, for a remembered request or as the one retry."""
        if self._wanted and (self._sent_at is None or now >= self._sent_at + self._min_interval_s):
            self._send(now)
            return True
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            self._sent_at = now
            return True
        return False

    def next_due(self) -> float | None:
        """When :meth:`due` will next be True if nothing happens before."""
        times = [] if self._retry_at is None else [self._retry_at]
        if self._wanted and self._sent_at is not None:
            times.append(self._sent_at + self._min_interval_s)
        return min(times, default=None)

    def _send(self, now: float) -> None:
        self._sent_at = now
        self._retry_at = now + self._retry_s
        self._wanted = False
