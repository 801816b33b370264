"""What the services ask of the database. Takes and returns plain frozen structs; one method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from signaling.errors import AlreadyExists, AlreadyLive, NotFound, NotLive
from signaling.protocol.messages import LiveClass
from signaling.protocol.rest import AttendanceRecord
from signaling.records import LiveSession, MessageSaid, OpenSeat, Record
from signaling.store import models as m
from signaling.store.records import write
from signaling.store.rows import attendance_record, live_class, message_said, open_seat


class Store:
    """The database of one node."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def close(self) -> None:
        await self._engine.dispose()

    # --- live classes -------------------------------------------------------------------------------

    async def create_live_class(self, live_class_id: str, course_id: str, title: str, now: datetime) -> LiveClass:
        """A scheduled live class; its course is made when there is none. Raises `AlreadyExists`."""
        values = {"id": live_class_id, "course_id": course_id, "title": title, "status": "scheduled"}
        async with self._engine.begin() as connection:
            if await connection.scalar(select(m.LiveClass.id).where(m.LiveClass.id == live_class_id)):
                raise AlreadyExists(f"there is a live class {live_class_id} already")
            if not await connection.scalar(select(m.Course.id).where(m.Course.id == course_id)):
                course = {"id": course_id, "title": course_id, "created_at": now}
                await connection.execute(insert(m.Course).values(course))
            await connection.execute(insert(m.LiveClass).values(**values, created_at=now))
            return await _live_class(connection, live_class_id)

    async def live_class(self, live_class_id: str) -> LiveClass:
        """Raises `NotFound`."""
        async with self._engine.begin() as connection:
            return await _live_class(connection, live_class_id)

    async def live_classes(self, course_id: str) -> list[LiveClass]:
        """Those of a course, newest first."""
        query = (
            select(m.LiveClass.__table__)
            .where(m.LiveClass.course_id == course_id)
            .order_by(m.LiveClass.created_at.desc(), m.LiveClass.id)
        )
        async with self._engine.begin() as connection:
            return [live_class(row) for row in await connection.execute(query)]

    async def start_session(self, live_class_id: str, session_id: str, now: datetime) -> LiveSession:
        """Start a live class. Raises `NotFound`, and `AlreadyLive` with the session that runs: the unique index
        decides when two starts race."""
        try:
            async with self._engine.begin() as connection:
                await _live_class(connection, live_class_id)
                session = {"id": session_id, "live_class_id": live_class_id, "started_at": now}
                await connection.execute(insert(m.Session).values(session))
                await connection.execute(
                    update(m.LiveClass)
                    .where(m.LiveClass.id == live_class_id)
                    .values(status="live", session_id=session_id, started_at=now, ended_at=None)
                )
                started = await _live_class(connection, live_class_id)
        except IntegrityError:
            running = await self.live_class(live_class_id)
            raise AlreadyLive("the live class is running already", running.session_id or "") from None
        return LiveSession(session_id=session_id, live_class=started, started_at=now)

    async def end_session(self, session_id: str, now: datetime) -> LiveClass:
        """End a session, close every open attendance row, and answer the live class. Raises `NotLive`."""
        async with self._engine.begin() as connection:
            ended = await connection.execute(
                update(m.Session)
                .where(m.Session.id == session_id, m.Session.ended_at.is_(None))
                .values(ended_at=now)
                .returning(m.Session.live_class_id)
            )
            live_class_id = ended.scalar_one_or_none()
            if live_class_id is None:
                raise NotLive("the session has ended")
            await connection.execute(
                update(m.LiveClass).where(m.LiveClass.id == live_class_id).values(status="ended", ended_at=now)
            )
            await connection.execute(
                update(m.Attendance)
                .where(m.Attendance.session_id == session_id, m.Attendance.left_at.is_(None))
                .values(
                    left_at=func.coalesce(m.Attendance.away_since, now),
                    last_seen_at=func.coalesce(m.Attendance.away_since, now),
                    left_reason="ended",
                    hand_raised_at=None,
                )
            )
            return await _live_class(connection, live_class_id)

    async def attendance(self, live_class_id: str) -> list[AttendanceRecord]:
        """Over all sessions of a live class, in the order of joining."""
        query = (
            select(m.Attendance.__table__)
            .join(m.Session, m.Session.id == m.Attendance.session_id)
            .where(m.Session.live_class_id == live_class_id)
            .order_by(m.Attendance.id)
        )
        async with self._engine.begin() as connection:
            return [attendance_record(row) for row in await connection.execute(query)]

    # --- sessions -----------------------------------------------------------------------------------

    async def save(self, session_id: str, records: Sequence[Record]) -> None:
        """Write what a change of a room left. Raises `AlreadyExists` when a message's id is taken."""
        if not records:
            return
        try:
            async with self._engine.begin() as connection:
                for record in records:
                    await write(connection, session_id, record)
        except IntegrityError:
            raise AlreadyExists("another message has this id") from None

    async def message(self, session_id: str, message_id: str) -> MessageSaid | None:
        query = _messages(session_id).where(m.Message.id == message_id)
        async with self._engine.begin() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else message_said(row)

    async def touch(self, now: datetime) -> None:
        """Everyone connected was seen ``now``: what attendance is closed with after a crash."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(m.Attendance)
                .where(m.Attendance.left_at.is_(None), m.Attendance.away_since.is_(None))
                .values(last_seen_at=now)
            )

    async def live_sessions(self, chat_history: int) -> list[LiveSession]:
        """Every running session with the seats that were open when the server stopped, now marked as away.
        Rows that stayed open in a session that ended are closed."""
        async with self._engine.begin() as connection:
            attendance = m.Attendance
            running = select(m.Session.id).where(m.Session.ended_at.is_(None))
            still_open = update(attendance).where(attendance.left_at.is_(None))
            await connection.execute(
                still_open.where(attendance.session_id.not_in(running)).values(
                    left_at=attendance.last_seen_at, left_reason="ended"
                )
            )
            await connection.execute(
                still_open.where(attendance.away_since.is_(None)).values(away_since=attendance.last_seen_at)
            )
            sessions = await connection.execute(select(m.Session.__table__).where(m.Session.ended_at.is_(None)))
            return [await _live_session(connection, row, chat_history) for row in sessions.all()]


async def _live_class(connection: AsyncConnection, live_class_id: str) -> LiveClass:
    query = select(m.LiveClass.__table__).where(m.LiveClass.id == live_class_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("there is no such live class")
    return live_class(row)


async def _live_session(connection: AsyncConnection, row: Row[tuple[object, ...]], history: int) -> LiveSession:
    a = m.Attendance
    rows = await connection.execute(
        select(a.__table__).where(a.session_id == row.id, a.left_at.is_(None)).order_by(a.id)
    )
    seats: tuple[OpenSeat, ...] = tuple(map(open_seat, rows))
    removed = await connection.scalars(select(a.user_id).where(a.session_id == row.id, a.left_reason == "removed"))
    latest = _messages(row.id).order_by(m.Message.sent_at.desc()).limit(history)
    messages = [message_said(found) for found in await connection.execute(latest)]
    return LiveSession(
        session_id=row.id,
        live_class=await _live_class(connection, row.live_class_id),
        started_at=row.started_at,
        seats=seats,
        removed_users=frozenset(removed),
        messages=tuple(reversed(messages)),
    )


def _messages(session_id: str) -> Select[tuple[object, ...]]:
    return select(m.Message.__table__).where(m.Message.session_id == session_id)
