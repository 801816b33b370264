"""Courses in the database, and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import insert, select, update

from signaling.protocol.base import Role
from signaling.store import models as m
from signaling.store.database import Transaction


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in a course now."""

    user_id: str
    role: Role
    section_id: str | None


class EnrolmentRow(msgspec.Struct, frozen=True, kw_only=True):
    course_id: str
    role: Role
    is_removed: bool
    section_id: str | None = None


class CourseStore:
    """Every method is a part of the transaction it is given."""

    async def exists(self, tx: Transaction, course_id: str) -> bool:
        return await tx.scalar(select(m.Course.id).where(m.Course.id == course_id)) is not None

    async def add(self, tx: Transaction, course_id: str, title: str, now: datetime) -> None:
        await tx.execute(insert(m.Course).values(id=course_id, title=title, created_at=now))

    async def enrolment(self, tx: Transaction, course_id: str, user_id: str) -> EnrolmentRow | None:
        e = m.Enrolment
        query = select(e.role, e.section_id, e.removed_at).where(e.course_id == course_id, e.user_id == user_id)
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            return None
        return EnrolmentRow(
            course_id=course_id,
            role=cast(Role, row.role),
            is_removed=row.removed_at is not None,
            section_id=row.section_id,
        )

    async def members(self, tx: Transaction, course_id: str) -> list[Member]:
        """Who is in a course now."""
        e = m.Enrolment
        query = select(e.user_id, e.role, e.section_id).where(e.course_id == course_id, e.removed_at.is_(None))
        return [
            Member(user_id=row.user_id, role=cast(Role, row.role), section_id=row.section_id)
            for row in await tx.execute(query.order_by(e.enrolled_at, e.user_id))
        ]

    async def enrol(self, tx: Transaction, course_id: str, user_id: str, role: Role, now: datetime) -> None:
        values = {"course_id": course_id, "user_id": user_id, "role": role, "enrolled_at": now}
        await tx.execute(insert(m.Enrolment).values(values))

    async def set_role(self, tx: Transaction, course_id: str, user_id: str, role: Role) -> None:
        e = m.Enrolment
        await tx.execute(update(e).where(e.course_id == course_id, e.user_id == user_id).values(role=role))

    async def of_user(self, tx: Transaction, user_id: str) -> list[EnrolmentRow]:
        """The courses somebody is in now."""
        e = m.Enrolment
        query = (
            select(e.course_id, e.role, e.section_id)
            .where(e.user_id == user_id, e.removed_at.is_(None))
            .order_by(e.enrolled_at, e.course_id)
        )
        return [
            EnrolmentRow(
                course_id=row.course_id, role=cast(Role, row.role), is_removed=False, section_id=row.section_id
            )
            for row in await tx.execute(query)
        ]
