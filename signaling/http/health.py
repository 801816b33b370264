"""The health check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from signaling.http.api import Call, Handlers, json_response
from signaling.protocol.health import Health
from signaling.services.sessions.media import Media
from signaling.services.sessions.sessions import Sessions
from signaling.vitals import Vitals


def handlers(
    sessions: Sessions, media: Media, vitals: Vitals, version: str, now: Callable[[], datetime]
) -> Handlers:
    started = now()

    async def health(_: Call) -> web.StreamResponse:
        running, participants = sessions.counts()
        wanted, alive = media.workers
        body = Health(
            status="ok" if alive else "degraded",
            version=version,
            uptime_seconds=(now() - started).total_seconds(),
            sessions=running,
            participants=participants,
            media_workers=wanted,
            media_workers_alive=alive,
            connections=vitals.connections(),
            too_slow=vitals.too_slow(),
            stalls=vitals.stalls,
            longest_stall_ms=round(vitals.longest_stall_s * 1000, 1),
        )
        return json_response(body, HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE)

    return {"health": health}
