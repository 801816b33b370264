"""python-socketio's server with its tasks owned (it starts one per connection for the pings and forgets it), and
with our `Output` for its queues. `tests/integration/signaling/test_fanout_sockets.py` fails when the library
changes under us.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Callable
from typing import Any

import engineio  # type: ignore[import-untyped]
import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket as AiohttpWebSocket  # type: ignore[import-untyped]

from signaling.realtime.output import Output, text_frame

log = logging.getLogger(__name__)

FROM_CLIENTS = frozenset("12345")
"""Types of Engine.IO packets that a client may send: close, ping, pong, message, upgrade."""
BUFFER_BYTES = 1_048_576
LONG = frozenset({"connect-media", "restart-ice"})
"""Events whose handlers may take seconds: nothing is kept back for their answers."""
LINGER_S = 5.0
"""How long a connection that was too slow may take to read why it ends."""


class WebSocket(AiohttpWebSocket):  # type: ignore[misc]
    """A WebSocket that ends with what is no Engine.IO packet (the library would raise past its own clean-up), and
    that hands its transport to the `Output` of its connection. What comes may be compressed; what goes is so by
    `Output` alone."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=True)
        await self._sock.prepare(request)
        self.environ = environ
        connection = self.handler.__self__
        if request.transport is not None:
            # a client that wants a smaller window than that of all gets plain frames
            packs = self._sock.compress == zlib.MAX_WBITS
            connection.queue.opened(request.transport, lambda: connection.upgraded, packs=packs)
        await self.handler(self)
        return self._sock

    async def send(self, message: str | bytes) -> None:
        """What the library sends by itself: its pings, and the first words."""
        transport = self.environ["aiohttp.request"].transport
        if isinstance(message, bytes) or transport is None or transport.is_closing():
            raise OSError("the connection is gone")
        # past aiohttp, whose compression would count on all frames being its own
        transport.write(text_frame(message.encode()))

    async def wait(self) -> str:
        data = await super().wait()
        if not isinstance(data, str) or data[:1] not in FROM_CLIENTS:
            raise OSError("not an Engine.IO packet")
        return data


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    _async: dict[str, Any]

    def __init__(self, *args: Any, buffer_bytes: int = BUFFER_BYTES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._buffer_bytes = buffer_bytes
        self.too_slow = 0
        """How many connections were cut off because they did not read."""
        self._async = {**self._async, "websocket": WebSocket}
        self._tasks: set[asyncio.Task[Any]] = set()

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(target(*args, **kwargs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def create_queue(self, *_: Any, **__: Any) -> Output:
        return Output(self._buffer_bytes, self._cut_off)

    def _cut_off(self, output: Output) -> None:
        self.too_slow += 1
        self.start_background_task(self._end_slow, output)

    async def _end_slow(self, output: Output) -> None:
        for connection in list(self.sockets.values()):
            if connection.queue is output:
                log.warning("a connection is cut off: %d bytes waited for it", self._buffer_bytes)
                output.close()
                await connection.close(wait=False, abort=True, reason="too slow")
                await asyncio.sleep(LINGER_S)
                output.abort()

    async def cancel_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    def __init__(self, *, hello_within: float, **options: Any) -> None:
        """A connection that is not let in within so many seconds is closed; ``options`` are the library's."""
        super().__init__(**options)
        self._hello_within = hello_within

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        self.start_background_task(self._expect_hello, eio_sid)

    async def _expect_hello(self, eio_sid: str) -> None:
        await asyncio.sleep(self._hello_within)
        if self.manager.sid_from_eio_sid(eio_sid, "/") is None:
            await self._end(eio_sid)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        # the library loses track of a connection that says hello twice
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is None:
            await super()._handle_connect(eio_sid, namespace, data)
            connection = self.eio.sockets.get(eio_sid)
            if connection is None or connection.closed:
                # it ended while it was being let in, which the library does not notice
                await self._handle_disconnect(eio_sid, namespace)

    async def _handle_event_internal(
        self, server: Any, sid: str, eio_sid: str, data: Any, namespace: str, id: int | None
    ) -> None:
        """The answer to an event goes out before what it causes, however long its handler goes on after that."""
        output = self.output(sid)
        if output is None or data[0] in LONG:
            await super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)
            return
        output.hold()
        try:
            await super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)
        finally:
            output.release()

    def output(self, sid: str) -> Output | None:
        """What a client's connection sends with; None when it is gone."""
        connection = self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, "/"))
        return connection.queue if connection is not None else None

    async def _end(self, eio_sid: str) -> None:
        if (connection := self.eio.sockets.get(eio_sid)) is not None:
            await connection.close(wait=False)
            # the library leaves the WebSocket open; this is its sign for the writer to close it
            await connection.queue.put(None)

    async def cut(self, sid: str) -> None:
        """Close a client's connection, with everything below it."""
        if self.manager.is_connected(sid, "/"):
            eio_sid = self.manager.eio_sid_from_sid(sid, "/")
            await self.disconnect(sid)
            await self._end(eio_sid)

    async def close(self) -> None:
        """Close every connection, and end every task."""
        for eio_sid in list(self.eio.sockets):
            await self._end(eio_sid)
        await self.shutdown()
        await self.eio.cancel_tasks()
