"""python-socketio's server with its tasks owned: it starts one per connection for the pings and forgets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import engineio  # type: ignore[import-untyped]
import socketio
from engineio.async_drivers.aiohttp import WebSocket as AiohttpWebSocket  # type: ignore[import-untyped]

FROM_CLIENTS = frozenset("12345")
"""Types of Engine.IO packets that a client may send: close, ping, pong, message, upgrade."""


class WebSocket(AiohttpWebSocket):  # type: ignore[misc]
    """A WebSocket that ends with what is no Engine.IO packet; the library would raise past its own clean-up."""

    async def wait(self) -> str:
        data = await super().wait()
        if not isinstance(data, str) or data[:1] not in FROM_CLIENTS:
            raise OSError("not an Engine.IO packet")
        return data


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    _async: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._async = {**self._async, "websocket": WebSocket}
        self._tasks: set[asyncio.Task[Any]] = set()

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(target(*args, **kwargs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def cancel_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        # the library loses track of a connection that says hello twice
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is None:
            await super()._handle_connect(eio_sid, namespace, data)

    async def close(self, within: float) -> None:
        """Close every connection, giving slow ones ``within`` seconds, and end every task."""
        closing = [asyncio.create_task(self.eio.disconnect(eio_sid)) for eio_sid in list(self.eio.sockets)]
        if closing:
            _, slow = await asyncio.wait(closing, timeout=within)
            for task in slow:
                task.cancel()
            await asyncio.gather(*closing, return_exceptions=True)
        await self.shutdown()
        await self.eio.cancel_tasks()
