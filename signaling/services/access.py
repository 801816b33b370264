"""Who somebody is in a course, and whether they may do something there. Everything else asks here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from signaling.announcements import course_topics, user_topic
from signaling.errors import Duplicate, NotFound, Unauthorized
from signaling.identity import Grant, Identity, Principal, StreamPass
from signaling.permissions import CourseAction, GlobalAction, require
from signaling.services.people.claims import External
from signaling.services.people.issuer import Issuer
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.devices import DeviceStore
from signaling.store.people import PeopleStore
from signaling.store.stream_keys import StreamKeyStore
from signaling.tokens import Tokens


class Access:
    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        courses: CourseStore,
        devices: DeviceStore,
        stream_keys: StreamKeyStore,
        tokens: Tokens,
        issuer: Issuer | None,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._people = people
        self._courses = courses
        self._devices = devices
        self._stream_keys = stream_keys
        self._tokens = tokens
        self._issuer = issuer
        self._now = now
        self._new_id = new_id

    async def identify(self, token: object) -> Identity:
        """Who the token speaks for. Somebody who is known from it alone is remembered, with the course it gives.
        Raises `Unauthorized`; `Unavailable` while another issuer's keys cannot be had."""
        if self._issuer is not None and isinstance(token, str) and self._issuer.is_for(token):
            external = await self._issuer.read(token, self._now())
            know = partial(self._know_external, external)
        else:
            know = partial(self._know, self._tokens.read(token, self._now()))
        try:
            return await know()
        except Duplicate:
            # the same newcomer twice at once: now there is a row
            return await know()

    async def identify_stream(self, token: str) -> tuple[Identity, StreamPass | None]:
        """Who publishes or plays a stream: by a stream key, or by any other token, which opens more. Raises
        `Unauthorized`, `Unavailable`."""
        given = self._tokens.read_stream_key(token, self._now())
        if given is None:
            return await self.identify(token), None
        async with self._db.transaction() as tx:
            user = await self._people.find(tx, given.user_id)
            if user is None or user.is_blocked:
                raise Unauthorized("this account is blocked, or there is none")
            await self._use_stream_key(tx, given)
        who = Identity(user_id=user.id, name=user.name, expires_at=given.expires_at, is_admin=user.is_admin)
        return who, given

    async def check_stream_key(self, given: StreamPass) -> None:
        """Raises `Unauthorized` when it was revoked."""
        async with self._db.transaction() as tx:
            await self._use_stream_key(tx, given)

    async def _use_stream_key(self, tx: Transaction, given: StreamPass) -> None:
        if not await self._stream_keys.use(tx, given.id, self._now()):
            raise Unauthorized("this key was revoked; ask for a new one")

    async def _know(self, identity: Identity) -> Identity:
        async with self._db.transaction() as tx:
            user = await self._people.find(tx, identity.user_id)
            if user is None:
                if identity.grant is None:
                    raise Unauthorized("there is no such account any more")
                await self._people.add(tx, identity.user_id, identity.name, self._now())
            elif user.is_blocked:
                raise Unauthorized("this account is blocked")
            elif identity.device_id is not None and not await self._devices.is_valid(
                tx, identity.device_id, user.id, self._now()
            ):
                raise Unauthorized("you were signed out; sign in again")
            elif user.provider != "token" or identity.grant is None:
                # an account may have been renamed, or be an admin no longer, since the token was made
                identity = msgspec.structs.replace(
                    identity, name=user.name, is_admin=identity.is_admin and user.is_admin
                )
            elif user.name != identity.name:
                await self._people.rename(tx, user.id, identity.name)
            if identity.grant is not None:
                decides = user is None or user.provider == "token"
                await self._take_grant(tx, identity.user_id, identity.grant, decides=decides)
        return identity

    async def _know_external(self, external: External) -> Identity:
        """Somebody of another issuer. Who they are here is found by the issuer and its name for them, so that no
        issuer can speak for an account of this server."""
        async with self._db.transaction() as tx:
            user = await self._people.find_external(tx, external.issuer, external.subject)
            if user is None:
                user_id = self._new_id()
                await self._people.add(
                    tx,
                    user_id,
                    external.name,
                    self._now(),
                    provider="issuer",
                    email=external.email,
                    is_admin=bool(external.is_admin),
                    issuer=external.issuer,
                    subject=external.subject,
                )
                user = await self._people.find(tx, user_id)
                assert user is not None
            if user.is_blocked:
                raise Unauthorized("this account is blocked")
            if (user.name, user.email) != (external.name, external.email):
                user = await self._people.describe(tx, user, name=external.name, email=external.email)
            is_admin = user.is_admin if external.is_admin is None else external.is_admin
            if is_admin != user.is_admin:
                await self._people.set_admin(tx, user.id, is_admin)
            if external.grant is not None:
                await self._take_grant(tx, user.id, external.grant, decides=True)
        return Identity(
            user_id=user.id,
            name=user.name,
            expires_at=external.expires_at,
            is_admin=is_admin and external.grant is None,
            grant=external.grant,
        )

    async def _take_grant(self, tx: Transaction, user_id: str, grant: Grant, *, decides: bool) -> None:
        """Let somebody into the course of their token. ``decides``: the token says the role, else the roster does
        for those who are in it already."""
        known = await self._courses.enrolment(tx, grant.course_id, user_id)
        if known is None:
            if not await self._courses.exists(tx, grant.course_id):
                await self._courses.add(tx, grant.course_id, grant.course_id, self._now())
            await self._courses.enrol(tx, grant.course_id, user_id, grant.role, self._now())
        elif known.is_removed:
            raise Unauthorized("you are no longer in this course")
        elif decides and known.role != grant.role:
            await self._courses.set_role(tx, grant.course_id, user_id, grant.role)

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
            topics += course_topics(course.course_id, course.section_id, course.role)
        return topics
