"""Planned meetings: plan, start, end, and who was there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling.errors import BadRequest, NotLive
from signaling.identity import Identity
from signaling.permissions import CourseAction
from signaling.protocol.live_classes import CreateLiveClass, LiveClass
from signaling.services.access import Access
from signaling.services.lifecycle import Lifecycle
from signaling.services.sessions import Sessions
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)


class LiveClasses:
    def __init__(
        self,
        *,
        database: Database,
        live_classes: LiveClassStore,
        session_store: SessionStore,
        sessions: Sessions,
        lifecycle: Lifecycle,
        access: Access,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._live_classes = live_classes
        self._session_store = session_store
        self._sessions = sessions
        self._lifecycle = lifecycle
        self._access = access
        self._now = now
        self._new_id = new_id

    async def create(self, who: Identity, command: CreateLiveClass) -> LiveClass:
        """Plan a live class. Raises `Forbidden`, `NotFound`, `AlreadyExists`."""
        course_id = command.course_id or (who.grant.course_id if who.grant else None)
        if course_id is None:
            raise BadRequest("courseId is needed: this token is not of one course alone")
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "plan-class")
            live_class_id = command.id or self._new_id()
            return await self._live_classes.create(tx, live_class_id, course_id, command.title, self._now())

    async def visible(self, who: Identity, course_id: str | None) -> list[LiveClass]:
        """Those of one's courses, or of one of them. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            if course_id is None:
                course_ids = await self._access.course_ids(tx, who)
            else:
                course_ids = [(await self._access.principal(tx, who, course_id)).course_id]
            found = await self._live_classes.of_courses(tx, course_ids)
        return [self._counted(live_class) for live_class in found]

    async def get(self, who: Identity, live_class_id: str) -> LiveClass:
        """Raises `NotFound`, also for a live class of a course they are not in."""
        return await self._allowed(who, live_class_id, "see-course")

    async def start(self, who: Identity, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `AlreadyLive`."""
        await self._allowed(who, live_class_id, "start-class")
        async with self._db.transaction() as tx:
            session = await self._lifecycle.start(tx, live_class_id, by=who.user_id)
        self._sessions.open(session)
        log.info("live class %s started: session %s", live_class_id, session.session_id)
        return session.live_class

    async def end(self, who: Identity, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `NotLive`."""
        live_class = await self._allowed(who, live_class_id, "end-class")
        if live_class.status != "live" or live_class.session_id is None:
            raise NotLive("the live class is not running")
        ended = await self._sessions.end(live_class.session_id, by=who.user_id)
        log.info("live class %s ended: session %s", live_class_id, live_class.session_id)
        return ended

    async def _allowed(self, who: Identity, live_class_id: str, action: CourseAction) -> LiveClass:
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            await self._access.require(tx, who, live_class.course_id, action)
        return self._counted(live_class)

    def _counted(self, live_class: LiveClass) -> LiveClass:
        count = self._sessions.participants(live_class.session_id)
        return msgspec.structs.replace(live_class, participant_count=count)
