"""Live classes: what is planned, what runs, what has ended; and those that recur.

A recurrence is a rule of RFC 5545 on the wall clock of a time zone: a class at 9:00 stays at 9:00 when the clock
changes. The classes of a rule are made some time ahead, each a live class of its own with the same ``seriesId``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from signaling.protocol.base import Cursor, Id, Limit, Role, Text, Title, Wire
from signaling.protocol.media import MediaSetup
from signaling.protocol.reception import ReceptionUse
from signaling.protocol.rest import Route

LiveClassStatus = Literal["scheduled", "live", "ended", "cancelled"]
LiveClassType = Literal["lecture", "discussion", "quiz", "demo"]
NoJoinReason = Literal["not-started", "ended", "cancelled", "full"]
SeriesScope = Literal["this", "following", "all"]
Duration = Annotated[int, Meta(ge=1, le=1440)]
"""In minutes."""
Most = Annotated[int, Meta(ge=1, le=100_000)]
EndReason = Literal["tutor", "no-tutor", "time-over"]
"""A tutor ended it; no tutor was there any more; its time was over."""


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


class Recurrence(Wire, frozen=True, kw_only=True):
    """``rrule`` such as ``FREQ=WEEKLY;BYDAY=MO,WE``: of days, as the time of day is that of ``scheduledAt``.
    ``timeZone`` is an IANA name. At most one of ``until`` and ``count`` says where it ends, here or in the
    rule."""

    rrule: Annotated[str, Meta(min_length=1, max_length=500)]
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)]
    until: datetime | None = None
    count: Annotated[int, Meta(ge=1, le=1000)] | None = None


class CreateLiveClass(Wire, frozen=True, kw_only=True):
    """A new live class. ``courseId`` may be left out when the token is of one course alone. Without
    ``scheduledAt`` it is started when a tutor likes. With ``recurrence`` the first is made at the first day of
    the rule on or after ``scheduledAt``."""

    title: Title
    id: Id | None = None
    course_id: Id | None = None
    section_id: Id | None = None
    description: Text = ""
    type: LiveClassType = "lecture"
    scheduled_at: datetime | None = None
    duration_minutes: Duration | None = None
    max_participants: Most | None = None
    waiting_room: bool = False
    auto_start: bool = False
    recording: bool = False
    recurrence: Recurrence | None = None


class UpdateLiveClass(Wire, frozen=True, kw_only=True):
    """What is left out stays. While it runs only ``title``, ``description``, ``durationMinutes``,
    ``maxParticipants`` and ``waitingRoom`` can be changed; when it has ended ``title`` and ``description``.

    ``scope`` of a recurring one: this one, this and those after it, or all that are still to come. With more than
    this one ``scheduledAt`` sets the time of day; another day needs a new ``recurrence``."""

    title: Title | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    type: LiveClassType | UnsetType = UNSET
    section_id: Id | UnsetType | None = UNSET
    scheduled_at: datetime | UnsetType | None = UNSET
    duration_minutes: Duration | UnsetType | None = UNSET
    max_participants: Most | UnsetType | None = UNSET
    waiting_room: bool | UnsetType = UNSET
    auto_start: bool | UnsetType = UNSET
    recording: bool | UnsetType = UNSET
    recurrence: Recurrence | UnsetType = UNSET
    scope: SeriesScope = "this"


class CancelLiveClass(Wire, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=500)] | None = None
    scope: SeriesScope = "this"


class DeleteLiveClassQuery(Wire, frozen=True, kw_only=True):
    scope: SeriesScope = "this"


class LiveClassQuery(Wire, frozen=True, kw_only=True):
    """``from`` and ``to`` are about ``scheduledAt``, without one about the creation; ``to`` is not included."""

    course_id: Id | None = None
    section_id: Id | None = None
    series_id: Id | None = None
    status: Literal["upcoming", "live", "ended", "cancelled"] | None = None
    start: datetime | None = field(name="from", default=None)
    end: datetime | None = field(name="to", default=None)
    cursor: Cursor | None = None
    limit: Limit = 50


class LiveClassList(Wire, frozen=True, kw_only=True):
    """``upcoming`` with the soonest first, everything else with the newest first."""

    items: list[LiveClass]
    next_cursor: str | None


class ConnectedPerson(Wire, frozen=True, kw_only=True):
    """Somebody in the room now, with each of their devices counted. ``isReconnecting``: all of them have lost
    their connection."""

    user_id: str
    name: str
    role: Role
    devices: int
    joined_at: datetime
    is_reconnecting: bool


class LiveClassDetails(LiveClass, frozen=True, kw_only=True):
    """``connected`` is null for those who may not see the roster. ``recurrence`` is the rule of its series."""

    connected: list[ConnectedPerson] | None
    recurrence: Recurrence | None


class JoinInfo(Wire, frozen=True, kw_only=True):
    """What is needed to join: with ``canJoin``, connect to Socket.IO at ``socketPath`` and send `join-session`.
    ``waits``: somebody has to let them in first. ``url``: the server that hosts the room, null for this one.
    ``media``: for who may come in at once, so that `connect-media` can follow `join-session` without waiting
    for its answer. ``tutors``: the first of them, by name. ``receptionUse``: what each step of the ladder costs,
    to choose before joining. ``now``: the server's clock, for who counts down by a clock that is wrong."""

    live_class: LiveClass
    role: Role
    tutors: list[str]
    reception_use: list[ReceptionUse]
    now: datetime
    session_id: str | None
    can_join: bool
    reason: NoJoinReason | None
    waits: bool
    url: str | None
    socket_path: str
    media: MediaSetup | None


class Left(Wire, frozen=True, kw_only=True):
    """How many of one's devices were in the room and have left."""

    devices: int


class Attendee(Wire, frozen=True, kw_only=True):
    """Somebody who is or was in the room, over all sessions. ``lastSeenAt`` is now for those who are there."""

    user_id: str
    name: str
    role: Role
    first_joined_at: datetime
    last_seen_at: datetime
    is_connected: bool


class AttendeeQuery(Wire, frozen=True, kw_only=True):
    """``connected`` left out: both."""

    connected: bool | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AttendeeList(Wire, frozen=True, kw_only=True):
    """In the order of joining."""

    items: list[Attendee]
    next_cursor: str | None


_ALL = "/api/v1/live-classes"
_ONE = f"{_ALL}/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-live-classes",
        method="GET",
        path=_ALL,
        who="any member",
        doc="The live classes of one's courses; those of other sections are for tutors alone.",
        query=LiveClassQuery,
        answer=LiveClassList,
        errors=("not_found",),
    ),
    Route(
        operation="create-live-class",
        method="POST",
        path=_ALL,
        who="tutor",
        doc="Plan a live class, or several by a recurrence: the answer is the first of them.",
        body=CreateLiveClass,
        answer=LiveClass,
        status=201,
        errors=("forbidden", "not_found", "already_exists", "wrong_status"),
    ),
    Route(
        operation="get-live-class",
        method="GET",
        path=_ONE,
        who="any member",
        doc="One live class, and who is connected.",
        answer=LiveClassDetails,
        errors=("not_found",),
    ),
    Route(
        operation="update-live-class",
        method="PATCH",
        path=_ONE,
        who="tutor",
        doc="Move or change a live class.",
        body=UpdateLiveClass,
        answer=LiveClass,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="start-live-class",
        method="POST",
        path=f"{_ONE}/start",
        who="tutor",
        doc="Start a session. One runs at a time: a second start answers 409 with the running `sessionId`.",
        answer=LiveClass,
        errors=("forbidden", "not_found", "already_live", "wrong_status"),
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
    Route(
        operation="cancel-live-class",
        method="POST",
        path=f"{_ONE}/cancel",
        who="tutor",
        doc="Say that a live class will not take place.",
        body=CancelLiveClass,
        answer=LiveClass,
        errors=("forbidden", "not_found", "already_live", "wrong_status"),
    ),
    Route(
        operation="delete-live-class",
        method="DELETE",
        path=_ONE,
        who="tutor",
        doc="Take a live class out of all lists. Its attendance is kept. Not while it runs.",
        query=DeleteLiveClassQuery,
        status=204,
        errors=("forbidden", "not_found", "already_live"),
    ),
    Route(
        operation="join-live-class",
        method="POST",
        path=f"{_ONE}/join",
        who="any member",
        doc="What is needed to join, and whether one can now.",
        answer=JoinInfo,
        errors=("not_found",),
    ),
    Route(
        operation="leave-live-class",
        method="POST",
        path=f"{_ONE}/leave",
        who="any member",
        doc="Leave the room with all devices.",
        answer=Left,
        errors=("not_found",),
    ),
    Route(
        operation="list-attendees",
        method="GET",
        path=f"{_ONE}/attendees",
        who="tutor",
        doc="Who is in the room and who was.",
        query=AttendeeQuery,
        answer=AttendeeList,
        errors=("forbidden", "not_found"),
    ),
)
