"""What decides about the schedule: which jobs a live class has, and what to do with one that is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from signaling.protocol.live_classes import LiveClass
from signaling.protocol.schedule import ScheduledJobKind

DEFAULT_MINUTES = 60
"""How long a class without a duration may be caught up with."""


class Wanted(msgspec.Struct, frozen=True):
    """A job that a live class should have."""

    kind: ScheduledJobKind
    due_at: datetime
    starts_at: datetime


class Decision(msgspec.Struct, frozen=True):
    """``do``: now. Anything else ends the job without it, for the reason in ``detail``."""

    act: Literal["do", "done", "missed", "dropped"]
    detail: str = ""


_DO = Decision("do")


def wanted(live_class: LiveClass, reminder_minutes: Sequence[int], now: datetime) -> list[Wanted]:
    """The jobs of a live class as it is now. Reminders whose time has passed are not made any more."""
    starts_at = live_class.scheduled_at
    if live_class.status != "scheduled" or starts_at is None:
        return []
    moments = {starts_at - timedelta(minutes=minutes) for minutes in reminder_minutes}
    jobs = [Wanted("reminder", at, starts_at) for at in sorted(moments) if at > now]
    if live_class.auto_start:
        jobs.append(Wanted("auto-start", starts_at, starts_at))
    return jobs


def decide(
    kind: ScheduledJobKind,
    due_at: datetime,
    starts_at: datetime,
    live_class: LiveClass | None,
    reminder_minutes: Sequence[int],
    now: datetime,
) -> Decision:
    """What to do with a job that is due, perhaps for long. ``live_class`` None: it was deleted."""
    if live_class is None:
        return Decision("dropped", "the live class was deleted")
    if live_class.status == "cancelled":
        return Decision("dropped", "the live class was cancelled")
    if live_class.status != "scheduled":
        # an automatic start whose server died before it could note it, or somebody was faster
        return Decision("done" if kind == "auto-start" else "dropped", "the live class had started")
    if live_class.scheduled_at != starts_at:
        return Decision("dropped", "the live class was moved")
    if kind == "reminder":
        return _reminder(due_at, starts_at, reminder_minutes, now)
    if not live_class.auto_start:
        return Decision("dropped", "the live class starts by hand")
    minutes = live_class.duration_minutes or DEFAULT_MINUTES
    if now >= starts_at + timedelta(minutes=minutes):
        return Decision("missed", "the server did not run until the time of the class was over")
    return _DO


def _reminder(due_at: datetime, starts_at: datetime, reminder_minutes: Sequence[int], now: datetime) -> Decision:
    if now >= starts_at:
        return Decision("missed", "the server did not run until the class had begun")
    moments = (starts_at - timedelta(minutes=minutes) for minutes in reminder_minutes)
    if any(due_at < at <= now for at in moments):
        return Decision("missed", "the server did not run until the next reminder was due")
    return _DO


def time_left(starts_at: datetime, now: datetime) -> str:
    """How long it takes until then, as a person says it."""
    minutes = max(1, round((starts_at - now).total_seconds() / 60))
    if minutes < 60:
        return _count(minutes, "minute")
    if minutes < 36 * 60:
        return _count(round(minutes / 60), "hour")
    return _count(round(minutes / 1440), "day")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
