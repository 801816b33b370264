"""Carries out notices, one after the other, in the order they were made.

A notice is queued while its room is locked and carried out later, after the answer to whoever caused it was sent.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec

from signaling.rooms.events import (
    Broadcast,
    CourseBroadcast,
    Enter,
    Exit,
    Notice,
    RoomClosed,
    Tell,
    event_name,
)

log = logging.getLogger(__name__)


def session_room(session_id: str) -> str:
    return f"session:{session_id}"


def course_room(course_id: str) -> str:
    return f"course:{course_id}"


def user_room(user_id: str) -> str:
    return f"user:{user_id}"


class Outbox:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[Notice] = asyncio.Queue()

    def put(self, notice: Notice) -> None:
        self._queue.put_nowait(notice)

    async def run(self, sio: Any) -> None:
        """Carry out notices on a socketio.AsyncServer until cancelled."""
        while True:
            notice = await self._queue.get()
            try:
                await _carry_out(sio, notice)
            except Exception:
                log.exception("a %s was not carried out", type(notice).__name__)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Wait until everything that was put has been carried out."""
        await self._queue.join()


async def _carry_out(sio: Any, notice: Notice) -> None:
    match notice:
        case Broadcast(session_id=session_id, body=body):
            await _emit(sio, body, session_room(session_id))
        case CourseBroadcast(course_id=course_id, body=body):
            await _emit(sio, body, course_room(course_id))
        case Tell(connection=connection, body=body):
            await _emit(sio, body, connection)
        case Enter(session_id=session_id, connection=connection):
            if sio.manager.is_connected(connection, "/"):
                await sio.enter_room(connection, session_room(session_id))
        case Exit(session_id=session_id, connection=connection, drop=drop):
            if sio.manager.is_connected(connection, "/"):
                await sio.leave_room(connection, session_room(session_id))
                if drop:
                    await sio.disconnect(connection)
        case RoomClosed(session_id=session_id):
            await sio.close_room(session_room(session_id))


async def _emit(sio: Any, body: msgspec.Struct, to: str) -> None:
    await sio.emit(event_name(body), body, to=to)
