"""A whole control plane in this process, with a media plane that only keeps a record; and its clients."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from aiohttp import web_app

from sfu.config import MediaConfig
from sfu.errors import BadSdp, SfuError
from sfu.messages import Command, Connect, Connected, Done, Event, ParticipantClosed, Reply, RestartIce, SlotState
from signaling.app import Running, running
from signaling.config import AuthConfig, Config, DatabaseConfig, HttpConfig, LimitsConfig, SessionConfig
from signaling.identity import Principal
from signaling.protocol.base import Role
from tests.support.databases import place_sqlite
from tests.support.waiting import eventually

SECRET = "a secret of the tests, long enough to sign tokens"
COURSE = "maths"
CLASS = "fractions"
WAIT_S = 60.0

Data = dict[str, Any]


class RecordingPlane:
    """A media plane without media: it keeps what it was asked, and answers every offer."""

    def __init__(self, _: MediaConfig, on_event: Callable[[Event], None]) -> None:
        self.emit = on_event
        self.commands: list[Command] = []
        self.error: SfuError | None = None
        self.pids: list[int] = []
        self.is_dying = False
        """Every transport closes right after it was made."""

    @property
    def workers(self) -> int:
        return 1

    @property
    def loads(self) -> list[float]:
        return [0.25]

    async def start(self) -> None:
        self.pids = [1]

    async def stop(self) -> None:
        self.pids = []

    async def request(self, command: Command) -> Reply:
        self.commands.append(command)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        if isinstance(command, RestartIce) and not command.offer.startswith("v=0"):
            # a fragment is answered with one
            return Connected(answer="a=ice-ufrag:server\r\na=ice-pwd:its-password\r\n", slots=[])
        if isinstance(command, Connect | RestartIce):
            if not command.offer.startswith("v=0"):
                raise BadSdp("an offer begins with v=0")
            if self.is_dying:
                one = {"session_id": command.session_id, "participant_id": command.participant_id}
                closed = ParticipantClosed(**one, reason="dtls-failed")
                asyncio.get_running_loop().call_soon(self.emit, closed)
            return Connected(answer="v=0 answer", slots=[SlotState(mid="3", kind="audio")])
        return Done()

    def of(self, kind: type[Command]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]


class Clock:
    """The real time, moved ahead on request."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Harness:
    """A running server and what a test needs to speak to it."""

    def __init__(self, server: Running, plane: RecordingPlane, clock: Clock, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.plane = plane
        self.clock = clock
        self.http = http
        self.url = f"http://127.0.0.1:{server.port}"
        self._clients: list[Client] = []
        self._ids = itertools.count(1)

    def token(self, role: Role, name: str = "", course: str = COURSE, user_id: str = "") -> str:
        name = name or f"{role}-{next(self._ids)}"
        who = Principal(user_id=user_id or name, name=name, role=role, course_id=course)
        # Longer than classes last: clocks are moved by an hour, and a token that has run out ends a connection.
        return self.server.tokens.issue(who, self.clock(), timedelta(hours=2))

    async def rest(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Data]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, self.url + path, headers=headers, json=body) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else {}

    async def plan(self, live_class_id: str = CLASS) -> None:
        body = {"title": "Fractions", "id": live_class_id}
        status, _ = await self.rest("POST", "/api/v1/live-classes", self.token("tutor"), body)
        assert status == 201

    async def start(self, live_class_id: str = CLASS) -> str:
        path = f"/api/v1/live-classes/{live_class_id}/start"
        status, live_class = await self.rest("POST", path, self.token("tutor"))
        assert status == 200, live_class
        return str(live_class["sessionId"])

    async def connect(self, role: Role, name: str = "", *, token: str = "", transports: Any = None) -> Client:
        client = Client(name or f"{role}-{next(self._ids)}")
        self._clients.append(client)
        await client.connect(self.url, token or self.token(role, client.name), transports or ["websocket"])
        return client

    async def join(self, role: Role, name: str = "", **fields: Any) -> Client:
        client = await self.connect(role, name)
        await client.join(**fields)
        return client

    async def eventually(self, check: Callable[[], object]) -> None:
        """Wait until ``check`` is true. Raises AssertionError."""

        async def look() -> object:
            return check()

        await eventually(look, "the check", within=WAIT_S, every=0.01)

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


class Client:
    """A real Socket.IO client that keeps every event."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seat_key = f"seat-key-of-{re.sub('[^A-Za-z0-9_-]', '-', name)}-0123456789"
        self.id = ""
        self.joined: Data = {}
        self.events: list[tuple[str, Data]] = []
        self._changed = asyncio.Event()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._on_event)
        self._socket.on("disconnect", self._on_disconnect)

    async def connect(self, url: str, token: object, transports: list[str]) -> None:
        auth = {"token": token}
        await self._socket.connect(url, auth=auth, transports=transports, wait_timeout=WAIT_S)

    async def ask(self, event: str, data: object = None, **fields: object) -> Data:
        """Send an event; its acknowledgement."""
        payload = fields if data is None else data
        reply: Data = await self._socket.call(event, payload, timeout=WAIT_S)
        return reply

    async def must(self, event: str, **fields: object) -> Data:
        reply = await self.ask(event, **fields)
        assert reply["ok"], reply
        return reply

    async def refused(self, event: str, data: object = None, **fields: object) -> str:
        """Send an event that is to be refused; the code."""
        reply = await self.ask(event, data, **fields)
        assert not reply["ok"], reply
        assert reply["error"]["message"]
        return str(reply["error"]["code"])

    async def join(self, live_class_id: str = CLASS, **fields: object) -> Data:
        fields = {"seatKey": self.seat_key, **fields}
        self.joined = await self.must("join-session", liveClassId=live_class_id, **fields)
        self.id = self.joined["participantId"]
        return self.joined

    async def send(self, event: str, data: object) -> None:
        """Send without asking for an acknowledgement."""
        await self._socket.emit(event, data)

    async def raw(self, text: str | bytes) -> None:
        """Send a message below Socket.IO."""
        await self._socket.eio.send(text)

    async def wait(self, event: str, check: Callable[[Data], bool] = lambda _: True) -> Data:
        """The first event of that name that fits, past or to come. Raises TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            while True:
                self._changed.clear()
                for name, data in self.events:
                    if name == event and check(data):
                        return data
                await self._changed.wait()

    def all(self, event: str) -> list[Data]:
        return [data for name, data in self.events if name == event]

    def numbers(self) -> list[int]:
        """The numbers of the room's broadcasts, in the order they came."""
        numbered = [data for name, data in self.events if "seq" in data and name != "existing-users"]
        return [data["seq"] for data in numbered if "roomId" not in data]

    def clear(self) -> None:
        self.events.clear()

    @property
    def connected(self) -> bool:
        return bool(self._socket.connected)

    @property
    def sid(self) -> str:
        return str(self._socket.get_sid())

    async def vanish(self) -> None:
        """Go away as a broken connection does: without a word."""
        eio = self._socket.eio
        if eio.current_transport == "websocket":
            await eio.ws.close()
        await eio.http.close()
        await self.wait("(disconnected)")

    async def close(self) -> None:
        if self._socket.connected and self._socket.eio.current_transport == "polling":
            await self.vanish()  # whoever says goodbye waits for the answer to the last poll, which takes seconds
        if self._socket.connected:
            await self._socket.disconnect()
        await self._socket.eio.wait()
        for task in (self._socket.eio.read_loop_task, self._socket.eio.write_loop_task):
            if task is not None:
                await task
        if self._socket.eio.http is not None and not self._socket.eio.http.closed:
            await self._socket.eio.http.close()

    async def _on_event(self, event: str, data: Data | None = None) -> None:
        self.events.append((event, data or {}))
        self._changed.set()

    async def _on_disconnect(self, *_: object) -> None:
        await self._on_event("(disconnected)")


def config(data_dir: Path, database_url: str = "", **session: Any) -> Config:
    return Config(
        data_dir=str(data_dir),
        http=HttpConfig(host="127.0.0.1", port=0, web_client=str(data_dir / "web")),
        database=DatabaseConfig(url=database_url),
        auth=AuthConfig(secret=SECRET),
        session=SessionConfig(**session),
        limits=LimitsConfig(
            events_per_second=1000,
            event_burst=1000,
            messages_per_second=1000,
            message_burst=1000,
            user_per_second=10_000,
            user_burst=10_000,
            address_per_second=10_000,
            address_burst=10_000,
        ),
    )


@asynccontextmanager
async def serving(settings: Config, clock: Clock | None = None) -> AsyncIterator[Harness]:
    """A server with a planned live class (not started, unless it was before)."""
    planes: list[RecordingPlane] = []

    def plane(media: MediaConfig, on_event: Callable[[Event], None]) -> RecordingPlane:
        planes.append(RecordingPlane(media, on_event))
        return planes[0]

    clock = clock or Clock()
    if not settings.database.url:
        place_sqlite(settings.data_path)
    async with running(settings, plane, clock) as server, aiohttp.ClientSession() as http:
        harness = Harness(server, planes[0], clock, http)
        try:
            yield harness
        finally:
            await harness.close()
            # aiohttp remembers a thousand handlers, and with them the servers of hundreds of tests
            web_app._cached_build_middleware.cache_clear()
