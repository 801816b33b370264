"""Recurring live classes in the database: the rule of a series, and the live classes made from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.live_classes import LiveClassStatus
from signaling.store import models as m
from signaling.store.database import Transaction


class StoredSeries(msgspec.Struct, frozen=True, kw_only=True):
    """``first`` is wall clock in ``time_zone``. Live classes up to ``planned_until`` have been made; None: all."""

    id: str
    course_id: str
    rule: str
    time_zone: str
    first: datetime
    template: dict[str, Any]
    planned_until: datetime | None
    created_by: str


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A live class of a series. ``is_deleted``: it stays deleted, whatever the series does."""

    id: str
    occurs_at: datetime
    scheduled_at: datetime | None
    status: LiveClassStatus
    is_deleted: bool


class SeriesStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, series: StoredSeries, now: datetime) -> None:
        values = {
            "id": series.id,
            "course_id": series.course_id,
            "rule": series.rule,
            "time_zone": series.time_zone,
            "first": series.first.isoformat(),
            "template": msgspec.json.encode(series.template).decode(),
            "planned_until": series.planned_until,
            "created_by": series.created_by,
            "created_at": now,
        }
        await tx.execute(insert(m.Series).values(values))

    async def locked(self, tx: Transaction, series_id: str) -> StoredSeries | None:
        """Nobody else changes it before the transaction ends."""
        query = select(m.Series.__table__).where(m.Series.id == series_id).with_for_update()
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _series(row)

    async def find(self, tx: Transaction, series_id: str) -> StoredSeries | None:
        row = (await tx.execute(select(m.Series.__table__).where(m.Series.id == series_id))).one_or_none()
        return None if row is None else _series(row)

    async def change(
        self,
        tx: Transaction,
        series_id: str,
        *,
        rule: str,
        planned_until: datetime | None,
        first: datetime | None = None,
        template: dict[str, Any] | None = None,
        time_zone: str | None = None,
    ) -> None:
        values: dict[str, object] = {"rule": rule, "planned_until": planned_until}
        if first is not None:
            values["first"] = first.isoformat()
        if template is not None:
            values["template"] = msgspec.json.encode(template).decode()
        if time_zone is not None:
            values["time_zone"] = time_zone
        await tx.execute(update(m.Series).where(m.Series.id == series_id).values(values))

    async def due(self, tx: Transaction, before: datetime, limit: int) -> list[str]:
        """Series of courses in use that are not planned until then."""
        s, c = m.Series, m.Course
        query = (
            select(s.id)
            .join(c, c.id == s.course_id)
            .where(s.planned_until.is_not(None), s.planned_until < before, c.archived_at.is_(None))
            .order_by(s.planned_until, s.id)
            .limit(limit)
        )
        return list((await tx.execute(query)).scalars())

    # --- its live classes -----------------------------------------------------------------------------

    async def occurrences(self, tx: Transaction, series_id: str) -> list[Occurrence]:
        """Also deleted ones, in their order."""
        c = m.LiveClass
        query = (
            select(c.id, c.occurs_at, c.scheduled_at, c.status, c.deleted_at)
            .where(c.series_id == series_id)
            .order_by(c.occurs_at, c.id)
        )
        return [
            Occurrence(
                id=row.id,
                occurs_at=row.occurs_at,
                scheduled_at=row.scheduled_at,
                status=row.status,
                is_deleted=row.deleted_at is not None,
            )
            for row in await tx.execute(query)
        ]

    async def occurs_at(self, tx: Transaction, live_class_id: str) -> datetime | None:
        """Where a live class stands in its series."""
        found: datetime | None = await tx.scalar(
            select(m.LiveClass.occurs_at).where(m.LiveClass.id == live_class_id)
        )
        return found

    async def make(
        self, tx: Transaction, series: StoredSeries, moments: Sequence[tuple[str, datetime]], now: datetime
    ) -> list[str]:
        """Live classes with these ids at these times; the ids of those that were not there already."""
        if not moments:
            return []
        made = {
            **series.template,
            **{"course_id": series.course_id, "series_id": series.id, "status": "scheduled"},
            **{"created_by": series.created_by, "created_at": now, "changed_at": now},
        }
        rows = [{**made, "id": key, "occurs_at": at, "scheduled_at": at} for key, at in moments]
        add = sqlite.insert if tx.is_sqlite else postgresql.insert
        statement = add(m.LiveClass).values(rows).on_conflict_do_nothing().returning(m.LiveClass.id)
        added = set((await tx.execute(statement)).scalars())
        return [key for key, _ in moments if key in added]

    async def place(self, tx: Transaction, series_id: str, moments: Sequence[tuple[str, datetime | None]]) -> None:
        """Give live classes new places in a series; without a place one belongs to no series any more."""
        c = m.LiveClass
        for live_class_id, _ in moments:
            # first out of the way: places are unique, and these change among themselves
            await tx.execute(update(c).where(c.id == live_class_id).values(series_id=None, occurs_at=None))
        for live_class_id, at in moments:
            if at is not None:
                statement = update(c).where(c.id == live_class_id).values(series_id=series_id, occurs_at=at)
                await tx.execute(statement)


def _series(row: Row[Any]) -> StoredSeries:
    return StoredSeries(
        id=row.id,
        course_id=row.course_id,
        rule=row.rule,
        time_zone=row.time_zone,
        first=datetime.fromisoformat(row.first),
        template=msgspec.json.decode(row.template, type=dict[str, Any]),
        planned_until=row.planned_until,
        created_by=row.created_by,
    )
