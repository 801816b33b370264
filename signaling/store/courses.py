"""Courses in the database, their sections, and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update

from signaling.errors import AlreadyExists, NotFound
from signaling.protocol.base import Role
from signaling.protocol.courses import Course, Section
from signaling.store import models as m
from signaling.store.database import Transaction


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in a course now."""

    user_id: str
    role: Role
    section_id: str | None


class EnrolmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is or was in a course. ``is_blocked``: removed, and not to come back by an invite."""

    course_id: str
    role: Role
    is_removed: bool
    section_id: str | None = None
    is_blocked: bool = False


class CourseStore:
    """Every method is a part of the transaction it is given."""

    async def exists(self, tx: Transaction, course_id: str) -> bool:
        return await tx.scalar(select(m.Course.id).where(m.Course.id == course_id)) is not None

    async def add(
        self,
        tx: Transaction,
        course_id: str,
        title: str,
        now: datetime,
        *,
        description: str = "",
        created_by: str | None = None,
    ) -> None:
        """Raises `Duplicate` when the id is taken."""
        values = {"id": course_id, "title": title, "created_at": now}
        await tx.execute(insert(m.Course).values(**values, description=description, created_by=created_by))

    async def get(self, tx: Transaction, course_id: str, user_id: str) -> Course:
        """As this user sees it. Raises `NotFound`."""
        row = (await tx.execute(_courses(user_id).where(m.Course.id == course_id))).one_or_none()
        if row is None:
            raise NotFound("there is no such course")
        return _course(row)

    async def page(
        self,
        tx: Transaction,
        user_id: str,
        *,
        everyone: bool,
        only: str | None,
        archived: bool | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Course]:
        """Newest first: those the user is in, or with ``everyone`` all. ``only``: that course alone."""
        c = m.Course
        query = _courses(user_id).order_by(c.created_at.desc(), c.id.desc()).limit(limit)
        if not everyone:
            query = query.where(m.Enrolment.user_id.is_not(None))
        if only is not None:
            query = query.where(c.id == only)
        if archived is not None:
            query = query.where(c.archived_at.is_not(None) if archived else c.archived_at.is_(None))
        if after is not None:
            at, course_id = after
            query = query.where(or_(c.created_at < at, and_(c.created_at == at, c.id < course_id)))
        return [_course(row) for row in await tx.execute(query)]

    async def change(self, tx: Transaction, course_id: str, **columns: object) -> None:
        if columns:
            await tx.execute(update(m.Course).where(m.Course.id == course_id).values(columns))

    async def lock(self, tx: Transaction, course_id: str, *, shared: bool = False) -> bool:
        """Nobody else changes the course before the transaction ends; ``shared``: nor do we. Whether it is
        archived. Raises `NotFound`."""
        query = (
            select(m.Course.archived_at)
            .where(m.Course.id == course_id)
            .with_for_update(read=shared, key_share=not shared)
        )
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            raise NotFound("there is no such course")
        return row.archived_at is not None

    # --- who is in it ---------------------------------------------------------------------------------

    async def enrolment(self, tx: Transaction, course_id: str, user_id: str) -> EnrolmentRow | None:
        e = m.Enrolment
        query = select(e.role, e.section_id, e.removed_at, e.blocked_at).where(
            e.course_id == course_id, e.user_id == user_id
        )
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            return None
        return EnrolmentRow(
            course_id=course_id,
            role=cast(Role, row.role),
            is_removed=row.removed_at is not None,
            section_id=row.section_id,
            is_blocked=row.blocked_at is not None,
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

    # --- sections -------------------------------------------------------------------------------------

    async def sections(self, tx: Transaction, course_id: str) -> list[Section]:
        """By name."""
        s = m.Section
        query = select(s.id, s.name, s.created_at).where(s.course_id == course_id).order_by(s.name)
        return [Section(id=row.id, name=row.name, created_at=row.created_at) for row in await tx.execute(query)]

    async def section(self, tx: Transaction, course_id: str, section_id: str) -> Section:
        """Raises `NotFound`, also for a section of another course."""
        for section in await self.sections(tx, course_id):
            if section.id == section_id:
                return section
        raise NotFound("there is no such section in this course")

    async def add_section(
        self, tx: Transaction, course_id: str, section_id: str, name: str, now: datetime
    ) -> Section:
        """Raises `AlreadyExists`."""
        if await tx.scalar(select(m.Section.id).where(m.Section.id == section_id)):
            raise AlreadyExists(f"there is a section {section_id} already")
        await self._check_name(tx, course_id, name)
        values = {"id": section_id, "course_id": course_id, "name": name, "created_at": now}
        await tx.execute(insert(m.Section).values(values))
        return Section(id=section_id, name=name, created_at=now)

    async def rename_section(self, tx: Transaction, course_id: str, section_id: str, name: str) -> None:
        """Raises `AlreadyExists`."""
        await self._check_name(tx, course_id, name, but=section_id)
        await tx.execute(update(m.Section).where(m.Section.id == section_id).values(name=name))

    async def _check_name(self, tx: Transaction, course_id: str, name: str, but: str = "") -> None:
        for section in await self.sections(tx, course_id):
            if section.name.casefold() == name.casefold() and section.id != but:
                raise AlreadyExists(f"there is a section {section.name} already")

    async def drop_section(self, tx: Transaction, course_id: str, section_id: str) -> list[Member]:
        """Its people are in none from now on: they are answered as they are then."""
        e = m.Enrolment
        moved = await tx.execute(
            update(e)
            .where(e.course_id == course_id, e.section_id == section_id)
            .values(section_id=None)
            .returning(e.user_id, e.role, e.removed_at)
        )
        rows = moved.all()
        await tx.execute(delete(m.Section).where(m.Section.id == section_id))
        return [
            Member(user_id=row.user_id, role=cast(Role, row.role), section_id=None)
            for row in rows
            if row.removed_at is None
        ]


def _courses(user_id: str) -> Select[*tuple[Any, ...]]:
    c, e = m.Course, m.Enrolment
    among = m.Enrolment.__table__.alias("among")
    members = (
        select(func.count())
        .select_from(among)
        .where(among.c.course_id == c.id, among.c.removed_at.is_(None))
        .scalar_subquery()
    )
    mine = and_(e.course_id == c.id, e.user_id == user_id, e.removed_at.is_(None))
    return select(c.__table__, e.role, e.section_id, members.label("member_count")).outerjoin(e, mine)


def _course(row: Row[Any]) -> Course:
    return Course(
        id=row.id,
        title=row.title,
        description=row.description,
        role=cast(Role | None, row.role),
        section_id=row.section_id,
        member_count=row.member_count,
        created_by=row.created_by,
        created_at=row.created_at,
        archived_at=row.archived_at,
    )
