"""Tells about live classes: to whom it concerns, in the transaction that makes it true."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from signaling.announcements import course_topic, user_topic
from signaling.protocol.live_classes import (
    LiveClass,
    LiveClassCancelled,
    LiveClassDeleted,
    LiveClassEnded,
    LiveClassScheduled,
    LiveClassStarted,
    LiveClassUpdated,
)
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.webhooks import Webhooks
from signaling.services.schedule.scheduler import Scheduler
from signaling.store.courses import CourseStore
from signaling.store.database import Transaction

Subject = Literal[
    "live-class-scheduled", "live-class-moved", "live-class-cancelled", "live-class-started", "live-class-ended"
]
"""What webhooks are sent for; people are notified of all but the end, which those in the room see."""


class ClassNews:
    def __init__(
        self,
        *,
        courses: CourseStore,
        notifications: Notifications,
        webhooks: Webhooks,
        scheduler: Scheduler,
    ) -> None:
        self._courses = courses
        self._notifications = notifications
        self._webhooks = webhooks
        self._scheduler = scheduler

    async def scheduled(
        self, tx: Transaction, live_class: LiveClass, *, by: str | None, quiet: bool = False
    ) -> None:
        """``quiet``: on all screens, but as no notification; for the many of a series."""
        await self._tell(tx, live_class, LiveClassScheduled(live_class=live_class))
        await self._subject(tx, live_class, "live-class-scheduled", _when(live_class), by=by, quiet=quiet)

    async def started(self, tx: Transaction, live_class: LiveClass, *, by: str | None) -> None:
        await self._tell(tx, live_class, LiveClassStarted(live_class=live_class))
        await self._subject(tx, live_class, "live-class-started", "The class has started: join now.", by=by)

    async def ended(self, tx: Transaction, told: LiveClassEnded, *, by: str | None) -> None:
        await self._tell(tx, told.live_class, told)
        await self._subject(tx, told.live_class, "live-class-ended", "", by=by, quiet=True)

    async def cancelled(
        self, tx: Transaction, told: LiveClassCancelled, *, by: str | None, quiet: bool = False
    ) -> None:
        await self._tell(tx, told.live_class, told)
        text = f"It will not take place: {told.reason}" if told.reason else "It will not take place."
        await self._subject(tx, told.live_class, "live-class-cancelled", text, by=by, quiet=quiet)

    async def updated(
        self, tx: Transaction, live_class: LiveClass, *, moved: bool, by: str | None, quiet: bool = False
    ) -> None:
        await self._tell(tx, live_class, LiveClassUpdated(live_class=live_class))
        if moved:
            await self._subject(tx, live_class, "live-class-moved", _when(live_class), by=by, quiet=quiet)

    async def deleted(self, tx: Transaction, live_class: LiveClass) -> None:
        await self.gone(tx, live_class)
        await self._scheduler.forget(tx, live_class.id)

    async def gone(self, tx: Transaction, live_class: LiveClass) -> None:
        """It is not there any more for those who saw it as it was."""
        body = LiveClassDeleted(live_class_id=live_class.id, course_id=live_class.course_id)
        for topic in await self.topics(tx, live_class):
            tx.announce(topic, body)

    async def notify(
        self, tx: Transaction, live_class: LiveClass, subject: Subject, text: str, *, by: str | None
    ) -> None:
        """Tell everyone whom it concerns but who did it, also those who are not there now."""
        if subject != "live-class-ended":
            await self._notifications.notify(
                tx,
                user_ids=[user for user in await self._concerned(tx, live_class) if user != by],
                kind=subject,
                title=live_class.title,
                text=text,
                course_id=live_class.course_id,
                live_class_id=live_class.id,
            )

    async def topics(self, tx: Transaction, live_class: LiveClass) -> list[str]:
        """Those of the course; or of its section, and of each tutor, who need not be in a section."""
        if live_class.section_id is None:
            return [course_topic(live_class.course_id)]
        members = await self._courses.members(tx, live_class.course_id)
        tutors = [m.user_id for m in members if m.role == "tutor" and m.section_id != live_class.section_id]
        return [course_topic(live_class.course_id, live_class.section_id), *map(user_topic, tutors)]

    async def _tell(self, tx: Transaction, live_class: LiveClass, body: msgspec.Struct) -> None:
        for topic in await self.topics(tx, live_class):
            tx.announce(topic, body)
        await self._scheduler.plan(tx, live_class)

    async def _subject(
        self,
        tx: Transaction,
        live_class: LiveClass,
        subject: Subject,
        text: str,
        *,
        by: str | None,
        quiet: bool = False,
    ) -> None:
        data = {"liveClass": live_class, "by": by}
        await self._webhooks.enqueue(tx, subject, live_class.course_id, data)
        if not quiet:
            await self.notify(tx, live_class, subject, text, by=by)

    async def _concerned(self, tx: Transaction, live_class: LiveClass) -> list[str]:
        return [
            member.user_id
            for member in await self._courses.members(tx, live_class.course_id)
            if live_class.section_id in (None, member.section_id) or member.role == "tutor"
        ]


def _when(live_class: LiveClass) -> str:
    return moment_text(live_class.scheduled_at)


def moment_text(at: datetime | None) -> str:
    """For people whose time zone is not known."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "The time is not set yet."
