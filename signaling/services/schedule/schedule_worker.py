"""Does what is due: reminds people of live classes, and starts those that start by themselves.

Several servers may do so on one database. A job is claimed first; a server that dies after that loses it to
another when the claim runs out. What a job does is noted in the same transaction, or may be done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from signaling.errors import AlreadyLive, NotFound, Refusal, Unavailable, WrongStatus
from signaling.protocol.live_classes import LiveClass
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.webhooks import Webhooks
from signaling.services.schedule.rules import Decision, decide, time_left
from signaling.store.audience import AudienceStore
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.schedule import ClaimedJob, ScheduleStore

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""Longer than a start takes by far; a class whose server died in the middle of it begins so much later."""
BATCH = 20
RETRY_FIRST, RETRY_MOST = timedelta(seconds=2), timedelta(seconds=60)
KEPT = timedelta(days=90)


class ScheduleWorker:
    def __init__(
        self,
        *,
        database: Database,
        store: ScheduleStore,
        live_classes: LiveClassStore,
        audience: AudienceStore,
        notifications: Notifications,
        webhooks: Webhooks,
        start: Callable[[str], Awaitable[object]],
        reminder_minutes: Sequence[int],
        node: str,
        now: Callable[[], datetime],
    ) -> None:
        """``start`` starts a live class by its id, and raises `AlreadyLive` when it runs. ``node`` names this run
        of this server."""
        self._db = database
        self._store = store
        self._live_classes = live_classes
        self._audience = audience
        self._notifications = notifications
        self._webhooks = webhooks
        self._start = start
        self._reminder_minutes = tuple(reminder_minutes)
        self._node = node
        self._now = now

    async def tick(self) -> None:
        """Do everything that is due."""
        while True:
            now = self._now()
            async with self._db.transaction() as tx:
                claimed = await self._store.claim(tx, self._node, now, now + LEASE, BATCH)
            for job in claimed:
                await self._attempt(job)
            if len(claimed) < BATCH:
                return

    async def _attempt(self, job: ClaimedJob) -> None:
        try:
            await self._work(job)
        except Exception as error:
            if isinstance(error, Refusal):
                log.warning("the %s of live class %s has to wait: %s", job.kind, job.live_class_id, error)
            else:
                log.exception("the %s of live class %s failed", job.kind, job.live_class_id)
            await self._again(job, str(error))

    async def _again(self, job: ClaimedJob, detail: str) -> None:
        """Try again soon, and in any case when the claim runs out."""
        delay = min(RETRY_FIRST * 2 ** min(job.attempts - 1, 10), RETRY_MOST)
        try:
            async with self._db.transaction() as tx:
                await self._store.retry(tx, job, self._now() + delay, detail)
        except Unavailable:
            pass

    async def _work(self, job: ClaimedJob) -> None:
        async with self._db.transaction() as tx:
            if not await self._store.still_claimed(tx, job):
                return
            live_class = await self._find(tx, job.live_class_id)
            decision = self._decide(job, live_class)
            if decision.act != "do":
                await self._close(tx, job, live_class, decision)
                return
            if job.kind == "reminder":
                assert live_class is not None
                await self._remind(tx, live_class, job)
                await self._store.finish(tx, job, "done", "", self._now())
                return
        # a transaction of its own, so that the room is opened after it; done twice, it is refused
        try:
            await self._start(job.live_class_id)
            log.info("live class %s was started by the schedule", job.live_class_id)
        except (AlreadyLive, NotFound, WrongStatus) as error:
            log.info("live class %s needs no start any more: %s", job.live_class_id, error)
        async with self._db.transaction() as tx:
            live_class = await self._find(tx, job.live_class_id)
            decision = self._decide(job, live_class)
            if decision.act == "do":
                raise Unavailable("the live class did not start")
            await self._store.finish(tx, job, decision.act, "", self._now())

    def _decide(self, job: ClaimedJob, live_class: LiveClass | None) -> Decision:
        return decide(job.kind, job.due_at, job.starts_at, live_class, self._reminder_minutes, self._now())

    async def _find(self, tx: Transaction, live_class_id: str) -> LiveClass | None:
        try:
            return await self._live_classes.get(tx, live_class_id)
        except NotFound:
            return None

    async def _close(
        self, tx: Transaction, job: ClaimedJob, live_class: LiveClass | None, decision: Decision
    ) -> None:
        assert decision.act != "do"
        await self._store.finish(tx, job, decision.act, decision.detail, self._now())
        if decision.act == "missed":
            log.warning("the %s of live class %s was missed: %s", job.kind, job.live_class_id, decision.detail)
            if job.kind == "auto-start" and live_class is not None:
                await self._tell_missed(tx, live_class, job)

    async def _remind(self, tx: Transaction, live_class: LiveClass, job: ClaimedJob) -> None:
        left = time_left(job.starts_at, self._now())
        await self._notifications.notify(
            tx,
            user_ids=await self._audience.of_class(tx, live_class.course_id, live_class.section_id),
            kind="live-class-starting-soon",
            title=live_class.title,
            text=f"Starts in {left}.",
            course_id=live_class.course_id,
            live_class_id=live_class.id,
            dedupe_key=f"reminder:{live_class.id}:{job.due_at.isoformat()}:{job.starts_at.isoformat()}",
        )

    async def _tell_missed(self, tx: Transaction, live_class: LiveClass, job: ClaimedJob) -> None:
        await self._notifications.notify(
            tx,
            user_ids=await self._audience.tutors(tx, live_class.course_id),
            kind="live-class-missed",
            title=live_class.title,
            text="It was to start by itself, but the server did not run then. Plan it anew, or start it by hand.",
            course_id=live_class.course_id,
            live_class_id=live_class.id,
            dedupe_key=f"missed:{live_class.id}:{job.starts_at.isoformat()}",
        )
        await self._webhooks.enqueue(tx, "live-class-missed", live_class.course_id, {"liveClass": live_class})

    async def purge(self) -> None:
        """Delete what was finished long ago."""
        async with self._db.transaction() as tx:
            await self._store.purge(tx, self._now() - KEPT)
