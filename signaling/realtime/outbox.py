"""Carries out notices, one after the other, in the order they were made.

A notice is queued while its room is locked and carried out later, after the answer to whoever caused it was sent.
Announcements come from the database, in the order of its commits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from signaling.announcements import Announcement, session_topic
from signaling.protocol.events import event_name
from signaling.rooms.events import (
    Broadcast,
    Enter,
    Exit,
    Notice,
    RoomClosed,
    Tell,
)

log = logging.getLogger(__name__)


class Outbox:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[Notice | Announcement] = asyncio.Queue()

    def put(self, notice: Notice | Announcement) -> None:
        self._queue.put_nowait(notice)

    async def before_commit(self, tx: object, announcements: Sequence[Announcement]) -> None:
        """One server needs no record of what it tells."""

    def after_commit(self, announcements: Sequence[Announcement]) -> None:
        for announcement in announcements:
            self.put(announcement)

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


async def _carry_out(sio: Any, notice: Notice | Announcement) -> None:
    match notice:
        case Broadcast(session_id=session_id, body=body):
            await _emit(sio, body, session_topic(session_id))
        case Announcement(topic=topic, event=event, data=data):
            await sio.emit(event, data, to=topic)
        case Tell(connection=connection, body=body):
            await _emit(sio, body, connection)
        case Enter(session_id=session_id, connection=connection):
            if sio.manager.is_connected(connection, "/"):
                await sio.enter_room(connection, session_topic(session_id))
        case Exit(session_id=session_id, connection=connection, drop=drop):
            if sio.manager.is_connected(connection, "/"):
                await sio.leave_room(connection, session_topic(session_id))
                if drop:
                    await sio.disconnect(connection)
        case RoomClosed(session_id=session_id):
            await sio.close_room(session_topic(session_id))


async def _emit(sio: Any, body: msgspec.Struct, to: str) -> None:
    await sio.emit(event_name(body), body, to=to)
