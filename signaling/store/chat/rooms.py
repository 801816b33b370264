"""Chat rooms in the database: which there are, and what somebody may do there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import BindParameter, Row, Select, and_, bindparam, exists, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.base import Role
from signaling.protocol.chat_rooms import ChatRoomKind
from signaling.store import models as m
from signaling.store.database import Transaction


class RoomRow(msgspec.Struct, frozen=True, kw_only=True):
    """``title`` is that of the course or class, if the room has none."""

    id: str
    kind: ChatRoomKind
    course_id: str | None
    live_class_id: str | None
    title: str | None
    created_by: str | None
    created_at: datetime
    seq: int
    last_seq: int
    last_at: datetime
    is_locked: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A room, and everything that decides what somebody may do there."""

    room: RoomRow
    role: Role | None
    """In the course of the room, now."""
    section_id: str | None
    class_section_id: str | None
    session_id: str | None
    """The running or last session of the class."""
    is_member: bool
    is_owner: bool
    is_muted: bool
    is_archived: bool
    is_expelled: bool
    """Removed from the session of the class."""
    read_seq: int


def room_columns() -> tuple[Any, ...]:
    """Of a `RoomRow`, for a statement `with_titles`."""
    r = m.ChatRoom
    return (
        *(r.id, r.kind, r.course_id, r.live_class_id, r.created_by, r.created_at, r.seq, r.last_seq, r.last_at),
        r.is_locked,
        func.coalesce(r.title, m.LiveClass.title, m.Course.title).label("title"),
    )


def with_titles(statement: Select[Any]) -> Select[Any]:
    r = m.ChatRoom
    return (
        statement.select_from(r)
        .outerjoin(m.Course, m.Course.id == r.course_id)
        .outerjoin(m.LiveClass, m.LiveClass.id == r.live_class_id)
    )


def room_row(row: Row[Any]) -> RoomRow:
    return RoomRow(**{name: getattr(row, name) for name in RoomRow.__struct_fields__})


class ChatRoomStore:
    """Every method is a part of the transaction it is given."""

    # --- rooms --------------------------------------------------------------------------------------

    async def add(
        self,
        tx: Transaction,
        *,
        room_id: str,
        kind: ChatRoomKind,
        now: datetime,
        key: str | None = None,
        course_id: str | None = None,
        live_class_id: str | None = None,
        title: str | None = None,
        created_by: str | None = None,
    ) -> bool:
        """False when there is one with this key already."""
        values = {
            "id": room_id,
            "kind": kind,
            "key": key,
            "course_id": course_id,
            "live_class_id": live_class_id,
            "title": title,
            "created_by": created_by,
            "created_at": now,
            "seq": 0,
            "last_seq": 0,
            "last_at": now,
            "is_locked": False,
        }
        dialect: Any = sqlite if tx.is_sqlite else postgresql
        made = dialect.insert(m.ChatRoom).values(values).on_conflict_do_nothing(index_elements=["key"])
        return (await tx.execute(made.returning(m.ChatRoom.id))).scalar_one_or_none() is not None

    async def id_of(self, tx: Transaction, key: str) -> str | None:
        found: str | None = await tx.scalar(select(m.ChatRoom.id).where(m.ChatRoom.key == key))
        return found

    async def get(self, tx: Transaction, room_id: str) -> RoomRow | None:
        row = (
            await tx.execute(with_titles(select(*room_columns())).where(m.ChatRoom.id == room_id))
        ).one_or_none()
        return None if row is None else room_row(row)

    async def rename(self, tx: Transaction, room_id: str, title: str) -> None:
        await tx.execute(update(m.ChatRoom).where(m.ChatRoom.id == room_id).values(title=title))

    async def set_locked(self, tx: Transaction, key: str, is_locked: bool) -> None:
        await tx.execute(update(m.ChatRoom).where(m.ChatRoom.key == key).values(is_locked=is_locked))

    async def standing(self, tx: Transaction, room_id: str, user_id: str) -> Standing | None:
        row = (await tx.execute(_STANDING, {"room": room_id, "user": user_id})).one_or_none()
        if row is None:
            return None
        return Standing(
            room=room_row(row),
            role=cast(Role, row.role) if row.role is not None and row.left_course_at is None else None,
            section_id=row.section_id,
            class_section_id=row.class_section_id,
            session_id=row.session_id,
            is_member=row.joined_at is not None and row.left_at is None,
            is_owner=bool(row.is_owner),
            is_muted=row.muted_at is not None,
            is_archived=row.archived_at is not None,
            is_expelled=bool(row.is_expelled),
            read_seq=row.read_seq or 0,
        )

    async def attended(self, tx: Transaction, live_class_id: str, user_id: str) -> bool:
        """Had a seat in a session of the class."""
        seat = exists().where(
            m.Attendance.user_id == user_id,
            m.Attendance.session_id == m.Session.id,
            m.Session.live_class_id == live_class_id,
        )
        return bool(await tx.scalar(select(seat)))


def _standing() -> Select[Any]:
    """One look, made for every message: it is built once."""
    user: BindParameter[str] = bindparam("user")
    r, e, b, d, u = m.ChatRoom, m.Enrolment, m.ChatMember, m.ChatRead, m.ChatMute
    s = m.Standing
    expelled = exists().where(s.session_id == m.LiveClass.session_id, s.user_id == user, s.is_banned == true())
    columns = (
        *room_columns(),
        e.role,
        e.section_id,
        e.removed_at.label("left_course_at"),
        m.LiveClass.section_id.label("class_section_id"),
        m.LiveClass.session_id,
        m.Course.archived_at,
        b.joined_at,
        b.removed_at.label("left_at"),
        b.is_owner,
        u.muted_at,
        d.seq.label("read_seq"),
        expelled.label("is_expelled"),
    )
    return (
        with_titles(select(*columns))
        .outerjoin(e, and_(e.course_id == r.course_id, e.user_id == user))
        .outerjoin(b, and_(b.room_id == r.id, b.user_id == user))
        .outerjoin(d, and_(d.room_id == r.id, d.user_id == user))
        .outerjoin(u, and_(u.course_id == r.course_id, u.user_id == user))
        .where(r.id == bindparam("room"), m.LiveClass.deleted_at.is_(None))
    )


_STANDING = _standing()
