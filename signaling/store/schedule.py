"""Scheduled jobs in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.schedule import ScheduledJob, ScheduledJobKind, ScheduledJobState
from signaling.store import models as m
from signaling.store.database import Transaction

_OPEN = text("scheduled_job.state IN ('pending', 'claimed')")
"""As the index says it: a planner has to see that it fits."""


class ClaimedJob(msgspec.Struct, frozen=True, kw_only=True):
    """``attempts`` counts this one: it names the claim."""

    id: int
    kind: ScheduledJobKind
    live_class_id: str
    due_at: datetime
    starts_at: datetime
    attempts: int


class ScheduleStore:
    """Every method is a part of the transaction it is given."""

    async def add(
        self, tx: Transaction, kind: ScheduledJobKind, live_class_id: str, due_at: datetime, starts_at: datetime
    ) -> None:
        """A job. One that was dropped, as when a class is moved away and back, is taken up again; any other that
        is there stays as it is."""
        j = m.ScheduledJob
        fresh = {"starts_at": starts_at, "state": "pending", "attempts": 0, "detail": ""}
        values = {"kind": kind, "live_class_id": live_class_id, "due_at": due_at, **fresh}
        statement: Any = (sqlite.insert(j) if tx.is_sqlite else postgresql.insert(j)).values(values)
        again = {**fresh, "claimed_by": None, "claimed_until": None, "finished_at": None}
        # the same moment with another start: the class was moved by the distance of two reminders
        outdated = or_(j.state == "dropped", and_(j.state == "pending", j.starts_at != starts_at))
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "live_class_id", "due_at"], set_=again, where=outdated
            )
        )

    async def drop_others(
        self,
        tx: Transaction,
        live_class_id: str,
        keep: Collection[tuple[ScheduledJobKind, datetime]],
        *,
        keep_claimed_starts: bool,
        detail: str,
        now: datetime,
    ) -> None:
        """Nothing is to be done any more but what is kept."""
        j = m.ScheduledJob
        statement = update(j).where(j.live_class_id == live_class_id, j.state.in_(("pending", "claimed")))
        for kind, due_at in keep:
            statement = statement.where(or_(j.kind != kind, j.due_at != due_at))
        if keep_claimed_starts:
            statement = statement.where(or_(j.kind != "auto-start", j.state != "claimed"))
        await tx.execute(statement.values(state="dropped", detail=detail, finished_at=now))

    async def claim(
        self, tx: Transaction, node: str, now: datetime, until: datetime, limit: int
    ) -> list[ClaimedJob]:
        """Take what is due and nobody works on. Nobody else gets it before ``until``."""
        j = m.ScheduledJob
        free = or_(j.state == "pending", and_(j.state == "claimed", j.claimed_until <= now))
        due = (
            select(j.id)
            .where(_OPEN, j.due_at <= now, free)
            .order_by(j.due_at, j.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list((await tx.execute(due)).scalars())
        if not ids:
            return []
        values = {"state": "claimed", "claimed_by": node, "claimed_until": until, "attempts": j.attempts + 1}
        rows = await tx.execute(update(j).where(j.id.in_(ids)).values(values).returning(j.__table__))
        return sorted((_claimed(row) for row in rows), key=lambda job: (job.due_at, job.id))

    async def still_claimed(self, tx: Transaction, job: ClaimedJob) -> bool:
        """Whether it is still this claim's, and locked from now on: not dropped, and not taken by another."""
        j = m.ScheduledJob
        query = select(j.id).where(j.id == job.id, j.state == "claimed", j.attempts == job.attempts)
        return await tx.scalar(query.with_for_update()) is not None

    async def finish(
        self, tx: Transaction, job: ClaimedJob, state: ScheduledJobState, detail: str, now: datetime
    ) -> bool:
        """False when the claim was lost."""
        return await self._settle(tx, job, {"state": state, "detail": detail[:500], "finished_at": now})

    async def retry(self, tx: Transaction, job: ClaimedJob, at: datetime, detail: str) -> bool:
        """Not before then. False when the claim was lost."""
        return await self._settle(tx, job, {"claimed_until": at, "detail": detail[:500]})

    async def _settle(self, tx: Transaction, job: ClaimedJob, values: dict[str, object]) -> bool:
        j = m.ScheduledJob
        mine = update(j).where(j.id == job.id, j.state == "claimed", j.attempts == job.attempts)
        return (await tx.execute(mine.values(values))).rowcount == 1

    async def of_class(self, tx: Transaction, live_class_id: str) -> list[ScheduledJob]:
        j = m.ScheduledJob
        query = select(j.__table__).where(j.live_class_id == live_class_id).order_by(j.due_at, j.id)
        return [_job(row) for row in await tx.execute(query)]

    async def purge(self, tx: Transaction, before: datetime) -> None:
        """Delete what was finished before."""
        j = m.ScheduledJob
        await tx.execute(delete(j).where(j.finished_at < before))


def _claimed(row: Row[Any]) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        kind=row.kind,
        live_class_id=row.live_class_id,
        due_at=row.due_at,
        starts_at=row.starts_at,
        attempts=row.attempts,
    )


def _job(row: Row[Any]) -> ScheduledJob:
    return ScheduledJob(
        kind=row.kind,
        due_at=row.due_at,
        starts_at=row.starts_at,
        state=row.state,
        attempts=row.attempts,
        finished_at=row.finished_at,
        detail=row.detail,
    )
