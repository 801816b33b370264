"""Attendance and analytics: who was in a class, for how long, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from signaling.protocol.base import Id, Role, Wire
from signaling.protocol.rest import Route


class PresenceInterval(Wire, frozen=True, kw_only=True):
    """From coming to going, reconnects and further devices merged."""

    joined_at: datetime
    left_at: datetime


class PersonAttendance(Wire, frozen=True, kw_only=True):
    """Somebody's part in a session. ``share`` is of its length, 0 to 1. ``lateSeconds`` and ``leftEarlySeconds``
    are None for who was in time. Seconds are whole, rounded."""

    user_id: str
    name: str
    role: Role
    intervals: list[PresenceInterval]
    present_seconds: int
    share: float
    late_seconds: int | None
    left_early_seconds: int | None
    connections: int
    talk_seconds: int
    messages: int
    questions: int
    answers: int
    hands_raised: int
    reactions: int
    poll_votes: int


class SessionAttendance(Wire, frozen=True, kw_only=True):
    """One session of a live class. ``endedAt`` None: it runs, and everything is as of now. ``absent`` names the
    enrolled students who were never there."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int
    peak_participants: int
    people: list[PersonAttendance]
    absent: list[AbsentPerson]


class AbsentPerson(Wire, frozen=True, kw_only=True):
    user_id: str
    name: str


class ClassAttendance(Wire, frozen=True, kw_only=True):
    """Every session of a live class, oldest first."""

    live_class_id: str
    course_id: str
    title: str
    sessions: list[SessionAttendance]


class Analytics(Wire, frozen=True, kw_only=True):
    """A live class or a course in figures, over all sessions. ``averageShare``: how much of it its students were
    there, 0 to 1. ``participantSeconds``: presence of everyone, added up."""

    sessions: int
    duration_seconds: int
    peak_participants: int
    total_participants: int
    participant_seconds: int
    average_share: float
    talk_seconds: int
    messages: int
    questions: int
    answers: int
    hands_raised: int
    reactions: int
    polls: int
    poll_votes: int


class CoursePerson(Wire, frozen=True, kw_only=True):
    """Somebody's part in a course: of how many sessions they attended how many, and how much of all of them."""

    user_id: str
    name: str
    role: Role
    sessions_attended: int
    sessions_held: int
    present_seconds: int
    share: float
    late: int
    left_early: int
    talk_seconds: int
    messages: int
    questions: int
    hands_raised: int
    poll_votes: int


class CourseSession(Wire, frozen=True, kw_only=True):
    live_class_id: str
    session_id: str
    title: str
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int
    attended: int


class CourseAttendance(Wire, frozen=True, kw_only=True):
    """All sessions that started in the asked time, oldest first, and everyone who is enrolled or was there."""

    course_id: str
    title: str
    sessions: list[CourseSession]
    people: list[CoursePerson]


class AttendanceRecord(Wire, frozen=True, kw_only=True):
    """One stay of one participant, as it was written down. ``leftAt`` is None while the seat is taken or kept."""

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
    """Every stay, over all sessions of the live class, in the order of joining."""

    items: list[AttendanceRecord]


ReportFormat = Literal["json", "csv"]


class AttendanceQuery(Wire, frozen=True, kw_only=True):
    """``sessionId``: that session alone."""

    session_id: Id | None = None
    format: ReportFormat = "json"


class CourseAttendanceQuery(Wire, frozen=True, kw_only=True):
    """Sessions that started at ``from`` or later, and before ``to``."""

    start: datetime | None = field(name="from", default=None)
    end: datetime | None = field(name="to", default=None)
    format: ReportFormat = "json"


_CLASS = "/api/v1/live-classes/{id}"
_COURSE = "/api/v1/courses/{id}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-attendance",
        method="GET",
        path=f"{_CLASS}/attendance",
        who="tutor",
        doc="Who was there, how long, and what they did; as JSON or CSV.",
        query=AttendanceQuery,
        answer=ClassAttendance,
        other_media_types=("text/csv",),
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-stays",
        method="GET",
        path=f"{_CLASS}/attendance/stays",
        who="tutor",
        doc="Every coming and going, before anything is merged.",
        answer=AttendanceList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="get-own-attendance",
        method="GET",
        path=f"{_CLASS}/attendance/me",
        who="any member",
        doc="One's own attendance.",
        answer=ClassAttendance,
        errors=("not_found",),
    ),
    Route(
        operation="get-analytics",
        method="GET",
        path=f"{_CLASS}/analytics",
        who="tutor",
        doc="A live class in figures.",
        answer=Analytics,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="get-course-attendance",
        method="GET",
        path=f"{_COURSE}/attendance",
        who="tutor",
        doc="Everybody's attendance over the sessions of a course; as JSON or CSV.",
        query=CourseAttendanceQuery,
        answer=CourseAttendance,
        other_media_types=("text/csv",),
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="get-course-analytics",
        method="GET",
        path=f"{_COURSE}/analytics",
        who="tutor",
        doc="A course in figures.",
        query=CourseAttendanceQuery,
        answer=Analytics,
        errors=("forbidden", "not_found"),
    ),
)
