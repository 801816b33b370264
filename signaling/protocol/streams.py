"""Streams: programs such as OBS publish a tutor's picture and sound by WHIP (RFC 9725), players get them by WHEP.

The endpoints ``/whip/{id}`` and ``/whep/{id}`` speak SDP, not JSON; ``docs/whip.md`` describes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Cursor, Id, Limit, Wire
from signaling.protocol.rest import Route

StreamKind = Literal["publish", "play"]
StreamSource = Literal["camera", "screen"]


class CreateStreamKey(Wire, frozen=True, kw_only=True):
    """A key for one live class, over all of its sessions, that expires after so many ``hours``. ``source``: as
    what the picture of a publisher is shown."""

    kind: StreamKind
    source: StreamSource = "camera"
    label: Annotated[str, Meta(max_length=100)] = ""
    hours: Annotated[float, Meta(ge=0.1, le=168)] = 12.0


class StreamKey(Wire, frozen=True, kw_only=True):
    """``token`` is a bearer token that opens nothing but this URL; the other one is null. It is shown once."""

    id: str
    token: str
    whip_url: str | None
    whep_url: str | None
    expires_at: datetime


class StreamKeyInfo(Wire, frozen=True, kw_only=True):
    """A key without its token. ``userId``: who made it, in whose name it is used."""

    id: str
    kind: StreamKind
    source: StreamSource
    label: str
    user_id: str
    user_name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class StreamKeyQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class StreamKeyList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[StreamKeyInfo]
    next_cursor: str | None


class StreamKeyRevoked(Wire, frozen=True, kw_only=True):
    """To who made the key: it opens nothing any more, and the stream that it opened has ended."""

    key_id: Id
    live_class_id: Id


_OF_CLASS = "/api/v1/live-classes/{id}/stream-keys"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="create-stream-key",
        method="POST",
        path=_OF_CLASS,
        who="tutor; a student to play",
        doc="Make a key for a program that publishes by WHIP or plays by WHEP, in one's own name.",
        body=CreateStreamKey,
        answer=StreamKey,
        status=201,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-stream-keys",
        method="GET",
        path=_OF_CLASS,
        who="tutor; a student's own",
        doc="The keys of a live class, also those that do not work any more.",
        query=StreamKeyQuery,
        answer=StreamKeyList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="revoke-stream-key",
        method="DELETE",
        path=f"{_OF_CLASS}/{{keyId}}",
        who="tutor; a student's own",
        doc="Let nothing in by this key any more, and end the stream that it opened.",
        errors=("forbidden", "not_found"),
        status=204,
    ),
)
