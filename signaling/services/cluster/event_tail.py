"""How servers of a cluster hear what any of them announces: through a log in the database.

An announcement is written in the transaction that makes it true. Every server reads the log in its order and hands
on what is new, also what it wrote itself; so all tell the same, once, in one order. A bell wakes the readers; when
it does not ring they look by themselves every second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from signaling.announcements import Announcement
from signaling.errors import Unavailable
from signaling.store.database import Database, Transaction
from signaling.store.event_log import EventLogStore

log = logging.getLogger(__name__)

POLL_S = 1.0
AT_ONCE = 500


class EventLogWriter:
    """The announcer of a server in a cluster (`signaling.store.database.Announcer`)."""

    def __init__(self, store: EventLogStore, node_id: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._node_id = node_id
        self._now = now
        self.on_written: Callable[[], None] = _nobody_listens

    async def before_commit(self, tx: Transaction, announcements: Sequence[Announcement]) -> None:
        await self._store.append(tx, announcements, self._node_id, self._now())

    def after_commit(self, announcements: Sequence[Announcement]) -> None:
        self.on_written()

    def given_up(self, announcements: Sequence[Announcement]) -> None:
        """What was appended is not in the log then."""


def _nobody_listens() -> None:
    """Before the server serves."""


class EventTail:
    def __init__(
        self,
        *,
        database: Database,
        store: EventLogStore,
        deliver: Callable[[Announcement], None],
        keep: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """``deliver`` queues an announcement and never blocks; ``keep``: so long an event stays in the log."""
        self._db = database
        self._store = store
        self._deliver = deliver
        self._keep = keep
        self._now = now
        self._bell = asyncio.Event()
        self._last_id = 0

    async def begin(self) -> None:
        """From here on every event is heard. To be called before anybody can connect."""
        async with self._db.transaction() as tx:
            self._last_id = await self._store.last_id(tx)

    def ring(self) -> None:
        """There is something new in the log."""
        self._bell.set()

    async def run(self) -> None:
        """Read on until cancelled."""
        while True:
            try:
                while await self._read() == AT_ONCE:
                    pass
            except Unavailable:
                log.warning("the event log cannot be read now; nothing is lost")
                await asyncio.sleep(POLL_S)
            try:
                await asyncio.wait_for(self._bell.wait(), POLL_S)
            except TimeoutError:
                continue

    async def _read(self) -> int:
        self._bell.clear()
        async with self._db.transaction() as tx:
            found = await self._store.after(tx, self._last_id, AT_ONCE)
        for event_id, announcement in found:
            self._deliver(announcement)
            self._last_id = event_id
        return len(found)

    async def trim(self) -> None:
        """Forget what every server has read long ago."""
        async with self._db.transaction() as tx:
            await self._store.trim(tx, self._now() - self._keep)
