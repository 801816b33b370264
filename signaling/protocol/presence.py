"""Presence: who is connected now, seen by those who share a course with them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route

MOST_ASKED = 200


class UserPresence(Wire, frozen=True, kw_only=True):
    """``isOnline``: connected with at least one device, to any server. ``lastSeenAt`` is exact once they are gone;
    null for those who never were here."""

    user_id: str
    is_online: bool
    last_seen_at: datetime | None


class PresenceChanged(Wire, frozen=True, kw_only=True):
    """To everyone connected who belongs to the course: who came and who is gone, gathered for half a second. A
    connection that is back within two seconds was never gone."""

    course_id: str
    users: list[UserPresence]


class PresenceQuery(Wire, frozen=True, kw_only=True):
    """``userIds``: ids with commas between them, at most 200."""

    user_ids: Annotated[str, Meta(min_length=1, max_length=20_000)]


class PresenceList(Wire, frozen=True, kw_only=True):
    """Those one shares a course with; the others are left out."""

    items: list[UserPresence]


ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-presence",
        method="GET",
        path="/api/v1/presence",
        who="any user",
        doc="Who of these is online, and when the others were seen.",
        query=PresenceQuery,
        answer=PresenceList,
    ),
)
