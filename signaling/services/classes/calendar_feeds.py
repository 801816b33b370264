"""Calendars of people: one live class as a file, or all of theirs at a secret address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from signaling.errors import Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol.calendars import CalendarFeed, NewCalendarFeed
from signaling.services.access import Access
from signaling.services.classes.calendar import calendar
from signaling.store.calendars import CalendarStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore, Seen
from signaling.store.people import PeopleStore

PAST = timedelta(days=90)
"""So far back a feed shows what has been."""
MOST = 2000


class CalendarFeeds:
    def __init__(
        self,
        *,
        database: Database,
        store: CalendarStore,
        live_classes: LiveClassStore,
        courses: CourseStore,
        people: PeopleStore,
        access: Access,
        public_url: str,
        new_token: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        """``public_url`` is how browsers reach the server; ``new_token`` gives what nobody can guess."""
        self._db = database
        self._store = store
        self._live_classes = live_classes
        self._courses = courses
        self._people = people
        self._access = access
        self._public_url = public_url
        self._new_token = new_token
        self._now = now

    async def file(self, who: Identity, live_class_id: str) -> bytes:
        """One live class. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            try:
                principal = await self._access.principal(tx, who, live_class.course_id)
            except NotFound:
                raise NotFound("there is no such live class") from None
            if not principal.sees(live_class.section_id):
                raise NotFound("there is no such live class")
            entries = await self._store.entries(tx, only=live_class_id)
        return calendar(entries, name=live_class.title, url=self._public_url, host=self._host())

    async def get(self, who: Identity) -> CalendarFeed:
        async with self._db.transaction() as tx:
            return CalendarFeed(created_at=await self._store.created_at(tx, who.user_id))

    async def make(self, who: Identity) -> NewCalendarFeed:
        """A new secret address; the one before stops working. Raises `Forbidden` for a link, which ends sooner."""
        if who.grant is not None:
            raise Forbidden("a feed is for accounts: this is a link to one course")
        token, now = self._new_token(), self._now()
        async with self._db.transaction() as tx:
            await self._store.put(tx, who.user_id, _hash(token), now)
        return NewCalendarFeed(url=f"{self._public_url}/api/v1/calendar/{token}.ics", created_at=now)

    async def drop(self, who: Identity) -> None:
        async with self._db.transaction() as tx:
            await self._store.drop(tx, who.user_id)

    async def read(self, token: str) -> bytes:
        """The live classes of whoever has this address. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            user_id = await self._store.owner(tx, _hash(token))
            user = await self._people.find(tx, user_id) if user_id is not None else None
            if user is None or user.is_blocked:
                raise NotFound("there is no such calendar")
            enrolments = await self._courses.of_user(tx, user.id)
            seen = [
                Seen(course_id=e.course_id, everything=e.role == "tutor", section_id=e.section_id)
                for e in enrolments
            ]
            entries = await self._store.entries(tx, seen=seen, since=self._now() - PAST, limit=MOST)
        return calendar(entries, name="Live classes", url=self._public_url, host=self._host())

    def _host(self) -> str:
        return urlsplit(self._public_url).hostname or "podium"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
