"""Calendars: live classes as iCalendar (RFC 5545), one by one or as a feed to subscribe to.

A feed has a secret address instead of a sign-in, as calendar programs cannot sign in. Whoever has it sees the plan
and nothing else; a new address makes the old one worthless.
"""

from __future__ import annotations

from datetime import datetime

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route


class CalendarFeed(Wire, frozen=True, kw_only=True):
    """``createdAt`` null: there is none. The address itself is told when it is made, and not again."""

    created_at: datetime | None


class NewCalendarFeed(Wire, frozen=True, kw_only=True):
    """``url`` is secret."""

    url: str
    created_at: datetime


_MINE = "/api/v1/me/calendar"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-calendar-file",
        method="GET",
        path="/api/v1/live-classes/{id}/calendar.ics",
        who="any member",
        doc="One live class for one's calendar.",
        media_type="text/calendar",
        errors=("not_found",),
    ),
    Route(
        operation="get-calendar-feed",
        method="GET",
        path=_MINE,
        who="any user",
        doc="Whether one has a feed.",
        answer=CalendarFeed,
    ),
    Route(
        operation="make-calendar-feed",
        method="POST",
        path=_MINE,
        who="any user",
        doc="A new address of one's feed; the one before stops working.",
        answer=NewCalendarFeed,
        status=201,
        errors=("forbidden",),
    ),
    Route(
        operation="drop-calendar-feed",
        method="DELETE",
        path=_MINE,
        who="any user",
        doc="The address stops working, and there is no other.",
        status=204,
    ),
    Route(
        operation="read-calendar-feed",
        method="GET",
        path="/api/v1/calendar/{token}.ics",
        who="whoever has the address",
        doc="The live classes of one's courses: those of the last months and all that are planned.",
        media_type="text/calendar",
        errors=("not_found",),
        public=True,
    ),
)
