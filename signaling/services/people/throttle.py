"""How often somebody may be wrong: failures leak out of buckets, one per account and one per address. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from signaling.errors import RateLimited

MOST_KEYS = 100_000


class FailureBuckets:
    """Each key may fail ``most`` times at once, and once in ``seconds`` after that."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The level, and when it was so."""

    def wait(self, key: str, now: float) -> float:
        """Seconds until the key may try again, 0 when it may now."""
        return max(0.0, (self._level(key, now) - (self._most - 1)) * self._seconds)

    def fail(self, key: str, now: float) -> None:
        self._levels[key] = (self._level(key, now) + 1, now)
        self._levels.move_to_end(key)
        if len(self._levels) > MOST_KEYS:
            self._levels.popitem(last=False)

    def forget(self, key: str) -> None:
        self._levels.pop(key, None)

    def _level(self, key: str, now: float) -> float:
        level, at = self._levels.get(key, (0.0, now))
        return max(0.0, level - (now - at) / self._seconds)


class SignInThrottle:
    """Slows down guessing. What succeeds costs nothing, so a school behind one address signs in all at once.
    Unknown names are counted like known ones: this tells nothing about who has an account."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._accounts = FailureBuckets(10, 30.0)
        self._addresses = FailureBuckets(50, 5.0)

    def check(self, account: str, address: str) -> None:
        """Raises `RateLimited`."""
        now = self._monotonic()
        wait = max(self._accounts.wait(account, now), self._addresses.wait(address, now))
        if wait > 0:
            raise RateLimited("too many wrong passwords; try again later", wait)

    def failed(self, account: str, address: str) -> None:
        now = self._monotonic()
        self._accounts.fail(account, now)
        self._addresses.fail(address, now)

    def succeeded(self, account: str) -> None:
        self._accounts.forget(account)
