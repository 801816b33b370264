"""Live classes: what is planned, what runs, what has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from signaling.protocol.base import Id, Title, Wire
from signaling.protocol.rest import Route

LiveClassStatus = Literal["scheduled", "live", "ended", "cancelled"]
LiveClassType = Literal["lecture", "discussion", "quiz", "demo"]
EndReason = Literal["tutor", "no-tutor", "time-over", "deleted"]
"""A tutor ended it; no tutor was there any more; its time was over; the live class was deleted."""


class LiveClass(Wire, frozen=True, kw_only=True):
    """A planned meeting; ``sessionId`` is the running or last session. ``participantCount`` is the number of
    people in the room now, 0 when no session runs. ``sectionId`` null: for the whole course. ``maxParticipants``
    null: as the server's settings say. ``seriesId`` is that of the recurring classes it belongs to."""

    id: str
    course_id: str
    section_id: str | None
    title: str
    description: str
    type: LiveClassType
    status: LiveClassStatus
    scheduled_at: datetime | None
    duration_minutes: int | None
    max_participants: int | None
    waiting_room: bool
    auto_start: bool
    recording: bool
    series_id: str | None
    created_by: str | None
    cancel_reason: str | None
    session_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    participant_count: int


class LiveClassStarted(Wire, frozen=True, kw_only=True):
    """To everyone connected who belongs to the course."""

    live_class: LiveClass


class LiveClassEnded(Wire, frozen=True, kw_only=True):
    """To everyone connected who belongs to the course, and so to the room."""

    live_class: LiveClass
    reason: EndReason


class LiveClassScheduled(Wire, frozen=True, kw_only=True):
    """A new live class was planned. To everyone connected whom it concerns: the course, or its section."""

    live_class: LiveClass


class LiveClassUpdated(Wire, frozen=True, kw_only=True):
    """A live class was moved or changed."""

    live_class: LiveClass


class LiveClassCancelled(Wire, frozen=True, kw_only=True):
    """It will not take place."""

    live_class: LiveClass
    reason: str | None


class LiveClassDeleted(Wire, frozen=True, kw_only=True):
    """It is not there any more."""

    live_class_id: str
    course_id: str


class LiveClassDurationUpdated(Wire, frozen=True, kw_only=True):
    """A running live class takes longer or shorter than planned; null: as long as it takes."""

    live_class_id: str
    session_id: str
    duration_minutes: int | None
    remaining_seconds: int | None


class LiveClassProgress(Wire, frozen=True, kw_only=True):
    """To everyone in the room, again and again. ``remainingSeconds`` is null without a planned length, and
    negative when the time is over."""

    live_class_id: str
    session_id: str
    elapsed_seconds: int
    remaining_seconds: int | None
    participant_count: int


class CreateLiveClass(Wire, frozen=True, kw_only=True):
    """A new live class. ``courseId`` may be left out when the token is of one course alone."""

    title: Title
    id: Id | None = None
    course_id: Id | None = None


class LiveClassQuery(Wire, frozen=True, kw_only=True):
    course_id: Id | None = None


class LiveClassList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[LiveClass]


_ONE = "/api/v1/live-classes/{id}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-live-classes",
        method="GET",
        path="/api/v1/live-classes",
        who="any member",
        doc="The live classes of one's courses.",
        query=LiveClassQuery,
        answer=LiveClassList,
        errors=("not_found",),
    ),
    Route(
        operation="create-live-class",
        method="POST",
        path="/api/v1/live-classes",
        who="tutor",
        doc="Plan a live class.",
        body=CreateLiveClass,
        answer=LiveClass,
        status=201,
        errors=("forbidden", "not_found", "already_exists"),
    ),
    Route(
        operation="get-live-class",
        method="GET",
        path=_ONE,
        who="any member",
        doc="One live class.",
        answer=LiveClass,
        errors=("not_found",),
    ),
    Route(
        operation="start-live-class",
        method="POST",
        path=f"{_ONE}/start",
        who="tutor",
        doc="Start a session. One runs at a time: a second start answers 409 with the running `sessionId`.",
        answer=LiveClass,
        errors=("forbidden", "not_found", "already_live"),
    ),
    Route(
        operation="end-live-class",
        method="POST",
        path=f"{_ONE}/end",
        who="tutor",
        doc="End the running session for all.",
        answer=LiveClass,
        errors=("forbidden", "not_found", "not_live"),
    ),
)
