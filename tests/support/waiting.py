"""Waiting for something to become true, with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 60.0
"""Seconds to wait for what should come at once. On the busiest machine only what never comes takes that long."""


class NeverHappened(AssertionError):
    """The deadline passed. The message says what was waited for and what was seen last."""


async def eventually(
    look: Callable[[], Awaitable[T]],
    what: str,
    *,
    within: float = PATIENCE,
    until: Callable[[T], bool] = bool,
    every: float = 0.05,
) -> T:
    """Look again and again until what is seen is as wanted; that value. Raises `NeverHappened`."""
    deadline = time.monotonic() + within
    while True:
        seen = await look()
        if until(seen):
            return seen
        if time.monotonic() > deadline:
            raise NeverHappened(f"not within {within} s: {what}; last seen: {seen!r}")
        await asyncio.sleep(every)
