"""How much one connection may send: a token bucket over everything, and narrower ones for some events."""

from __future__ import annotations

from signaling.config import LimitsConfig
from signaling.errors import RateLimited, TooLarge
from signaling.limits import TokenBucket

PATIENCE = 200
"""After so many refusals in a row the connection is closed."""

NARROWER: dict[str, tuple[float, int]] = {
    "join-session": (1, 10),
    "connect-media": (1, 10),
    "restart-ice": (1, 10),
    "suggest-reception": (1, 10),
    "set-wishes": (10, 30),
    "resync": (1, 10),
    "get-session-users": (1, 10),
    "renew-token": (0.2, 5),
    "join-course": (2, 20),
    "leave-course": (2, 20),
    "typing": (2, 10),
    "edit-message": (1, 10),
    "set-reaction": (4, 16),
    "open-chat": (4, 30),
    "sync-chat": (2, 20),
    "mark-read": (4, 20),
    "react": (4, 16),
    "send-caption": (2, 10),
    "create-poll": (0.5, 5),
}
"""Events that cost more than others: per second, and at once. `send-message` has its own settings."""

OFFERS = frozenset({"connect-media", "restart-ice"})
"""Events with a description of media, which is long."""


class ConnectionLimits:
    """The limits of one connection."""

    def __init__(self, config: LimitsConfig, now: float) -> None:
        self._config = config
        self._all = TokenBucket(config.events_per_second, config.event_burst, now)
        self._events: dict[str, TokenBucket] = {}
        self.refused = 0

    @property
    def exhausted(self) -> bool:
        return self.refused > PATIENCE

    def check_rate(self, event: str, now: float) -> None:
        """Raises `RateLimited`."""
        for bucket in filter(None, (self._all, self._bucket(event, now))):
            if not bucket.take(now):
                self.refused += 1
                raise RateLimited("too many events; wait a moment", bucket.wait(now))
        self.refused = 0

    def _bucket(self, event: str, now: float) -> TokenBucket | None:
        bucket = self._events.get(event)
        if bucket is None:
            config = self._config
            chat = (config.messages_per_second, config.message_burst)
            limit = chat if event == "send-message" else NARROWER.get(event)
            if limit is not None:
                bucket = self._events[event] = TokenBucket(*limit, now)
        return bucket

    def check_size(self, event: str, size: int) -> None:
        """Raises `TooLarge`; ``size`` in bytes."""
        limit = self._config.offer_bytes if event in OFFERS else self._config.event_bytes
        if size > limit:
            raise TooLarge(f"{event} may have {limit} bytes, this has {size}")
