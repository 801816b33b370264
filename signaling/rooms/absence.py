"""A session without a tutor: when it ends by itself, and when everyone is told so before."""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = timedelta(minutes=5)
_LAST = timedelta(minutes=1)


def leads(absence: timedelta) -> tuple[timedelta, timedelta]:
    """So long before the end everyone is told: twice, and sooner after each other when the absence is short."""
    return min(_FIRST, absence / 2), min(_LAST, absence / 10)


def deadline(gone_at: datetime | None, absence: timedelta, not_before: datetime) -> datetime | None:
    """When the session ends; None: not by itself. ``not_before`` leaves time to tell it, after a restart."""
    if gone_at is None or not absence:
        return None
    return max(gone_at + absence, not_before)


def warnings_due(ends_at: datetime, absence: timedelta, now: datetime) -> int:
    """How often it should have been told by now."""
    return sum(now >= ends_at - lead for lead in leads(absence))


def next_step(ends_at: datetime, absence: timedelta, told: int) -> datetime:
    """When the next warning is due, or the end."""
    rest = leads(absence)[told:]
    return ends_at - rest[0] if rest else ends_at
