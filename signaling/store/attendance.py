"""Reads what attendance is worked out from. Every method is a part of the transaction it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, Select, func, select

from signaling.attendance.held import Enrolled, HeldSession
from signaling.attendance.presence import Stay
from signaling.attendance.report import Activity
from signaling.protocol.attendance import AttendanceRecord
from signaling.protocol.base import Role
from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.rows import attendance_record


class AttendanceStore:
    async def sessions_of_class(self, tx: Transaction, live_class_id: str) -> list[HeldSession]:
        """Oldest first."""
        return await self._sessions(tx, _SESSIONS.where(m.LiveClass.id == live_class_id))

    async def sessions_of_course(
        self, tx: Transaction, course_id: str, start: datetime | None, end: datetime | None
    ) -> list[HeldSession]:
        """Those that started in a time, oldest first."""
        query = _SESSIONS.where(m.LiveClass.course_id == course_id)
        if start is not None:
            query = query.where(m.Session.started_at >= start)
        if end is not None:
            query = query.where(m.Session.started_at < end)
        return await self._sessions(tx, query)

    async def _sessions(self, tx: Transaction, query: Select[*tuple[Any, ...]]) -> list[HeldSession]:
        rows = await tx.execute(query.order_by(m.Session.started_at, m.Session.id))
        return [HeldSession(**row._mapping) for row in rows]

    async def stays(self, tx: Transaction, session_ids: Sequence[str]) -> Mapping[str, list[Stay]]:
        """By session, in the order of joining."""
        a = m.Attendance
        rows = await tx.execute(select(a.__table__).where(a.session_id.in_(session_ids)).order_by(a.id))
        found: dict[str, list[Stay]] = {session_id: [] for session_id in session_ids}
        for row in rows:
            found[row.session_id].append(_stay(row))
        return found

    async def records(self, tx: Transaction, live_class_id: str) -> list[AttendanceRecord]:
        """Over all sessions of a live class, in the order of joining."""
        a = m.Attendance
        query = (
            select(a.__table__)
            .join(m.Session, m.Session.id == a.session_id)
            .where(m.Session.live_class_id == live_class_id)
            .order_by(a.id)
        )
        return [attendance_record(row) for row in await tx.execute(query)]

    async def activity(self, tx: Transaction, session_ids: Sequence[str]) -> Mapping[str, Mapping[str, Activity]]:
        """What people did, by session and user: what they wrote and have not deleted, and how often they voted."""
        said, voter = m.ChatMessage, m.PollVoter
        counted = func.count().label("number")
        messages = (
            select(said.session_id, said.user_id, said.type, counted)
            .where(said.session_id.in_(session_ids), said.user_id.is_not(None), said.deleted_at.is_(None))
            .group_by(said.session_id, said.user_id, said.type)
        )
        votes = (
            select(voter.session_id, voter.user_id, counted)
            .where(voter.session_id.in_(session_ids))
            .group_by(voter.session_id, voter.user_id)
        )
        found: dict[str, dict[str, Activity]] = {session_id: {} for session_id in session_ids}
        for row in await tx.execute(messages):
            of_session = found[row.session_id]
            of_session[row.user_id] = _said(of_session.get(row.user_id, Activity()), row.type, row.number)
        for row in await tx.execute(votes):
            of_session = found[row.session_id]
            did = of_session.get(row.user_id, Activity())
            of_session[row.user_id] = msgspec.structs.replace(did, poll_votes=row.number)
        return found

    async def polls_asked(self, tx: Transaction, session_ids: Sequence[str]) -> Mapping[str, int]:
        """How many polls were opened, by session."""
        poll = m.Poll
        query = (
            select(poll.session_id, func.count().label("number"))
            .where(poll.session_id.in_(session_ids), poll.opened_at.is_not(None))
            .group_by(poll.session_id)
        )
        return {row.session_id: row.number for row in await tx.execute(query)}

    async def course_title(self, tx: Transaction, course_id: str) -> str:
        return str(await tx.scalar(select(m.Course.title).where(m.Course.id == course_id)))

    async def enrolled(self, tx: Transaction, course_id: str) -> list[Enrolled]:
        """Everyone in the course now, by name."""
        e, u = m.Enrolment, m.User
        query = (
            select(e.user_id, u.name, e.role, e.enrolled_at)
            .join(u, u.id == e.user_id)
            .where(e.course_id == course_id, e.removed_at.is_(None))
            .order_by(u.name, e.user_id)
        )
        return [
            Enrolled(user_id=row.user_id, name=row.name, role=cast(Role, row.role), enrolled_at=row.enrolled_at)
            for row in await tx.execute(query)
        ]


_SESSIONS = select(
    m.Session.id,
    m.Session.live_class_id,
    m.LiveClass.title,
    m.LiveClass.scheduled_at,
    m.Session.started_at,
    m.Session.ended_at,
).join(m.LiveClass, m.LiveClass.id == m.Session.live_class_id)


def _said(did: Activity, kind: str, number: int) -> Activity:
    """A question and an answer are messages too."""
    return msgspec.structs.replace(
        did,
        messages=did.messages + number,
        questions=did.questions + (number if kind == "question" else 0),
        answers=did.answers + (number if kind == "answer" else 0),
    )


def _stay(row: Row[Any]) -> Stay:
    return Stay(
        user_id=row.user_id,
        name=row.name,
        role=cast(Role, row.role),
        started_at=row.joined_at,
        # somebody whose connection is gone is there until then, unless they come back
        ended_at=row.left_at or row.away_since,
        was_lost=row.left_reason == "timed-out" or (row.left_at is None and row.away_since is not None),
        hands_raised=row.hands_raised,
        talk_ms=row.talk_ms,
        reactions=row.reactions,
    )
