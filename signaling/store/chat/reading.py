"""How far people have read, and the rooms they see, in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement

from signaling.store import models as m
from signaling.store.chat.messages import EVERYBODY
from signaling.store.chat.rooms import RoomRow, room_columns, room_row, with_titles
from signaling.store.database import Transaction

UNREAD_CAP = 100
"""Unread messages are counted up to here."""


class RoomActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A room in somebody's list."""

    room: RoomRow
    read_seq: int
    unread: int
    mentions: int


class ChatReadStore:
    """Every method is a part of the transaction it is given."""

    async def mark_read(self, tx: Transaction, room_id: str, user_id: str, seq: int, now: datetime) -> int:
        """How far they have read now, which never goes back."""
        dialect: Any = sqlite if tx.is_sqlite else postgresql
        made = dialect.insert(m.ChatRead).values(room_id=room_id, user_id=user_id, seq=seq, read_at=now)
        further = made.excluded.seq > m.ChatRead.seq
        marked = await tx.execute(
            made.on_conflict_do_update(
                index_elements=["room_id", "user_id"],
                set_={
                    "seq": case((further, made.excluded.seq), else_=m.ChatRead.seq),
                    "read_at": case((further, made.excluded.read_at), else_=m.ChatRead.read_at),
                },
            ).returning(m.ChatRead.seq)
        )
        return int(marked.scalar_one())

    async def mark_of(self, tx: Transaction, room_id: str, user_id: str) -> tuple[int, datetime] | None:
        """How far somebody has read, and when."""
        d = m.ChatRead
        query = select(d.seq, d.read_at).where(d.room_id == room_id, d.user_id == user_id)
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else (row.seq, row.read_at)

    async def read_marks(
        self, tx: Transaction, room_id: str, *, after: str | None, limit: int
    ) -> list[tuple[str, int, datetime]]:
        """User, how far, when; by user."""
        d = m.ChatRead
        query = select(d.user_id, d.seq, d.read_at).where(d.room_id == room_id).order_by(d.user_id).limit(limit)
        if after is not None:
            query = query.where(d.user_id > after)
        return [(row.user_id, row.seq, row.read_at) for row in await tx.execute(query)]

    async def unread(self, tx: Transaction, room_id: str, user_id: str, read_seq: int) -> int:
        """Messages of others, up to `UNREAD_CAP`."""
        found = _unread(literal(room_id), user_id, literal(read_seq))
        return int(await tx.scalar(select(found)) or 0)

    async def mentions(self, tx: Transaction, room_id: str, user_id: str, read_seq: int) -> int:
        """Messages after ``read_seq`` that name somebody, or everybody."""
        query = select(_mentions(literal(room_id), user_id, literal(read_seq)))
        return int(await tx.scalar(query))

    async def of_user(
        self,
        tx: Transaction,
        user_id: str,
        course_id: str | None,
        *,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[RoomActivity]:
        """The rooms somebody is in, latest first; of one course and people in it if ``course_id`` is given."""
        r, d = m.ChatRoom, m.ChatRead
        read_seq = func.coalesce(d.seq, 0)
        query = (
            with_titles(
                select(
                    *room_columns(),
                    read_seq.label("read_seq"),
                    _unread(r.id, user_id, read_seq).label("unread"),
                    _mentions(r.id, user_id, read_seq).label("mentions"),
                )
            )
            .outerjoin(d, and_(d.room_id == r.id, d.user_id == user_id))
            .where(r.id.in_(visible_rooms(user_id, course_id)))
            .order_by(r.last_at.desc(), r.id.desc())
            .limit(limit)
        )
        if before is not None:
            at, room_id = before
            query = query.where(or_(r.last_at < at, and_(r.last_at == at, r.id < room_id)))
        return [
            RoomActivity(room=room_row(row), read_seq=row.read_seq, unread=row.unread or 0, mentions=row.mentions)
            for row in await tx.execute(query)
        ]


def visible_rooms(user_id: str, course_id: str | None) -> Select[Any]:
    """The ids of the rooms somebody is in; with ``course_id`` those a link to this course opens."""
    r, e, b, seat = m.ChatRoom, m.Enrolment, m.ChatMember, m.Attendance
    enrolled = select(e.course_id).where(e.user_id == user_id, e.removed_at.is_(None), e.role != "guest")
    if course_id is not None:
        enrolled = enrolled.where(e.course_id == course_id)
    own_section = (
        select(e.course_id)
        .where(
            e.course_id == r.course_id,
            e.user_id == user_id,
            or_(e.role == "tutor", e.section_id == m.LiveClass.section_id, m.LiveClass.section_id.is_(None)),
        )
        .exists()
    )
    guest_in = (
        select(m.Session.live_class_id)
        .join(seat, seat.session_id == m.Session.id)
        .join(m.LiveClass, m.LiveClass.id == m.Session.live_class_id)
        .join(e, and_(e.course_id == m.LiveClass.course_id, e.user_id == seat.user_id))
        .where(seat.user_id == user_id, e.role == "guest", e.removed_at.is_(None))
    )
    if course_id is not None:
        guest_in = guest_in.where(e.course_id == course_id)
    private = select(b.room_id).where(b.user_id == user_id, b.removed_at.is_(None))
    if course_id is not None:
        other, theirs = m.ChatMember.__table__.alias(), m.Enrolment.__table__.alias()
        others = select(other.c.user_id).where(
            other.c.room_id == b.room_id, other.c.user_id != user_id, other.c.removed_at.is_(None)
        )
        known = others.join(theirs, theirs.c.user_id == other.c.user_id).where(
            theirs.c.course_id == course_id, theirs.c.removed_at.is_(None), theirs.c.role != "guest"
        )
        private = private.where(or_(known.exists(), ~others.exists()))
    return (
        select(r.id)
        .outerjoin(m.LiveClass, m.LiveClass.id == r.live_class_id)
        .where(
            m.LiveClass.deleted_at.is_(None),
            or_(
                and_(r.kind == "course", r.course_id.in_(enrolled)),
                and_(r.kind == "live_class", r.course_id.in_(enrolled), own_section),
                and_(r.kind == "live_class", r.live_class_id.in_(guest_in)),
                r.id.in_(private),
            ),
        )
    )


def _unread(room_id: Any, user_id: str, read_seq: ColumnElement[int]) -> ColumnElement[int]:
    c = m.ChatMessage
    latest = (
        select(literal(1).label("one"))
        .where(
            c.room_id == room_id,
            c.seq > read_seq,
            c.deleted_at.is_(None),
            or_(c.user_id.is_(None), c.user_id != user_id),
        )
        .limit(UNREAD_CAP)
        .correlate(m.ChatRoom, m.ChatRead)
        .subquery()
    )
    return select(func.count()).select_from(latest).correlate(m.ChatRoom, m.ChatRead).scalar_subquery()


def _mentions(room_id: Any, user_id: str, read_seq: ColumnElement[int]) -> ColumnElement[int]:
    n = m.ChatMention
    return (
        select(func.count(n.seq.distinct()))
        .where(n.room_id == room_id, n.user_id.in_([user_id, EVERYBODY]), n.seq > read_seq)
        .correlate(m.ChatRoom, m.ChatRead)
        .scalar_subquery()
    )
