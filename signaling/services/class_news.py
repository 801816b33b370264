"""Tells about live classes: to whom it concerns, in the transaction that makes it true."""

from __future__ import annotations

import msgspec

from signaling.announcements import course_topic, user_topic
from signaling.protocol.live_classes import LiveClass
from signaling.store.courses import CourseStore
from signaling.store.database import Transaction


class ClassNews:
    def __init__(self, *, courses: CourseStore) -> None:
        self._courses = courses

    async def tell(self, tx: Transaction, live_class: LiveClass, body: msgspec.Struct, *, by: str | None) -> None:
        """Announce ``body`` to everyone who may see the live class."""
        for topic in await self.topics(tx, live_class):
            tx.announce(topic, body)

    async def topics(self, tx: Transaction, live_class: LiveClass) -> list[str]:
        """Those of the course; or of its section, and of each tutor, who need not be in a section."""
        if live_class.section_id is None:
            return [course_topic(live_class.course_id)]
        members = await self._courses.members(tx, live_class.course_id)
        tutors = [m.user_id for m in members if m.role == "tutor" and m.section_id != live_class.section_id]
        return [course_topic(live_class.course_id, live_class.section_id), *map(user_topic, tutors)]
