"""Who is in which chat room, and who may not write, in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement

from signaling.protocol.base import Role
from signaling.store import models as m
from signaling.store.chat.rooms import RoomRow
from signaling.store.database import Transaction

MOST_SHOWN = 20
"""So many members are shown with a room."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    name: str
    role: Role | None
    is_owner: bool


class ChatMemberStore:
    """Every method is a part of the transaction it is given."""

    async def put_member(
        self, tx: Transaction, room_id: str, user_id: str, now: datetime, *, is_owner: bool = False
    ) -> None:
        """New, or in again."""
        dialect: Any = sqlite if tx.is_sqlite else postgresql
        values = {"room_id": room_id, "user_id": user_id, "is_owner": is_owner, "joined_at": now}
        await tx.execute(
            dialect.insert(m.ChatMember)
            .values(values)
            .on_conflict_do_update(index_elements=["room_id", "user_id"], set_={"removed_at": None})
        )

    async def remove_member(self, tx: Transaction, room_id: str, user_id: str, now: datetime) -> bool:
        b = m.ChatMember
        gone = await tx.execute(
            update(b)
            .where(b.room_id == room_id, b.user_id == user_id, b.removed_at.is_(None))
            .values(removed_at=now, is_owner=False)
            .returning(b.user_id)
        )
        return gone.scalar_one_or_none() is not None

    async def make_owner(self, tx: Transaction, room_id: str, user_id: str) -> None:
        b = m.ChatMember
        await tx.execute(update(b).where(b.room_id == room_id, b.user_id == user_id).values(is_owner=True))

    async def members(self, tx: Transaction, room_id: str) -> list[Member]:
        """Of a direct room or group, in the order of coming."""
        b = m.ChatMember
        query = (
            select(b.user_id, b.is_owner, m.User.name)
            .join(m.User, m.User.id == b.user_id)
            .where(b.room_id == room_id, b.removed_at.is_(None))
            .order_by(b.joined_at, b.user_id)
        )
        return [
            Member(user_id=row.user_id, name=row.name, role=None, is_owner=row.is_owner)
            for row in await tx.execute(query)
        ]

    async def member_ids(self, tx: Transaction, room_id: str) -> list[str]:
        b = m.ChatMember
        query = select(b.user_id).where(b.room_id == room_id, b.removed_at.is_(None))
        return list(await tx.connection.scalars(query))

    async def enrolled(
        self, tx: Transaction, room: RoomRow, section_id: str | None, *, after: str | None, limit: int
    ) -> list[Member]:
        """Who is in the room of a course or class by enrolment; guests are not. By id, from ``after`` on."""
        e = m.Enrolment
        query = (
            select(e.user_id, e.role, m.User.name).join(m.User, m.User.id == e.user_id).where(_in_room(section_id))
        )
        query = query.where(e.course_id == room.course_id).order_by(e.user_id).limit(limit)
        if after is not None:
            query = query.where(e.user_id > after)
        return [
            Member(user_id=row.user_id, name=row.name, role=row.role, is_owner=False)
            for row in await tx.execute(query)
        ]

    async def among_enrolled(
        self, tx: Transaction, course_id: str, section_id: str | None, user_ids: Sequence[str]
    ) -> set[str]:
        e = m.Enrolment
        query = select(e.user_id).where(e.course_id == course_id, e.user_id.in_(user_ids), _in_room(section_id))
        return set(await tx.connection.scalars(query))

    async def present_guests(self, tx: Transaction, session_id: str, user_ids: Sequence[str]) -> set[str]:
        a = m.Attendance
        query = select(a.user_id).where(a.session_id == session_id, a.user_id.in_(user_ids))
        return set(await tx.connection.scalars(query))

    async def members_of(self, tx: Transaction, room_ids: Sequence[str]) -> dict[str, list[Member]]:
        """The first few of each of these direct rooms and groups."""
        b = m.ChatMember
        place = func.row_number().over(partition_by=b.room_id, order_by=(b.joined_at, b.user_id))
        ranked = (
            select(b.room_id, b.user_id, b.is_owner, place.label("place"))
            .where(b.room_id.in_(room_ids), b.removed_at.is_(None))
            .subquery()
        )
        query = (
            select(ranked, m.User.name)
            .join(m.User, m.User.id == ranked.c.user_id)
            .where(ranked.c.place <= MOST_SHOWN)
            .order_by(ranked.c.room_id, ranked.c.place)
        )
        found: dict[str, list[Member]] = defaultdict(list)
        for row in await tx.execute(query):
            member = Member(user_id=row.user_id, name=row.name, role=None, is_owner=row.is_owner)
            found[row.room_id].append(member)
        return found

    async def sharing_course(
        self, tx: Transaction, one: str, others: Sequence[str], course_id: str | None, *, need_tutor: bool
    ) -> set[str]:
        """Those of the others who share a course with somebody, or this one: both tutor or student there now, and
        it is not archived; with ``need_tutor`` one of the two is a tutor."""
        mine, theirs = m.Enrolment.__table__.alias(), m.Enrolment.__table__.alias()
        query = (
            select(theirs.c.user_id)
            .join(mine, mine.c.course_id == theirs.c.course_id)
            .join(m.Course, m.Course.id == mine.c.course_id)
            .where(
                mine.c.user_id == one,
                theirs.c.user_id.in_(others),
                m.Course.archived_at.is_(None),
                *(side.c.removed_at.is_(None) for side in (mine, theirs)),
                *(side.c.role != "guest" for side in (mine, theirs)),
            )
        )
        if course_id is not None:
            query = query.where(mine.c.course_id == course_id)
        if need_tutor:
            query = query.where(or_(mine.c.role == "tutor", theirs.c.role == "tutor"))
        return set(await tx.connection.scalars(query))

    async def blocking(self, tx: Transaction, one: str, others: Sequence[str]) -> bool:
        """Somebody has blocked one of the others, or one of them has blocked him."""
        k = m.UserBlock
        query = exists().where(
            or_(
                and_(k.user_id == one, k.blocked_id.in_(others)),
                and_(k.blocked_id == one, k.user_id.in_(others)),
            )
        )
        return bool(await tx.scalar(select(query)))

    # --- mutes --------------------------------------------------------------------------------------

    async def mute(self, tx: Transaction, course_id: str, user_id: str, by: str, now: datetime) -> None:
        dialect: Any = sqlite if tx.is_sqlite else postgresql
        values = {"course_id": course_id, "user_id": user_id, "muted_by": by, "muted_at": now}
        await tx.execute(dialect.insert(m.ChatMute).values(values).on_conflict_do_nothing())

    async def unmute(self, tx: Transaction, course_id: str, user_id: str) -> bool:
        u = m.ChatMute
        gone = delete(u).where(u.course_id == course_id, u.user_id == user_id).returning(u.user_id)
        return (await tx.execute(gone)).scalar_one_or_none() is not None

    async def muted(
        self, tx: Transaction, course_id: str, *, after: str | None, limit: int
    ) -> list[tuple[str, str, str, datetime]]:
        """User, name, by whom, when; by user."""
        u = m.ChatMute
        query = (
            select(u.user_id, m.User.name, u.muted_by, u.muted_at)
            .join(m.User, m.User.id == u.user_id)
            .where(u.course_id == course_id)
            .order_by(u.user_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(u.user_id > after)
        return [(row.user_id, row.name, row.muted_by, row.muted_at) for row in await tx.execute(query)]

    async def names(self, tx: Transaction, user_ids: Sequence[str]) -> dict[str, str]:
        """The names of those there are."""
        query = select(m.User.id, m.User.name).where(m.User.id.in_(user_ids))
        return {row.id: row.name for row in await tx.execute(query)}


def _in_room(section_id: str | None) -> ColumnElement[bool]:
    """Enrolments that open the chat of a course, or of a class of this section."""
    e = m.Enrolment
    inside = and_(e.removed_at.is_(None), e.role != "guest")
    if section_id is None:
        return inside
    return and_(inside, or_(e.role == "tutor", e.section_id == section_id))
