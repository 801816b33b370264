"""Attendance: who was in a live class, and when."""

from __future__ import annotations

from datetime import datetime

from signaling.protocol.base import Role, Wire
from signaling.protocol.rest import Route


class AttendanceRecord(Wire, frozen=True, kw_only=True):
    """One stay of one participant. ``leftAt`` is None while the seat is taken or kept."""

    session_id: str
    participant_id: str
    user_id: str
    name: str
    role: Role
    joined_at: datetime
    left_at: datetime | None
    last_seen_at: datetime
    left_reason: str | None


class AttendanceList(Wire, frozen=True, kw_only=True):
    """Who was there, over all sessions of the live class, in the order of joining."""

    items: list[AttendanceRecord]


ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-attendance",
        method="GET",
        path="/api/v1/live-classes/{id}/attendance",
        who="tutor",
        doc="Who was there, and when.",
        answer=AttendanceList,
        errors=("forbidden", "not_found"),
    ),
)
