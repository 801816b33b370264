"""Sessions in the database: started, lived in, ended. What takes no ``tx`` is a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.room_policy import RoomPolicy
from signaling.records import LiveSession, OpenSeat, Record, StandingSet
from signaling.store import models as m
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.polls import PollStore
from signaling.store.records import write
from signaling.store.rows import open_seat


class SessionStore:
    def __init__(self, database: Database, live_classes: LiveClassStore, polls: PollStore) -> None:
        self._db = database
        self._live_classes = live_classes
        self._polls = polls

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

    async def live_class_of(self, tx: Transaction, session_id: str) -> str | None:
        """The live class of a session, also of one that has ended."""
        found: str | None = await tx.scalar(select(m.Session.live_class_id).where(m.Session.id == session_id))
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
                    answered_at=None,
                )
            )
        return live_class_id

    async def save(self, session_id: str, records: Sequence[Record]) -> None:
        """Write what a change of a room left."""
        if not records:
            return
        async with self._db.transaction() as tx:
            for record in records:
                await write(tx, session_id, record)

    async def take_up(self, tx: Transaction, session_id: str, seen_at: datetime | None) -> LiveSession:
        """A running session whose host is gone, with the seats that were open then. They are marked as away since
        ``seen_at``, its last sign of life, or since they were last written when that was later or is not known."""
        a = m.Attendance
        since: Any = a.last_seen_at
        if seen_at is not None:
            since = case((a.last_seen_at > seen_at, a.last_seen_at), else_=seen_at)
        await tx.execute(
            update(a)
            .where(a.session_id == session_id, a.left_at.is_(None), a.away_since.is_(None))
            .values(away_since=since, last_seen_at=since)
        )
        found = await tx.execute(select(m.Session.__table__).where(m.Session.id == session_id))
        return await self._live_session(tx, found.one())

    async def _live_session(self, tx: Transaction, row: Row[tuple[object, ...]]) -> LiveSession:
        a = m.Attendance
        rows = await tx.execute(
            select(a.__table__).where(a.session_id == row.id, a.left_at.is_(None)).order_by(a.id)
        )
        seats: tuple[OpenSeat, ...] = tuple(map(open_seat, rows))
        s = m.Standing
        standings = await tx.execute(
            select(s.user_id, s.is_admitted, s.is_co_tutor, s.is_banned).where(s.session_id == row.id)
        )
        return LiveSession(
            session_id=row.id,
            live_class=await self._live_classes.get(tx, row.live_class_id),
            started_at=row.started_at,
            seats=seats,
            policy=None if row.policy is None else msgspec.json.decode(row.policy, type=RoomPolicy),
            standings=tuple(StandingSet(**found._mapping) for found in standings),
            tutors_gone_at=row.tutors_gone_at,
            polls=await self._polls.of_session(tx, row.id),
            node_id=row.node_id,
        )
