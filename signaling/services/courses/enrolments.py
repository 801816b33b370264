"""What follows when somebody's place in a course changes: who is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from signaling.announcements import user_topic
from signaling.protocol.base import Role
from signaling.protocol.courses import EnrolmentChanged
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.webhooks import Webhooks
from signaling.store.database import Transaction


class EnrolmentNews:
    def __init__(self, *, notifications: Notifications, webhooks: Webhooks) -> None:
        self._notifications = notifications
        self._webhooks = webhooks

    async def changed(
        self, tx: Transaction, course_id: str, user_id: str, role: Role | None, section_id: str | None = None
    ) -> None:
        """Tell the user's devices, which every server then lets follow the course or no longer; and webhooks."""
        change = EnrolmentChanged(course_id=course_id, section_id=section_id, role=role)
        tx.announce(user_topic(user_id), change)
        data = {"userId": user_id, "courseId": course_id, "sectionId": section_id, "role": role}
        await self._webhooks.enqueue(tx, "enrolment-changed", course_id, data)

    async def joined(
        self, tx: Transaction, course_id: str, people: Sequence[tuple[str, Role, str | None]]
    ) -> None:
        """The same for many who came at once: by user id, role and section."""
        takers = 1
        for user_id, role, section_id in people:
            change = EnrolmentChanged(course_id=course_id, section_id=section_id, role=role)
            tx.announce(user_topic(user_id), change)
            if takers:
                data = {"userId": user_id, "courseId": course_id, "sectionId": section_id, "role": role}
                takers = await self._webhooks.enqueue(tx, "enrolment-changed", course_id, data)

    async def welcome(self, tx: Transaction, course_id: str, title: str, user_ids: Collection[str]) -> None:
        """Tell newcomers that they are in."""
        if user_ids:
            await self._notifications.notify(
                tx,
                user_ids=user_ids,
                kind="enrolled",
                title=title,
                text="You are in this course now.",
                course_id=course_id,
            )
