"""Live classes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from signaling.errors import AlreadyExists, NotFound
from signaling.protocol.live_classes import LiveClass
from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.rows import live_class


class LiveClassStore:
    """Every method is a part of the transaction it is given."""

    async def create(
        self, tx: Transaction, live_class_id: str, course_id: str, title: str, now: datetime
    ) -> LiveClass:
        """A scheduled live class in a course that exists. Raises `AlreadyExists`."""
        if await tx.scalar(select(m.LiveClass.id).where(m.LiveClass.id == live_class_id)):
            raise AlreadyExists(f"there is a live class {live_class_id} already")
        values = {"id": live_class_id, "course_id": course_id, "title": title, "status": "scheduled"}
        await tx.execute(insert(m.LiveClass).values(**values, created_at=now))
        return await self.get(tx, live_class_id)

    async def get(self, tx: Transaction, live_class_id: str) -> LiveClass:
        """Raises `NotFound`."""
        query = select(m.LiveClass.__table__).where(m.LiveClass.id == live_class_id)
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            raise NotFound("there is no such live class")
        return live_class(row)

    async def of_courses(self, tx: Transaction, course_ids: Sequence[str]) -> list[LiveClass]:
        """Newest first."""
        query = (
            select(m.LiveClass.__table__)
            .where(m.LiveClass.course_id.in_(course_ids))
            .order_by(m.LiveClass.created_at.desc(), m.LiveClass.id)
        )
        return [live_class(row) for row in await tx.execute(query)]
