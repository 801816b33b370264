"""Planned meetings: plan, start, end, and who was there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling.errors import NotFound, NotLive
from signaling.protocol.messages import LiveClass, LiveClassStarted
from signaling.protocol.rest import AttendanceRecord, CreateLiveClass
from signaling.rooms.events import CourseBroadcast, Notice
from signaling.rooms.permissions import require
from signaling.services.sessions import Sessions
from signaling.store.repository import Store
from signaling.tokens import Principal

log = logging.getLogger(__name__)


class LiveClasses:
    def __init__(
        self,
        *,
        store: Store,
        sessions: Sessions,
        publish: Callable[[Notice], None],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._publish = publish
        self._now = now
        self._new_id = new_id

    async def create(self, who: Principal, command: CreateLiveClass) -> LiveClass:
        """Plan a live class in the course of the token. Raises `Forbidden`, `AlreadyExists`."""
        require(who.role, "plan-class")
        live_class_id = command.id or self._new_id()
        return await self._store.create_live_class(live_class_id, who.course_id, command.title, self._now())

    async def of_course(self, who: Principal) -> list[LiveClass]:
        return [self._counted(found) for found in await self._store.live_classes(who.course_id)]

    async def get(self, who: Principal, live_class_id: str) -> LiveClass:
        """Raises `NotFound`, also for a live class of another course."""
        live_class = await self._store.live_class(live_class_id)
        if live_class.course_id != who.course_id:
            raise NotFound("there is no such live class in your course")
        return self._counted(live_class)

    async def start(self, who: Principal, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `AlreadyLive`."""
        require(who.role, "start-class")
        await self.get(who, live_class_id)
        session = await self._store.start_session(live_class_id, self._new_id(), self._now())
        self._sessions.open(session)
        log.info("live class %s started: session %s", live_class_id, session.session_id)
        self._publish(CourseBroadcast(who.course_id, LiveClassStarted(live_class=session.live_class)))
        return session.live_class

    async def end(self, who: Principal, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `NotLive`."""
        require(who.role, "end-class")
        live_class = await self.get(who, live_class_id)
        if live_class.status != "live" or live_class.session_id is None:
            raise NotLive("the live class is not running")
        ended = await self._sessions.end(live_class.session_id)
        log.info("live class %s ended: session %s", live_class_id, live_class.session_id)
        return ended

    async def attendance(self, who: Principal, live_class_id: str) -> list[AttendanceRecord]:
        """Raises `Forbidden`, `NotFound`."""
        require(who.role, "see-attendance")
        await self.get(who, live_class_id)
        return await self._store.attendance(live_class_id)

    def _counted(self, live_class: LiveClass) -> LiveClass:
        count = self._sessions.participants(live_class.session_id)
        return msgspec.structs.replace(live_class, participant_count=count)
