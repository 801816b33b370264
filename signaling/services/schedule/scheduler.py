"""Plans what is to be done at a time: the reminders of a live class, and its start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from signaling.identity import Identity
from signaling.protocol.live_classes import LiveClass
from signaling.protocol.schedule import ScheduledJobList
from signaling.services.access import Access
from signaling.services.schedule.rules import wanted
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.schedule import ScheduleStore

_DROPPED = {
    "scheduled": "the live class was changed",
    "live": "the live class has started",
    "ended": "the live class has ended",
    "cancelled": "the live class was cancelled",
}


class Scheduler:
    def __init__(
        self,
        *,
        database: Database,
        store: ScheduleStore,
        live_classes: LiveClassStore,
        access: Access,
        reminder_minutes: Sequence[int],
        now: Callable[[], datetime],
    ) -> None:
        """``reminder_minutes``: how long before a class people are reminded."""
        self._db = database
        self._store = store
        self._live_classes = live_classes
        self._access = access
        self._reminder_minutes = tuple(reminder_minutes)
        self._now = now

    async def plan(self, tx: Transaction, live_class: LiveClass) -> None:
        """Make the jobs fit the live class as it is now; to be called with every change of it."""
        now = self._now()
        jobs = wanted(live_class, self._reminder_minutes, now)
        await self._store.drop_others(
            tx,
            live_class.id,
            [(job.kind, job.due_at) for job in jobs],
            # the job that has just started the class ends by itself
            keep_claimed_starts=live_class.status == "live",
            detail=_DROPPED[live_class.status],
            now=now,
        )
        for job in jobs:
            await self._store.add(tx, job.kind, live_class.id, job.due_at, job.starts_at)

    async def forget(self, tx: Transaction, live_class_id: str) -> None:
        """The live class is deleted."""
        await self._store.drop_others(
            tx,
            live_class_id,
            (),
            keep_claimed_starts=False,
            detail="the live class was deleted",
            now=self._now(),
        )

    async def jobs(self, who: Identity, live_class_id: str) -> ScheduledJobList:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            await self._access.require(tx, who, live_class.course_id, "plan-class")
            return ScheduledJobList(items=await self._store.of_class(tx, live_class_id))
