"""Notifications: what somebody is told, on every device and while away, and how they wish to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Cursor, Limit, Title, Wire
from signaling.protocol.rest import Route

NotificationKind = Literal[
    "live-class-scheduled",
    "live-class-starting-soon",
    "live-class-started",
    "live-class-moved",
    "live-class-cancelled",
    "live-class-missed",
    "message-mention",
    "direct-message",
    "enrolled",
]
"""``live-class-missed``, to tutors: it was to start by itself, and the server was down until its time was over."""

NotificationText = Annotated[str, Meta(max_length=500)]
NotificationSeq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
WallTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
TimeZoneName = Annotated[str, Meta(min_length=1, max_length=64)]


class Notification(Wire, frozen=True, kw_only=True):
    """``seq`` names it among those of one person, and grows from one to the next; numbers may be left out."""

    seq: int
    kind: NotificationKind
    title: Title
    text: NotificationText
    course_id: str | None
    live_class_id: str | None
    chat_room_id: str | None
    created_at: datetime
    read_at: datetime | None


class NotificationTold(Wire, frozen=True, kw_only=True):
    """To every device of its user, at once."""

    notification: Notification


class NotificationsRead(Wire, frozen=True, kw_only=True):
    """To every device of the user: these, or all up to and with ``upTo``, have been read."""

    seqs: list[int]
    up_to: int | None
    unread_count: int


class NotificationDeleted(Wire, frozen=True, kw_only=True):
    """To every device of the user."""

    seq: int
    unread_count: int


class SyncNotifications(Wire, frozen=True, kw_only=True):
    """What came after ``lastSeq``; 0 for everything."""

    last_seq: NotificationSeq


class NotificationsSynced(Wire, frozen=True, kw_only=True):
    """Oldest first. ``lastSeq`` is where to go on; with ``hasMore`` at once."""

    items: list[Notification]
    last_seq: int
    has_more: bool
    unread_count: int


class NotificationQuery(Wire, frozen=True, kw_only=True):
    unread: bool = False
    """Only those not yet read."""
    cursor: Cursor | None = None
    limit: Limit = 50


class NotificationList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[Notification]
    next_cursor: str | None


class UnreadCount(Wire, frozen=True, kw_only=True):
    unread_count: int


class MarkRead(Wire, frozen=True, kw_only=True):
    """Exactly one of: some by ``seqs``, all up to and with ``upTo``, or ``all``."""

    seqs: Annotated[list[NotificationSeq], Meta(min_length=1, max_length=200)] | None = None
    up_to: NotificationSeq | None = None
    all: Literal[True] | None = None


class KindChannels(Wire, frozen=True, kw_only=True):
    """Where notifications of a kind go. ``inApp``: the list and the open pages."""

    kind: NotificationKind
    in_app: bool
    push: bool
    email: bool


class QuietHours(Wire, frozen=True, kw_only=True):
    """Every day from ``starts`` to ``ends`` (HH:MM on the clock of ``timeZone``, also over midnight) no push and
    no e-mail goes out; what is still of use then is sent when they end."""

    starts: WallTime
    ends: WallTime
    time_zone: TimeZoneName


class NotificationSettings(Wire, frozen=True, kw_only=True):
    """Of one person. Kinds that are left out of a change get their defaults."""

    channels: Annotated[list[KindChannels], Meta(max_length=50)]
    quiet_hours: QuietHours | None = None


class UnsubscribeQuery(Wire, frozen=True, kw_only=True):
    token: Annotated[str, Meta(min_length=1, max_length=400)]


_ALL = "/api/v1/notifications"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-notifications",
        method="GET",
        path=_ALL,
        who="any user",
        doc="One's own notifications.",
        query=NotificationQuery,
        answer=NotificationList,
    ),
    Route(
        operation="count-unread-notifications",
        method="GET",
        path=f"{_ALL}/unread-count",
        who="any user",
        doc="How many were not read yet.",
        answer=UnreadCount,
    ),
    Route(
        operation="read-notifications",
        method="POST",
        path=f"{_ALL}/read",
        who="any user",
        doc="Mark as read: some, all up to one, or all. Other devices are told.",
        body=MarkRead,
        answer=UnreadCount,
    ),
    Route(
        operation="delete-notification",
        method="DELETE",
        path=f"{_ALL}/{{seq}}",
        who="any user",
        doc="Delete one.",
        errors=("not_found",),
    ),
    Route(
        operation="get-notification-settings",
        method="GET",
        path="/api/v1/notification-settings",
        who="any user",
        doc="Which notifications go where, and when it is quiet.",
        answer=NotificationSettings,
    ),
    Route(
        operation="set-notification-settings",
        method="PUT",
        path="/api/v1/notification-settings",
        who="any user",
        doc="Change that, as a whole.",
        body=NotificationSettings,
        answer=NotificationSettings,
    ),
    Route(
        operation="show-unsubscribe",
        method="GET",
        path="/api/v1/unsubscribe",
        who="whoever has the link of a mail",
        doc="The page behind the link in every mail; it changes nothing by itself.",
        query=UnsubscribeQuery,
        media_type="text/html",
        errors=("not_found",),
        public=True,
    ),
    Route(
        operation="unsubscribe",
        method="POST",
        path="/api/v1/unsubscribe",
        who="whoever has the link of a mail",
        doc="No more mail to its receiver (RFC 8058: one click). The body is not read.",
        query=UnsubscribeQuery,
        media_type="text/html",
        errors=("not_found",),
        public=True,
    ),
)
