"""Has notices carried out, one after the other, in the order they were made.

A notice is queued while its room is locked and carried out later, after the answer to whoever caused it was sent.
Announcements come from the database, in the order of its commits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from signaling.announcements import Announcement, Follow, Unfollow
from signaling.rooms.events import Notice

log = logging.getLogger(__name__)

Task = Notice | Announcement | Follow | Unfollow


class Outbox:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[Task] = asyncio.Queue()
        self._committing: dict[int, Sequence[Announcement] | None] = {}
        """Announcements of transactions in the order in which they may be told; None while one commits."""

    def put(self, notice: Task) -> None:
        self._queue.put_nowait(notice)

    async def before_commit(self, tx: object, announcements: Sequence[Announcement]) -> None:
        """Whoever is here holds the locks of what it changed: another transaction that changes the same comes here
        only after its commit. That order is kept, though which of two commits is heard of first is chance."""
        self._committing[id(announcements)] = None

    def after_commit(self, announcements: Sequence[Announcement]) -> None:
        self._committing[id(announcements)] = announcements
        self._tell_in_order()

    def given_up(self, announcements: Sequence[Announcement]) -> None:
        if id(announcements) in self._committing:
            self._committing[id(announcements)] = ()
            self._tell_in_order()

    def _tell_in_order(self) -> None:
        for key, announcements in list(self._committing.items()):
            if announcements is None:
                return
            del self._committing[key]
            for announcement in announcements:
                self.put(announcement)

    async def run(self, carry_out: Callable[[Task], Awaitable[None]]) -> None:
        """Carry out notices until cancelled."""
        while True:
            notice = await self._queue.get()
            try:
                await carry_out(notice)
            except Exception:
                log.exception("a %s was not carried out", type(notice).__name__)
