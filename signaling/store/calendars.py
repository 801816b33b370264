"""What calendars show, and whose address is whose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, literal, or_, select

from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.live_classes import Entry, Seen, is_here, visible
from signaling.store.rows import live_class


class CalendarStore:
    """Every method is a part of the transaction it is given."""

    async def entries(
        self,
        tx: Transaction,
        *,
        only: str | None = None,
        seen: Sequence[Seen] = (),
        since: datetime | None = None,
        limit: int = 1,
    ) -> list[Entry]:
        """One live class, or all that are seen and not older than ``since``, in the order of their times."""
        if only is None and not seen:
            return []
        c = m.LiveClass
        at = func.coalesce(c.scheduled_at, c.started_at)
        nobody = literal(0).label("participant_count")
        query = (
            select(c.__table__, nobody, m.Course.title.label("course_title"), m.Series.time_zone)
            .join(m.Course, m.Course.id == c.course_id)
            .outerjoin(m.Series, m.Series.id == c.series_id)
            .where(is_here(), at.is_not(None))
            .order_by(at, c.id)
            .limit(limit)
        )
        query = query.where(c.id == only) if only is not None else query.where(or_(*map(visible, seen)))
        if since is not None:
            query = query.where(at >= since)
        return [
            Entry(
                live_class=live_class(row),
                course_title=row.course_title,
                time_zone=row.time_zone,
                revision=row.revision,
                created_at=row.created_at,
                changed_at=row.changed_at or row.created_at,
            )
            for row in await tx.execute(query)
        ]

    async def created_at(self, tx: Transaction, user_id: str) -> datetime | None:
        f = m.CalendarFeed
        found: datetime | None = await tx.scalar(select(f.created_at).where(f.user_id == user_id))
        return found

    async def owner(self, tx: Transaction, token_hash: str) -> str | None:
        f = m.CalendarFeed
        found: str | None = await tx.scalar(select(f.user_id).where(f.token_hash == token_hash))
        return found

    async def put(self, tx: Transaction, user_id: str, token_hash: str, now: datetime) -> None:
        await self.drop(tx, user_id)
        values = {"user_id": user_id, "token_hash": token_hash, "created_at": now}
        await tx.execute(insert(m.CalendarFeed).values(values))

    async def drop(self, tx: Transaction, user_id: str) -> None:
        await tx.execute(delete(m.CalendarFeed).where(m.CalendarFeed.user_id == user_id))
