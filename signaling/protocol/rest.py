"""The REST API, defined once: bodies and routes under ``/api/v1`` and the health check.

Bodies are JSON with camelCase fields. Errors are ``application/problem+json`` (RFC 9457) with the stable ``code``
of `signaling.protocol.messages.ERROR_CODES`. Every route but the health check wants
``Authorization: Bearer <token>``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from signaling.protocol.messages import Id, LiveClass, Role

Title = Annotated[str, Meta(min_length=1, max_length=200)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


class CreateLiveClass(_Body, frozen=True, kw_only=True):
    """A new live class in the course of the token."""

    title: Title
    id: Id | None = None


class LiveClassList(_Body, frozen=True, kw_only=True):
    """The live classes of the token's course, newest first."""

    items: list[LiveClass]


class AttendanceRecord(_Body, frozen=True, kw_only=True):
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


class AttendanceList(_Body, frozen=True, kw_only=True):
    """Who was there, over all sessions of the live class, in the order of joining."""

    items: list[AttendanceRecord]


class Problem(_Body, frozen=True, kw_only=True):
    """An error. ``sessionId`` comes with ``already_live``: the session that is running."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    session_id: str | None = None


class Health(_Body, frozen=True, kw_only=True):
    """``ok``: the server and its media workers serve; ``degraded``: no media worker answers (HTTP status 503)."""

    status: Literal["ok", "degraded"]
    version: str
    uptime_seconds: float
    sessions: int
    participants: int
    media_workers: int
    media_workers_alive: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the REST reference."""

    method: Literal["GET", "POST"]
    path: str
    who: str
    doc: str
    answer: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    status: int = 200
    errors: tuple[str, ...] = ()


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/api/v1/live-classes",
        who="any token",
        doc="The live classes of the token's course.",
        answer=LiveClassList,
        errors=("unauthorized",),
    ),
    Route(
        method="POST",
        path="/api/v1/live-classes",
        who="tutor",
        doc="Plan a live class.",
        body=CreateLiveClass,
        answer=LiveClass,
        status=201,
        errors=("unauthorized", "forbidden", "bad_request", "already_exists"),
    ),
    Route(
        method="GET",
        path="/api/v1/live-classes/{id}",
        who="any token of the course",
        doc="One live class.",
        answer=LiveClass,
        errors=("unauthorized", "not_found"),
    ),
    Route(
        method="POST",
        path="/api/v1/live-classes/{id}/start",
        who="tutor",
        doc="Start a session. One runs at a time: a second start answers 409 with the running `sessionId`.",
        answer=LiveClass,
        errors=("unauthorized", "forbidden", "not_found", "already_live"),
    ),
    Route(
        method="POST",
        path="/api/v1/live-classes/{id}/end",
        who="tutor",
        doc="End the running session for all.",
        answer=LiveClass,
        errors=("unauthorized", "forbidden", "not_found", "not_live"),
    ),
    Route(
        method="GET",
        path="/api/v1/live-classes/{id}/attendance",
        who="tutor",
        doc="Who was there, and when.",
        answer=AttendanceList,
        errors=("unauthorized", "forbidden", "not_found"),
    ),
    Route(method="GET", path="/healthz", who="anybody", doc="Is the server able to serve?", answer=Health),
)
