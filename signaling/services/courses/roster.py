"""Who is in a course: added, moved, removed, blocked. A course keeps at least one tutor who can sign in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET

from signaling import cursors
from signaling.attendance.table import table
from signaling.errors import AlreadyExists, BadRequest, Duplicate, Forbidden, NotFound, WrongStatus
from signaling.identity import Identity
from signaling.protocol import courses as wire
from signaling.services.access import Access
from signaling.services.courses.courses import archived
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.names import name_of
from signaling.services.people.new_accounts import NewAccount, add_account
from signaling.store.accounts import AccountStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.people import PeopleStore
from signaling.store.roster import RosterStore

LAST_TUTOR = "this is the last tutor of the course: make somebody else a tutor first"


class Roster:
    def __init__(
        self,
        *,
        database: Database,
        courses: CourseStore,
        roster: RosterStore,
        people: PeopleStore,
        accounts: AccountStore,
        access: Access,
        news: EnrolmentNews,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._courses = courses
        self._roster = roster
        self._people = people
        self._accounts = accounts
        self._access = access
        self._news = news
        self._now = now
        self._new_id = new_id

    async def page(self, who: Identity, course_id: str, query: wire.RosterQuery) -> wire.RosterList:
        """Raises `Forbidden`, `NotFound`."""
        after = cursors.decode(query.cursor, tuple[str, str]) if query.cursor is not None else None
        async with self._db.transaction() as tx:
            principal = await self._access.require(tx, who, course_id, "see-roster")
            if query.state != "active" and not principal.is_tutor:
                raise Forbidden("only tutors see who was removed")
            found = await self._roster.page(
                tx,
                course_id,
                words=query.search.casefold().split(),
                with_emails=principal.is_tutor,
                role=query.role,
                section_id=query.section_id,
                state=query.state,
                after=after,
                limit=query.limit + 1,
            )
        items = found[: query.limit]
        cursor = cursors.encode(*items[-1][1]) if len(found) > query.limit else None
        return wire.RosterList(items=[entry for entry, _ in items], next_cursor=cursor)

    async def export(self, who: Identity, course_id: str) -> str:
        """Everyone in it, as the CSV that can be imported; nothing in it is run as a formula."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "manage-roster")
            names = {section.id: section.name for section in await self._courses.sections(tx, course_id)}
            entries = await self._roster.all(tx, course_id)
        return table(
            ("name", "email", "role", "section"),
            (
                (entry.name, entry.email, entry.role, names.get(entry.section_id or ""))
                for entry in entries
                if entry.state == "active"
            ),
        )

    async def add(self, who: Identity, course_id: str, command: wire.AddToRoster) -> wire.RosterEntry:
        """Raises `Forbidden`, `NotFound`, `AlreadyExists`, `WrongStatus`."""
        try:
            async with self._db.transaction() as tx:
                await self._open(tx, who, course_id)
                if command.section_id is not None:
                    await self._courses.section(tx, course_id, command.section_id)
                user_id = await self._find_or_make(tx, command)
                await self._enrol(tx, course_id, user_id, command)
                await self._audit(tx, who, "add-to-course", user_id, course_id, role=command.role)
                return await self._roster.entry(tx, course_id, user_id)
        except Duplicate:
            raise AlreadyExists("somebody else has just added this person") from None

    async def _find_or_make(self, tx: Transaction, command: wire.AddToRoster) -> str:
        if (command.user_id is None) == (command.email is None):
            raise BadRequest("say who: by userId or by email")
        if command.user_id is not None:
            known = await self._people.find(tx, command.user_id)
            if known is None or known.is_blocked:
                raise NotFound("there is no such user")
            return known.id
        email = (command.email or "").lower()
        found = (await self._roster.by_email(tx, [email])).get(email)
        if found is not None and found.is_blocked:
            raise NotFound("there is no such user")
        if found is not None:
            return found.user_id
        if command.name is None:
            raise BadRequest("nobody with this e-mail address is known: send a name too, and an account is made")
        new = NewAccount(id=self._new_id(), name=name_of(command.name), email=email)
        return (await add_account(tx, self._people, self._accounts, new, self._now())).id

    async def _enrol(self, tx: Transaction, course_id: str, user_id: str, command: wire.AddToRoster) -> None:
        known = await self._courses.enrolment(tx, course_id, user_id)
        if known is not None and not known.is_removed:
            raise AlreadyExists("this person is in the course already")
        if known is not None and known.is_blocked:
            raise WrongStatus("this person is blocked in this course: unblock them first")
        now = self._now()
        if known is None:
            await self._roster.put(tx, course_id, [(user_id, command.role, command.section_id)], now)
        else:
            await self._roster.change(
                tx,
                course_id,
                user_id,
                role=command.role,
                section_id=command.section_id,
                enrolled_at=now,
                removed_at=None,
            )
        await self._news.changed(tx, course_id, user_id, command.role, command.section_id)
        course = await self._courses.get(tx, course_id, user_id)
        await self._news.welcome(tx, course_id, course.title, [user_id])

    async def update(
        self, who: Identity, course_id: str, user_id: str, command: wire.UpdateRosterEntry
    ) -> wire.RosterEntry:
        """Raises `Forbidden`, `NotFound`, `WrongStatus` for the last tutor."""
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id)
            before = await self._active(tx, course_id, user_id)
            role = before.role if command.role is UNSET else command.role
            section_id = before.section_id if command.section_id is UNSET else command.section_id
            if section_id is not None and section_id != before.section_id:
                await self._courses.section(tx, course_id, section_id)
            if role != "tutor":
                await self._keep_tutor(tx, course_id, before)
            if (role, section_id) != (before.role, before.section_id):
                await self._roster.change(tx, course_id, user_id, role=role, section_id=section_id)
                await self._news.changed(tx, course_id, user_id, role, section_id)
                details = {"role": role, "section_id": section_id}
                await self._audit(tx, who, "change-enrolment", user_id, course_id, **details)
            return await self._roster.entry(tx, course_id, user_id)

    async def remove(self, who: Identity, course_id: str, user_id: str) -> None:
        """Raises `Forbidden`, `NotFound`, `WrongStatus` for the last tutor."""
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id)
            before = await self._active(tx, course_id, user_id)
            await self._keep_tutor(tx, course_id, before)
            await self._roster.change(tx, course_id, user_id, removed_at=self._now())
            await self._news.changed(tx, course_id, user_id, None)
            await self._audit(tx, who, "remove-from-course", user_id, course_id)

    async def block(self, who: Identity, course_id: str, user_id: str) -> wire.RosterEntry:
        """Remove them, and let no invite bring them back. Raises `Forbidden`, `NotFound`, `WrongStatus`."""
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id)
            before = await self._roster.entry(tx, course_id, user_id)
            if before.state != "blocked":
                now = self._now()
                await self._keep_tutor(tx, course_id, before)
                await self._roster.change(tx, course_id, user_id, blocked_at=now)
                if before.state == "active":
                    await self._roster.change(tx, course_id, user_id, removed_at=now)
                    await self._news.changed(tx, course_id, user_id, None)
                await self._audit(tx, who, "block-in-course", user_id, course_id)
            return await self._roster.entry(tx, course_id, user_id)

    async def unblock(self, who: Identity, course_id: str, user_id: str) -> wire.RosterEntry:
        """They stay removed. Raises `Forbidden`, `NotFound`, `WrongStatus`."""
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id)
            before = await self._roster.entry(tx, course_id, user_id)
            if before.state == "blocked":
                await self._roster.change(tx, course_id, user_id, blocked_at=None)
                await self._audit(tx, who, "unblock-in-course", user_id, course_id)
            return await self._roster.entry(tx, course_id, user_id)

    # --- inside ---------------------------------------------------------------------------------------

    async def _open(self, tx: Transaction, who: Identity, course_id: str) -> None:
        """The course, which nobody else changes now: two tutors cannot remove each other."""
        is_archived = await self._courses.lock(tx, course_id)
        await self._access.require(tx, who, course_id, "manage-roster")
        if is_archived:
            raise archived()

    async def _active(self, tx: Transaction, course_id: str, user_id: str) -> wire.RosterEntry:
        entry = await self._roster.entry(tx, course_id, user_id)
        if entry.state != "active":
            raise NotFound("this person is not in the course any more")
        return entry

    async def _keep_tutor(self, tx: Transaction, course_id: str, leaving: wire.RosterEntry) -> None:
        """Raises `WrongStatus`."""
        if leaving.role == "tutor" and leaving.state == "active":
            tutors = await self._roster.tutors(tx, course_id)
            if not tutors - {leaving.user_id}:
                raise WrongStatus(LAST_TUTOR)

    async def _audit(
        self, tx: Transaction, who: Identity, action: str, target: str, course_id: str, **details: object
    ) -> None:
        now = self._now()
        await self._people.audit(
            tx, actor_id=who.user_id, action=action, target=target, now=now, course_id=course_id, **details
        )
