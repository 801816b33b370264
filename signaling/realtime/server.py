"""The Socket.IO server: who may connect, and what every event passes through before its handler."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from signaling import incoming
from signaling.announcements import course_topics, user_topic
from signaling.config import HttpConfig, LimitsConfig
from signaling.errors import BadRequest, Elsewhere, NotLive, RateLimited, Refusal, Unauthorized, UnknownEvent
from signaling.limits import Limits
from signaling.logs import context
from signaling.protocol import connection as wire
from signaling.protocol.events import CLIENT_EVENTS
from signaling.realtime.caller import Handlers
from signaling.realtime.connections import Connection, Connections
from signaling.realtime.delivery import Delivery
from signaling.realtime.engine import SocketServer
from signaling.realtime.fanout import Fanout
from signaling.realtime.handlers.connection import ConnectionEvents
from signaling.realtime.limits import ConnectionLimits
from signaling.realtime.outbox import Outbox
from signaling.realtime.packets import Packet
from signaling.services.access import Access
from signaling.services.people.presence import Presence
from signaling.services.sessions.sessions import Sessions
from signaling.services.sessions.streams import Streams
from signaling.vitals import Vitals

log = logging.getLogger(__name__)

Errand = Callable[[], Awaitable[None]]

MAX_PACKET_BYTES = 262_144
PING_INTERVAL_S = 10
PING_TIMEOUT_S = 15
HELLO_S = 10.0
COME_BACK_WITHIN_MS = 5_000
"""Those whom a stopping server sends away come back spread over so long."""

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(payload) for name, (payload, _) in CLIENT_EVENTS.items()
}


class Realtime:
    """Parses, authorises, limits and answers; the handlers do the rest."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        streams: Streams,
        presence: Presence,
        handlers: Handlers,
        access: Access,
        outbox: Outbox,
        limits: LimitsConfig,
        shared_limits: Limits,
        http: HttpConfig,
        servers: Callable[[], Sequence[str]],
        vitals: Vitals,
        monotonic: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        """``servers`` are the origins of the cluster's; ``chance`` gives numbers from 0 to 1."""
        self._sessions = sessions
        self._streams = streams
        self._presence = presence
        self._access = access
        self._outbox = outbox
        self._limits = limits
        self._shared_limits = shared_limits
        self._monotonic = monotonic
        self._chance = chance
        self._servers = servers
        self._connections = Connections()
        self._origins = {*http.cors_origins, *filter(None, [http.public_origin])}
        self._sio = SocketServer(
            hello_within=HELLO_S,
            async_mode="aiohttp",
            # one event of a connection after the other, in its order
            async_handlers=False,
            serializer=Packet,
            json=Packet.json,
            cors_allowed_origins=self._may_come_from,
            max_http_buffer_size=MAX_PACKET_BYTES,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            buffer_bytes=limits.buffer_bytes,
        )
        self._fanout = Fanout()
        self._delivery = Delivery(self._sio, self._fanout)
        self._delivery.react("enrolment-changed", self._enrolment_changed)
        self._delivery.react("signed-out", self._signed_out)
        self._delivery.react("live-class-started", self._class_started)
        self._delivery.react("live-class-ended", self._class_ended)
        self._delivery.react("stream-key-revoked", self._stream_key_revoked)
        self._errands: asyncio.Queue[Errand] = asyncio.Queue()
        own = ConnectionEvents(self._connections, self._fanout, access).handlers()
        self._handlers = {**handlers, **own}
        assert set(self._handlers) == set(CLIENT_EVENTS), "every client event has one handler"
        vitals.connections = lambda: len(self._connections)
        vitals.too_slow = lambda: self._sio.eio.too_slow
        self._sio.on("connect", self._connect)
        self._sio.on("disconnect", self._disconnect)
        self._sio.on("*", self._event)

    def attach(self, app: web.Application) -> None:
        self._sio.attach(app)

    async def run(self) -> None:
        """Carry out notices until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._outbox.run(self._delivery.carry_out))
            tasks.create_task(self._run_errands())

    async def _run_errands(self) -> None:
        """What follows from announcements and may take a while: nobody's events wait for it."""
        while True:
            errand = await self._errands.get()
            try:
                await errand()
            except (Elsewhere, NotLive):
                log.debug("a session is hosted elsewhere, or is over")
            except Exception:
                log.exception("what follows from an announcement was not done")

    async def tick(self, now: datetime) -> None:
        """Warn those whose tokens run out, and close those whose tokens have."""
        told, over = self._connections.expiring(now)
        for connection in told:
            self._fanout.tell(connection.id, wire.TokenExpiring(expires_at=connection.who.expires_at))
        for connection in over:
            await self._close(connection, "token-expired", "the token has expired; sign in again")

    async def close(self) -> None:
        """Close every connection; clients come back by themselves, not all at once."""
        for connection in self._connections:
            after = int(self._chance() * COME_BACK_WITHIN_MS)
            message = "the server stops; it or another will be back"
            self._fanout.tell(
                connection.id, wire.Closing(reason="stopping", message=message, retry_after_ms=after)
            )
        await self._sio.close()

    # --- connections --------------------------------------------------------------------------------

    async def _connect(self, connection_id: str, environ: dict[str, Any], auth: object) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            who = await self._access.identify(token)
            connection = Connection(connection_id, who, ConnectionLimits(self._limits, self._monotonic()))
            self._connections.add(connection)
            topics = await self._topics(connection)
        except Refusal as error:
            self._connections.pop(connection_id)
            raise Refused(error.message, {"code": error.code, "message": error.message}) from None
        output = self._sio.output(connection_id)
        if output is None:
            self._connections.pop(connection_id)
            raise Refused("the connection is gone")
        self._fanout.add(connection_id, output, topics)
        self._sessions.attach(connection_id)
        self._presence.connected(who.user_id, connection_id)

    async def _topics(self, connection: Connection) -> list[str]:
        """What a new connection follows. Read again when the person's courses change while they are read."""
        while True:
            changes = connection.changes
            topics = await self._access.topics(connection.who)
            if changes == connection.changes:
                return topics

    async def _disconnect(self, connection_id: str, reason: str) -> None:
        self._fanout.remove(connection_id)
        connection = self._connections.pop(connection_id)
        if connection is not None:
            self._presence.disconnected(connection.who.user_id, connection_id)
            log.debug("connection %s is gone: %s", connection_id, reason)
            try:
                await self._sessions.drop(connection_id)
            except Exception:
                log.exception("the seat of connection %s was not given up", connection_id)

    async def _close(
        self, connection: Connection, reason: Literal["token-expired", "signed-out", "flood"], message: str
    ) -> None:
        log.info("connection %s of user %s is closed: %s", connection.id, connection.who.user_id, reason)
        retry = COME_BACK_WITHIN_MS if reason == "flood" else None
        self._fanout.tell(connection.id, wire.Closing(reason=reason, message=message, retry_after_ms=retry))
        await self._sio.cut(connection.id)

    def _may_come_from(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Pages of this server, of others of the cluster, and of the origins in the settings; programs send no
        origin."""
        if origin is None or origin in self._origins or origin in self._servers():
            return True
        try:
            return urlsplit(origin).netloc == environ.get("HTTP_HOST")
        except ValueError:
            return False

    # --- what is announced --------------------------------------------------------------------------

    async def _enrolment_changed(self, topic: str, data: dict[str, Any]) -> None:
        """Have all of the person's connections follow the course and section they are in now, or none."""
        user_id, course_id = topic.removeprefix(user_topic("")), data["courseId"]
        for connection in self._connections.of_user(user_id):
            connection.changes += 1
            grant = connection.who.grant
            if grant is not None and grant.course_id != course_id:
                continue
            role = data.get("role")
            wanted = course_topics(course_id, data.get("sectionId"), role) if role is not None else []
            self._fanout.unfollow_course(connection.id, course_id, but=wanted)
            for topic in wanted:
                self._fanout.follow(connection.id, topic)

        if data.get("role") is None:
            self._errands.put_nowait(partial(self._sessions.expel, user_id, course_id))

    async def _class_started(self, _: str, data: dict[str, Any]) -> None:
        """It may have been given to this server."""
        if (session_id := data["liveClass"]["sessionId"]) is not None:
            self._errands.put_nowait(partial(self._sessions.take, session_id))

    async def _class_ended(self, _: str, data: dict[str, Any]) -> None:
        """It may have been ended by another server."""
        if (session_id := data["liveClass"]["sessionId"]) is not None:
            self._errands.put_nowait(partial(self._sessions.ended, session_id))

    async def _stream_key_revoked(self, _: str, data: dict[str, Any]) -> None:
        """This server may have what it opened."""
        self._errands.put_nowait(partial(self._streams.key_revoked, data["keyId"]))

    async def _signed_out(self, topic: str, data: dict[str, Any]) -> None:
        user_id = topic.removeprefix(user_topic(""))
        for connection in self._connections.of_user(user_id, data.get("deviceId")):
            await self._close(connection, "signed-out", "you were signed out")
        if data.get("reason") == "blocked":
            # nobody waits for somebody who cannot come back
            self._errands.put_nowait(partial(self._sessions.expel, user_id, None))

    # --- events -------------------------------------------------------------------------------------

    async def _event(self, event: str, connection_id: str, *arguments: msgspec.Raw) -> dict[str, object]:
        connection = self._connections.get(connection_id)
        if connection is None:
            return _failed(Unauthorized("the connection is not authorised"))
        caller, limits = connection.caller, connection.limits
        with context(user=caller.who.user_id, event=event[:64], request=connection.next_request()):
            try:
                limits.check_rate(event, self._monotonic())
                self._shared_limits.check_user(caller.who.user_id)
                payload = self._decode(event, arguments, limits)
                answer = await self._handlers[event](caller, payload)
            except Refusal as error:
                if limits.exhausted:
                    await self._close(connection, "flood", "too many events: come back later, and slower")
                return _failed(error)
            except Exception:
                log.exception("event %s failed", event)
                message = "the server failed; it has been logged"
                return {"ok": False, "error": {"code": "internal", "message": message}}
        return {"ok": True, **{f.encode_name: getattr(answer, f.name) for f in msgspec.structs.fields(answer)}}

    def _decode(self, event: str, arguments: tuple[msgspec.Raw, ...], limits: ConnectionLimits) -> object:
        decoder = _DECODERS.get(event)
        if decoder is None:
            raise UnknownEvent(f"there is no event {event[:64]!r}" if event else "this is not an event")
        if len(arguments) > 1:
            raise BadRequest(f"{event} takes one object")
        raw = bytes(arguments[0]) if arguments else b"{}"
        limits.check_size(event, len(raw))
        return incoming.decode(decoder, b"{}" if raw == b"null" else raw)


def _failed(error: Refusal) -> dict[str, object]:
    shown: dict[str, object] = {"code": error.code, "message": error.message}
    match error:
        case Elsewhere(url=url):
            shown["url"] = url
        case RateLimited(retry_after=seconds):
            shown["retryAfterMs"] = round(seconds * 1000)
    return {"ok": False, "error": shown}
