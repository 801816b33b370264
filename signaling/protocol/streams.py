"""Streams: programs such as OBS publish a tutor's picture and sound by WHIP (RFC 9725), players get them by WHEP.

The endpoints ``/whip/{id}`` and ``/whep/{id}`` speak SDP, not JSON; ``docs/whip.md`` describes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route

StreamKind = Literal["publish", "play"]
StreamSource = Literal["camera", "screen"]


class CreateStreamKey(Wire, frozen=True, kw_only=True):
    """A key for one live class, over all of its sessions, that expires after so many ``hours``. ``source``: as
    what the picture of a publisher is shown."""

    kind: StreamKind
    source: StreamSource = "camera"
    hours: Annotated[float, Meta(ge=0.1, le=168)] = 12.0


class StreamKey(Wire, frozen=True, kw_only=True):
    """``token`` is a bearer token that opens nothing but this URL; the other one is null."""

    token: str
    whip_url: str | None
    whep_url: str | None
    expires_at: datetime


ROUTES: tuple[Route, ...] = (
    Route(
        operation="create-stream-key",
        method="POST",
        path="/api/v1/live-classes/{id}/stream-keys",
        who="tutor; a student to play",
        doc="Make a key for a program that publishes by WHIP or plays by WHEP, in one's own name.",
        body=CreateStreamKey,
        answer=StreamKey,
        status=201,
        errors=("forbidden", "not_found"),
    ),
)
