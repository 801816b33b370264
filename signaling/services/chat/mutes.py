"""Who may write no more in the chats of a course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from signaling import cursors
from signaling.errors import Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol import chat_rooms as wire
from signaling.services.access import Access
from signaling.store.chat.members import ChatMemberStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.people import PeopleStore


class ChatMutes:
    def __init__(
        self,
        *,
        database: Database,
        access: Access,
        members: ChatMemberStore,
        courses: CourseStore,
        people: PeopleStore,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._access = access
        self._members = members
        self._courses = courses
        self._people = people
        self._now = now

    async def mute(self, who: Identity, course_id: str, user_id: str) -> None:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "moderate-chat")
            enrolment = await self._courses.enrolment(tx, course_id, user_id)
            if enrolment is None or enrolment.is_removed:
                raise NotFound("there is no such person in the course")
            if enrolment.role == "tutor":
                raise Forbidden("a tutor cannot be muted")
            now = self._now()
            await self._members.mute(tx, course_id, user_id, who.user_id, now)
            await self._people.audit(
                tx, actor_id=who.user_id, action="mute-in-chat", target=user_id, now=now, course_id=course_id
            )

    async def unmute(self, who: Identity, course_id: str, user_id: str) -> None:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "moderate-chat")
            if not await self._members.unmute(tx, course_id, user_id):
                raise NotFound("this person is not muted")
            await self._people.audit(
                tx,
                actor_id=who.user_id,
                action="unmute-in-chat",
                target=user_id,
                now=self._now(),
                course_id=course_id,
            )

    async def muted(self, who: Identity, course_id: str, query: wire.PageQuery) -> wire.ChatMutedList:
        """Raises `NotFound`, `Forbidden`."""
        after = cursors.decode(query.cursor, tuple[str])[0] if query.cursor else None
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "moderate-chat")
            found = await self._members.muted(tx, course_id, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        return wire.ChatMutedList(
            items=[
                wire.ChatMuted(user_id=user_id, name=name, muted_by=by, muted_at=at)
                for user_id, name, by, at in page
            ],
            next_cursor=cursors.encode(page[-1][0]) if len(found) > query.limit else None,
        )
