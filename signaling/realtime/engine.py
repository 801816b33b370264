"""python-socketio's server with its tasks owned: it starts one per connection for the pings and forgets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import engineio  # type: ignore[import-untyped]
import socketio


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
