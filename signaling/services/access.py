"""Who somebody is in a course, and whether they may do something there. Everything else asks here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling.announcements import course_topic, user_topic
from signaling.errors import Duplicate, NotFound, Unauthorized
from signaling.identity import Identity, Principal
from signaling.permissions import CourseAction, GlobalAction, require
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.people import PeopleStore
from signaling.tokens import Tokens


class Access:
    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        courses: CourseStore,
        tokens: Tokens,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._people = people
        self._courses = courses
        self._tokens = tokens
        self._now = now

    async def identify(self, token: object) -> Identity:
        """Who the token speaks for. Somebody who is known from it alone is remembered, with the course it gives.
        Raises `Unauthorized`."""
        identity = self._tokens.read(token, self._now())
        try:
            return await self._know(identity)
        except Duplicate:
            # the same newcomer twice at once: now there is a row
            return await self._know(identity)

    async def _know(self, identity: Identity) -> Identity:
        async with self._db.transaction() as tx:
            user = await self._people.find(tx, identity.user_id)
            if user is None:
                if identity.grant is None:
                    raise Unauthorized("there is no such account any more")
                await self._people.add(tx, identity.user_id, identity.name, self._now())
            elif user.is_blocked:
                raise Unauthorized("this account is blocked")
            elif identity.grant is None:
                # an account may have been renamed, or be an admin no longer, since the token was made
                identity = msgspec.structs.replace(
                    identity, name=user.name, is_admin=identity.is_admin and user.is_admin
                )
            elif user.name != identity.name:
                await self._people.rename(tx, user.id, identity.name)
            if identity.grant is not None:
                await self._take_grant(tx, identity)
        return identity

    async def _take_grant(self, tx: Transaction, identity: Identity) -> None:
        grant = identity.grant
        assert grant is not None
        known = await self._courses.enrolment(tx, grant.course_id, identity.user_id)
        if known is None:
            if not await self._courses.exists(tx, grant.course_id):
                await self._courses.add(tx, grant.course_id, grant.course_id, self._now())
            await self._courses.enrol(tx, grant.course_id, identity.user_id, grant.role, self._now())
        elif known.is_removed:
            raise Unauthorized("you are no longer in this course")
        elif known.role != grant.role:
            await self._courses.set_role(tx, grant.course_id, identity.user_id, grant.role)

    async def principal(self, tx: Transaction, who: Identity, course_id: str) -> Principal:
        """Who they are in a course. Raises `NotFound`: what one may not see is not there."""
        role = None
        section_id = None
        if who.grant is None or who.grant.course_id == course_id:
            enrolment = await self._courses.enrolment(tx, course_id, who.user_id)
            if enrolment is not None and not enrolment.is_removed:
                role, section_id = enrolment.role, enrolment.section_id
        if role is None and who.is_admin and await self._courses.exists(tx, course_id):
            role = "tutor"
        if role is None:
            raise NotFound("there is no such course")
        return Principal(user_id=who.user_id, name=who.name, role=role, course_id=course_id, section_id=section_id)

    async def member(self, who: Identity, course_id: str) -> Principal:
        """The same, in a transaction of its own."""
        async with self._db.transaction() as tx:
            return await self.principal(tx, who, course_id)

    async def require(self, tx: Transaction, who: Identity, course_id: str, action: CourseAction) -> Principal:
        """Who they are in a course where they may do this. Raises `NotFound`, `Forbidden`."""
        principal = await self.principal(tx, who, course_id)
        require(principal.role, action)
        return principal

    def require_global(self, who: Identity, action: GlobalAction) -> None:
        """Raises `Forbidden`."""
        require(who.actor, action)

    async def course_ids(self, tx: Transaction, who: Identity) -> list[str]:
        """The courses they are in and this token opens."""
        found = [row.course_id for row in await self._courses.of_user(tx, who.user_id)]
        return found if who.grant is None else [course for course in found if course == who.grant.course_id]

    async def topics(self, who: Identity) -> list[str]:
        """What every connection of this identity follows from the start."""
        async with self._db.transaction() as tx:
            courses = await self._courses.of_user(tx, who.user_id)
        opened = [c for c in courses if who.grant is None or who.grant.course_id == c.course_id]
        topics = [user_topic(who.user_id)]
        for course in opened:
            topics.append(course_topic(course.course_id))
            if course.section_id is not None:
                topics.append(course_topic(course.course_id, course.section_id))
        return topics
