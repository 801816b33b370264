"""Attendance and analytics of live classes and courses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from signaling.attendance import shapes
from signaling.attendance.held import Held, HeldSession
from signaling.attendance.presence import Span
from signaling.attendance.report import Rules, report
from signaling.errors import BadRequest
from signaling.identity import Identity
from signaling.permissions import CourseAction
from signaling.protocol import attendance as wire
from signaling.protocol.live_classes import LiveClass
from signaling.services.access import Access
from signaling.store.attendance import AttendanceStore
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore


class Attendance:
    def __init__(
        self,
        *,
        database: Database,
        store: AttendanceStore,
        live_classes: LiveClassStore,
        access: Access,
        rules: Rules,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._store = store
        self._live_classes = live_classes
        self._access = access
        self._rules = rules
        self._now = now

    async def of_class(
        self, who: Identity, live_class_id: str, session_id: str | None = None
    ) -> wire.ClassAttendance:
        """Everybody's, in every session or in one. Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            live_class = await self._allowed(tx, who, live_class_id, "see-attendance")
            held = await self._of_class(tx, live_class_id)
            enrolled = await self._store.enrolled(tx, live_class.course_id)
        chosen = [one for one in held if session_id is None or one.session.id == session_id]
        return _class_attendance(live_class, [shapes.session_attendance(one, enrolled) for one in chosen])

    async def own(self, who: Identity, live_class_id: str) -> wire.ClassAttendance:
        """One's own part; nobody else is named. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            live_class = await self._allowed(tx, who, live_class_id, "see-course")
            held = await self._of_class(tx, live_class_id)
        sessions = []
        for one in held:
            session = shapes.session_attendance(one, [])
            mine = [person for person in session.people if person.user_id == who.user_id]
            sessions.append(msgspec.structs.replace(session, people=mine))
        return _class_attendance(live_class, sessions)

    async def stays(self, who: Identity, live_class_id: str) -> list[wire.AttendanceRecord]:
        """Every coming and going. Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            await self._allowed(tx, who, live_class_id, "see-attendance")
            return await self._store.records(tx, live_class_id)

    async def class_analytics(self, who: Identity, live_class_id: str) -> wire.Analytics:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            await self._allowed(tx, who, live_class_id, "see-attendance")
            return shapes.analytics(await self._of_class(tx, live_class_id))

    async def of_course(
        self, who: Identity, course_id: str, start: datetime | None, end: datetime | None
    ) -> wire.CourseAttendance:
        """Raises `NotFound`, `Forbidden`, `BadRequest`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "see-attendance")
            held = await self._of_course(tx, course_id, start, end)
            enrolled = await self._store.enrolled(tx, course_id)
            title = await self._store.course_title(tx, course_id)
        return wire.CourseAttendance(
            course_id=course_id,
            title=title,
            sessions=[shapes.course_session(one) for one in held],
            people=shapes.course_people(held, enrolled),
        )

    async def course_analytics(
        self, who: Identity, course_id: str, start: datetime | None, end: datetime | None
    ) -> wire.Analytics:
        """Raises `NotFound`, `Forbidden`, `BadRequest`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "see-attendance")
            return shapes.analytics(await self._of_course(tx, course_id, start, end))

    async def _allowed(
        self, tx: Transaction, who: Identity, live_class_id: str, action: CourseAction
    ) -> LiveClass:
        live_class = await self._live_classes.get(tx, live_class_id)
        await self._access.require(tx, who, live_class.course_id, action)
        return live_class

    async def _of_class(self, tx: Transaction, live_class_id: str) -> list[Held]:
        return await self._held(tx, await self._store.sessions_of_class(tx, live_class_id))

    async def _of_course(
        self, tx: Transaction, course_id: str, start: datetime | None, end: datetime | None
    ) -> list[Held]:
        if any(moment is not None and moment.tzinfo is None for moment in (start, end)):
            raise BadRequest("from and to need a time zone, such as 2026-09-01T00:00:00Z")
        if start is not None and end is not None and end <= start:
            raise BadRequest("to must be after from")
        return await self._held(tx, await self._store.sessions_of_course(tx, course_id, start, end))

    async def _held(self, tx: Transaction, sessions: Sequence[HeldSession]) -> list[Held]:
        now = self._now()
        ids = [session.id for session in sessions]
        stays = await self._store.stays(tx, ids)
        activity = await self._store.activity(tx, ids)
        polls = await self._store.polls_asked(tx, ids)
        return [
            Held(
                session=session,
                report=report(
                    Span(
                        session_id=session.id,
                        start=session.started_at,
                        end=session.ended_at or max(now, session.started_at),
                        is_running=session.ended_at is None,
                        planned_start=session.scheduled_at,
                    ),
                    stays[session.id],
                    activity[session.id],
                    self._rules,
                ),
                polls=polls.get(session.id, 0),
            )
            for session in sessions
        ]


def _class_attendance(live_class: LiveClass, sessions: list[wire.SessionAttendance]) -> wire.ClassAttendance:
    return wire.ClassAttendance(
        live_class_id=live_class.id, course_id=live_class.course_id, title=live_class.title, sessions=sessions
    )
