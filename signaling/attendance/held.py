"""A session that was held, and what its stays say: what reports of classes and courses are made from."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.attendance.report import Report
from signaling.protocol.base import Role


class HeldSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was started. ``ended_at`` None: it runs."""

    id: str
    live_class_id: str
    title: str
    scheduled_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in the course now."""

    user_id: str
    name: str
    role: Role
    enrolled_at: datetime


class Held(msgspec.Struct, frozen=True, kw_only=True):
    session: HeldSession
    report: Report
    polls: int = 0
    """How many were asked."""
