"""What runs now: sessions with their classes and courses."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from signaling.store import models as m
from signaling.store.database import Transaction


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """``participants`` and ``tutors`` whose connection was not lost."""

    session_id: str
    live_class_id: str
    title: str
    course_id: str
    course_title: str
    started_at: datetime
    node_id: str | None
    participants: int
    tutors: int


class RunningStore:
    """Every method is a part of the transaction it is given."""

    async def sessions(self, tx: Transaction, limit: int) -> list[Running]:
        """The longest running first."""
        s, c, course, a = m.Session, m.LiveClass, m.Course, m.Attendance
        there = (
            select(func.count())
            .where(a.session_id == s.id, a.left_at.is_(None), a.away_since.is_(None))
            .correlate(s)
        )
        query = (
            select(
                s.id.label("session_id"),
                c.id.label("live_class_id"),
                c.title,
                c.course_id,
                course.title.label("course_title"),
                s.started_at,
                s.node_id,
                there.scalar_subquery().label("participants"),
                there.where(a.role == "tutor").scalar_subquery().label("tutors"),
            )
            .join(c, c.id == s.live_class_id)
            .join(course, course.id == c.course_id)
            .where(s.ended_at.is_(None))
            .order_by(s.started_at, s.id)
            .limit(limit)
        )
        return [Running(**row._mapping) for row in await tx.execute(query)]

    async def count(self, tx: Transaction) -> int:
        s = m.Session
        return int(await tx.scalar(select(func.count()).select_from(s).where(s.ended_at.is_(None))))
