"""How much somebody may ask for: token buckets by connection, user and address. Times are monotonic seconds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from signaling.config import LimitsConfig
from signaling.errors import RateLimited

MOST_KEYS = 100_000
"""So many users or addresses are remembered; whoever was silent longest is forgotten first."""


class TokenBucket:
    """``burst`` at once, ``rate`` per second after that."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

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

    def wait(self, now: float) -> float:
        """Seconds until there is one to take."""
        return max(0.0, (1 - self._level) / self._rate - (now - self._at))


class Buckets:
    """One bucket per key, all alike."""

    def __init__(self, rate: float, burst: int, most: int = MOST_KEYS) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def check(self, key: str, now: float) -> None:
        """Raises `RateLimited` with the time to wait."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        if not bucket.take(now):
            raise RateLimited("too many requests; wait a moment", bucket.wait(now))


class Limits:
    """What is counted over everything that somebody does, on every connection and over REST."""

    def __init__(self, config: LimitsConfig, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._users = Buckets(config.user_per_second, config.user_burst)
        self._addresses = Buckets(config.address_per_second, config.address_burst)

    def check_user(self, user_id: str) -> None:
        """One more event or request of a user. Raises `RateLimited`."""
        self._users.check(user_id, self._monotonic())

    def check_address(self, address: str) -> None:
        """One more request, from somebody who is not known, to a route that is open to all. Raises
        `RateLimited`."""
        self._addresses.check(address, self._monotonic())
