"""Sessions in the database: started, lived in, ended. What takes no ``tx`` is a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.errors import AlreadyExists, Duplicate
from signaling.records import LiveSession, MessageSaid, OpenSeat, Record
from signaling.store import models as m
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.records import write
from signaling.store.rows import message_said, open_seat


class SessionStore:
    def __init__(self, database: Database, live_classes: LiveClassStore) -> None:
        self._db = database
        self._live_classes = live_classes

    async def begin(
        self, tx: Transaction, live_class_id: str, session_id: str, by: str | None, now: datetime
    ) -> bool:
        """Add a session. False when one is running already: the unique index decides when two starts race."""
        insert = sqlite.insert if tx.is_sqlite else postgresql.insert
        session = {"id": session_id, "live_class_id": live_class_id, "started_at": now, "started_by": by}
        added = await tx.execute(
            insert(m.Session).values(session).on_conflict_do_nothing().returning(m.Session.id)
        )
        return added.one_or_none() is not None

    async def running(self, tx: Transaction, live_class_id: str) -> str | None:
        """The running session of a live class."""
        s = m.Session
        found: str | None = await tx.scalar(
            select(s.id).where(s.live_class_id == live_class_id, s.ended_at.is_(None))
        )
        return found

    async def finish(self, tx: Transaction, session_id: str, reason: str, now: datetime) -> str | None:
        """End a session and close every open attendance row. Its live class, None when it does not run."""
        ended = await tx.execute(
            update(m.Session)
            .where(m.Session.id == session_id, m.Session.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason)
            .returning(m.Session.live_class_id)
        )
        live_class_id: str | None = ended.scalar_one_or_none()
        if live_class_id is not None:
            await tx.execute(
                update(m.Attendance)
                .where(m.Attendance.session_id == session_id, m.Attendance.left_at.is_(None))
                .values(
                    left_at=func.coalesce(m.Attendance.away_since, now),
                    last_seen_at=func.coalesce(m.Attendance.away_since, now),
                    left_reason="ended",
                    hand_raised_at=None,
                )
            )
        return live_class_id

    async def save(self, session_id: str, records: Sequence[Record]) -> None:
        """Write what a change of a room left. Raises `AlreadyExists` when a message's id is taken."""
        if not records:
            return
        try:
            async with self._db.transaction() as tx:
                for record in records:
                    await write(tx, session_id, record)
        except Duplicate:
            raise AlreadyExists("another message has this id") from None

    async def message(self, session_id: str, message_id: str) -> MessageSaid | None:
        query = _messages(session_id).where(m.Message.id == message_id)
        async with self._db.transaction() as tx:
            row = (await tx.execute(query)).one_or_none()
        return None if row is None else message_said(row)

    async def touch(self, now: datetime) -> None:
        """Everyone connected was seen ``now``: what attendance is closed with after a crash."""
        async with self._db.transaction() as tx:
            await tx.execute(
                update(m.Attendance)
                .where(m.Attendance.left_at.is_(None), m.Attendance.away_since.is_(None))
                .values(last_seen_at=now)
            )

    async def live_sessions(self, chat_history: int) -> list[LiveSession]:
        """Every running session with the seats that were open when the server stopped, now marked as away.
        Rows that stayed open in a session that ended are closed."""
        async with self._db.transaction() as tx:
            attendance = m.Attendance
            running = select(m.Session.id).where(m.Session.ended_at.is_(None))
            still_open = update(attendance).where(attendance.left_at.is_(None))
            await tx.execute(
                still_open.where(attendance.session_id.not_in(running)).values(
                    left_at=attendance.last_seen_at, left_reason="ended"
                )
            )
            await tx.execute(
                still_open.where(attendance.away_since.is_(None)).values(away_since=attendance.last_seen_at)
            )
            sessions = await tx.execute(select(m.Session.__table__).where(m.Session.ended_at.is_(None)))
            return [await self._live_session(tx, row, chat_history) for row in sessions.all()]

    async def _live_session(self, tx: Transaction, row: Row[tuple[object, ...]], history: int) -> LiveSession:
        a = m.Attendance
        rows = await tx.execute(
            select(a.__table__).where(a.session_id == row.id, a.left_at.is_(None)).order_by(a.id)
        )
        seats: tuple[OpenSeat, ...] = tuple(map(open_seat, rows))
        removed = await tx.connection.scalars(
            select(a.user_id).where(a.session_id == row.id, a.left_reason == "removed")
        )
        latest = _messages(row.id).order_by(m.Message.sent_at.desc()).limit(history)
        messages = [message_said(found) for found in await tx.execute(latest)]
        return LiveSession(
            session_id=row.id,
            live_class=await self._live_classes.get(tx, row.live_class_id),
            started_at=row.started_at,
            seats=seats,
            removed_users=frozenset(removed),
            messages=tuple(reversed(messages)),
        )


def _messages(session_id: str) -> Select[tuple[object, ...]]:
    return select(m.Message.__table__).where(m.Message.session_id == session_id)
