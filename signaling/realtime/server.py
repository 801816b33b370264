"""The Socket.IO server: who may connect, and what every event passes through before its handler."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from signaling.config import HttpConfig, LimitsConfig
from signaling.errors import BadRequest, Refusal, Unauthorized, UnknownEvent
from signaling.logs import context
from signaling.protocol.events import CLIENT_EVENTS
from signaling.realtime.caller import Caller, Handlers
from signaling.realtime.engine import SocketServer
from signaling.realtime.limits import ConnectionLimits
from signaling.realtime.outbox import Outbox
from signaling.realtime.packets import Packet
from signaling.services.access import Access
from signaling.services.sessions import Sessions

log = logging.getLogger(__name__)

MAX_PACKET_BYTES = 262_144
PING_INTERVAL_S = 10
PING_TIMEOUT_S = 15
HELLO_S = 10.0

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(payload) for name, (payload, _) in CLIENT_EVENTS.items()
}


class Realtime:
    """Parses, authorises, limits and answers; the handlers do the rest."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        handlers: Handlers,
        access: Access,
        outbox: Outbox,
        limits: LimitsConfig,
        http: HttpConfig,
        monotonic: Callable[[], float],
    ) -> None:
        self._sessions = sessions
        self._handlers = handlers
        self._access = access
        self._outbox = outbox
        self._limits = limits
        self._monotonic = monotonic
        self._callers: dict[str, tuple[Caller, ConnectionLimits]] = {}
        self._origins = {*http.cors_origins, *filter(None, [http.public_url.rstrip("/")])}
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
        )
        assert set(handlers) == set(CLIENT_EVENTS), "every client event has one handler"
        self._sio.on("connect", self._connect)
        self._sio.on("disconnect", self._disconnect)
        self._sio.on("*", self._event)

    def attach(self, app: web.Application) -> None:
        self._sio.attach(app)

    async def run(self) -> None:
        """Carry out notices until cancelled."""
        await self._outbox.run(self._sio)

    async def close(self) -> None:
        """Close every connection; clients then try to come back by themselves."""
        await self._sio.close()

    # --- connections --------------------------------------------------------------------------------

    async def _connect(self, connection: str, environ: dict[str, Any], auth: object) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            who = await self._access.identify(token)
            topics = await self._access.topics(who)
        except Refusal as error:
            raise Refused(error.message, {"code": error.code, "message": error.message}) from None
        self._callers[connection] = (Caller(connection, who), ConnectionLimits(self._limits, self._monotonic()))
        self._sessions.attach(connection)
        for topic in topics:
            await self._sio.enter_room(connection, topic)

    async def _disconnect(self, connection: str, reason: str) -> None:
        if self._callers.pop(connection, None) is not None:
            log.debug("connection %s is gone: %s", connection, reason)
            try:
                await self._sessions.drop(connection)
            except Exception:
                log.exception("the seat of connection %s was not given up", connection)

    def _may_come_from(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Pages of this server and of the origins in the settings; programs send no origin."""
        if origin is None or origin in self._origins:
            return True
        try:
            return urlsplit(origin).netloc == environ.get("HTTP_HOST")
        except ValueError:
            return False

    # --- events -------------------------------------------------------------------------------------

    async def _event(self, event: str, connection: str, *arguments: msgspec.Raw) -> dict[str, object]:
        found = self._callers.get(connection)
        if found is None:
            return _failed(Unauthorized("the connection is not authorised"))
        caller, limits = found
        try:
            limits.check_rate(event, self._monotonic())
            payload = self._decode(event, arguments, limits)
            with context(user=caller.who.user_id):
                answer = await self._handlers[event](caller, payload)
        except Refusal as error:
            if limits.exhausted:
                log.warning("connection %s of user %s is closed: it floods", connection, caller.who.user_id)
                await self._sio.cut(connection)
            return _failed(error)
        except Exception:
            log.exception("event %s failed", event)
            return {"ok": False, "error": {"code": "internal", "message": "the server failed; it has been logged"}}
        return {"ok": True, **{f.encode_name: getattr(answer, f.name) for f in msgspec.structs.fields(answer)}}

    def _decode(self, event: str, arguments: tuple[msgspec.Raw, ...], limits: ConnectionLimits) -> object:
        decoder = _DECODERS.get(event)
        if decoder is None:
            raise UnknownEvent(f"there is no event {event[:64]!r}" if event else "this is not an event")
        if len(arguments) > 1:
            raise BadRequest(f"{event} takes one object")
        raw = bytes(arguments[0]) if arguments else b"{}"
        limits.check_size(event, len(raw))
        try:
            return decoder.decode(b"{}" if raw == b"null" else raw)
        except msgspec.MsgspecError as error:
            raise BadRequest(str(error)) from None
        except (UnicodeDecodeError, RecursionError):
            raise BadRequest("the payload is not JSON") from None


def _failed(error: Refusal) -> dict[str, object]:
    return {"ok": False, "error": {"code": error.code, "message": error.message}}
