"""How much one connection may send: a token bucket over everything, and narrower ones for some events."""

from __future__ import annotations

from signaling.config import LimitsConfig
from signaling.errors import RateLimited, TooLarge

PATIENCE = 200
"""After so many refusals in a row the connection is closed."""


class TokenBucket:
    """``burst`` at once, ``rate`` per second after that. Times are seconds of a monotonic clock."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = float(burst)
        self._at = now

    def take(self, now: float) -> bool:
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class ConnectionLimits:
    """The limits of one connection."""

    def __init__(self, config: LimitsConfig, now: float) -> None:
        self._config = config
        self._all = TokenBucket(config.events_per_second, config.event_burst, now)
        self._events = {
            "send-message": TokenBucket(config.messages_per_second, config.message_burst, now),
            "join-session": TokenBucket(1, 10, now),
            "connect-media": TokenBucket(1, 10, now),
            "resync": TokenBucket(1, 10, now),
        }
        self.refused = 0

    @property
    def exhausted(self) -> bool:
        return self.refused > PATIENCE

    def check_rate(self, event: str, now: float) -> None:
        """Raises `RateLimited`."""
        bucket = self._events.get(event)
        if not self._all.take(now) or (bucket is not None and not bucket.take(now)):
            self.refused += 1
            raise RateLimited("too many events; wait a moment")
        self.refused = 0

    def check_size(self, event: str, size: int) -> None:
        """Raises `TooLarge`; ``size`` in bytes."""
        limit = self._config.offer_bytes if event == "connect-media" else self._config.event_bytes
        if size > limit:
            raise TooLarge(f"{event} may have {limit} bytes, this has {size}")
