"""Live classes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select, update

from signaling.errors import AlreadyExists, NotFound
from signaling.protocol.live_classes import LiveClass, LiveClassStatus
from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.rows import live_class

_HERE: ColumnElement[bool] = m.LiveClass.deleted_at.is_(None)


class LiveClassStore:
    """Every method is a part of the transaction it is given. A deleted live class is not there."""

    async def create(
        self, tx: Transaction, live_class_id: str, course_id: str, title: str, now: datetime, **plan: object
    ) -> LiveClass:
        """A scheduled live class in a course that exists. ``plan``: further columns. Raises `AlreadyExists`."""
        if await tx.scalar(select(m.LiveClass.id).where(m.LiveClass.id == live_class_id)):
            raise AlreadyExists(f"there is a live class {live_class_id} already")
        values = {"id": live_class_id, "course_id": course_id, "title": title, "status": "scheduled"}
        await tx.execute(insert(m.LiveClass).values(**values, **plan, created_at=now, changed_at=now))
        return await self.get(tx, live_class_id)

    async def get(self, tx: Transaction, live_class_id: str) -> LiveClass:
        """Raises `NotFound`."""
        return await self._one(tx, _select(m.LiveClass.id == live_class_id))

    async def locked(self, tx: Transaction, live_class_id: str) -> LiveClass:
        """The same; nobody else changes it until the end of this transaction. Raises `NotFound`."""
        return await self._one(tx, _select(m.LiveClass.id == live_class_id).with_for_update())

    async def _one(self, tx: Transaction, query: Select[Any]) -> LiveClass:
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            raise NotFound("there is no such live class")
        return live_class(row)

    async def set_status(
        self, tx: Transaction, live_class_id: str, status: LiveClassStatus, now: datetime, **columns: object
    ) -> LiveClass:
        """For `signaling.services.lifecycle` alone."""
        return await self.change(tx, live_class_id, now, status=status, **columns)

    async def change(self, tx: Transaction, live_class_id: str, now: datetime, **columns: object) -> LiveClass:
        """Set columns; calendars will show it anew."""
        c = m.LiveClass
        values = {**columns, "revision": c.revision + 1, "changed_at": now}
        await tx.execute(update(c).where(c.id == live_class_id).values(values))
        return await self.get(tx, live_class_id)

    async def of_courses(self, tx: Transaction, course_ids: Sequence[str]) -> list[LiveClass]:
        """Newest first."""
        query = _select(m.LiveClass.course_id.in_(course_ids)).order_by(
            m.LiveClass.created_at.desc(), m.LiveClass.id
        )
        return [live_class(row) for row in await tx.execute(query)]


def _select(*where: ColumnElement[bool]) -> Select[Any]:
    return select(m.LiveClass.__table__).where(_HERE, *where)
