"""REST: live classes, and the health check. Parses, authorises, answers; the services decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import msgspec
from aiohttp import web

from signaling.errors import BadRequest, Unauthorized
from signaling.protocol.rest import AttendanceList, CreateLiveClass, Health, LiveClassList
from signaling.services.live_classes import LiveClasses
from signaling.services.media import Media
from signaling.services.sessions import Sessions
from signaling.tokens import Principal, Tokens

_create = msgspec.json.Decoder(CreateLiveClass)


class Routes:
    def __init__(
        self,
        *,
        live_classes: LiveClasses,
        sessions: Sessions,
        media: Media,
        tokens: Tokens,
        version: str,
        now: Callable[[], datetime],
    ) -> None:
        self._live_classes = live_classes
        self._sessions = sessions
        self._media = media
        self._tokens = tokens
        self._version = version
        self._now = now
        self._started = now()

    def attach(self, app: web.Application) -> None:
        one = "/api/v1/live-classes/{id}"
        app.add_routes(
            [
                web.get("/api/v1/live-classes", self.list_live_classes),
                web.post("/api/v1/live-classes", self.create_live_class),
                web.get(one, self.get_live_class),
                web.post(f"{one}/start", self.start),
                web.post(f"{one}/end", self.end),
                web.get(f"{one}/attendance", self.attendance),
                web.get("/healthz", self.health),
                web.options("/api/{path:.*}", self.preflight),
                web.route("*", "/api/{path:.*}", self.no_route),
            ]
        )

    async def list_live_classes(self, request: web.Request) -> web.Response:
        return _json(LiveClassList(items=await self._live_classes.of_course(self._who(request))))

    async def create_live_class(self, request: web.Request) -> web.Response:
        who = self._who(request)
        try:
            command = _create.decode(await request.read())
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadRequest(str(error)) from None
        return _json(await self._live_classes.create(who, command), HTTPStatus.CREATED)

    async def get_live_class(self, request: web.Request) -> web.Response:
        return _json(await self._live_classes.get(self._who(request), request.match_info["id"]))

    async def start(self, request: web.Request) -> web.Response:
        return _json(await self._live_classes.start(self._who(request), request.match_info["id"]))

    async def end(self, request: web.Request) -> web.Response:
        return _json(await self._live_classes.end(self._who(request), request.match_info["id"]))

    async def attendance(self, request: web.Request) -> web.Response:
        items = await self._live_classes.attendance(self._who(request), request.match_info["id"])
        return _json(AttendanceList(items=items))

    async def health(self, _: web.Request) -> web.Response:
        sessions, participants = self._sessions.counts()
        wanted, alive = self._media.workers
        health = Health(
            status="ok" if alive else "degraded",
            version=self._version,
            uptime_seconds=(self._now() - self._started).total_seconds(),
            sessions=sessions,
            participants=participants,
            media_workers=wanted,
            media_workers_alive=alive,
        )
        return _json(health, HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE)

    async def preflight(self, _: web.Request) -> web.Response:
        headers = {
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    async def no_route(self, _: web.Request) -> web.Response:
        raise web.HTTPNotFound

    def _who(self, request: web.Request) -> Principal:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("send a token: Authorization: Bearer <token>")
        return self._tokens.read(token.strip(), self._now())


def _json(body: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
