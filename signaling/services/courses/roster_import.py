"""Brings people into a course by a file: all that can be, in one transaction, with a report for every line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling.errors import AlreadyExists, Duplicate
from signaling.identity import Identity
from signaling.protocol import courses as wire
from signaling.protocol.base import Role
from signaling.services.access import Access
from signaling.services.courses.courses import archived
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.courses.roster import LAST_TUTOR
from signaling.services.courses.roster_csv import BadLine, RosterLine, read_roster
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.people import PeopleStore
from signaling.store.roster import KnownPerson, NewPerson, RosterStore


class _DryRun(Exception):
    """Takes everything back."""


class _Refused(Exception):
    """Why a line cannot be used."""


class _Work(msgspec.Struct, kw_only=True):
    """What is known of the course while the lines are gone through."""

    course_id: str
    sections: dict[str, str]
    entries: dict[str, wire.RosterEntry]
    people: dict[str, KnownPerson]
    tutors: set[str]
    create_sections: bool
    new: list[tuple[str, Role, str | None]] = msgspec.field(default_factory=list)
    accounts: list[NewPerson] = msgspec.field(default_factory=list)
    welcome: list[str] = msgspec.field(default_factory=list)


class RosterImport:
    def __init__(
        self,
        *,
        database: Database,
        courses: CourseStore,
        roster: RosterStore,
        people: PeopleStore,
        access: Access,
        news: EnrolmentNews,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._courses = courses
        self._roster = roster
        self._people = people
        self._access = access
        self._news = news
        self._now = now
        self._new_id = new_id

    async def run(self, who: Identity, course_id: str, data: bytes, query: wire.ImportQuery) -> wire.ImportReport:
        """Raises `BadRequest` for a file that is no roster, `Forbidden`, `NotFound`, `WrongStatus`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "manage-roster")
        lines = read_roster(data)
        report: list[wire.ImportedLine] = []
        try:
            async with self._db.transaction() as tx:
                if await self._courses.lock(tx, course_id):
                    raise archived()
                await self._access.require(tx, who, course_id, "manage-roster")
                work = await self._look(tx, course_id, lines, query)
                for line in lines:
                    report.append(await self._line(tx, work, line))
                await self._roster.add_accounts(tx, work.accounts, self._now())
                await self._roster.put(tx, course_id, work.new, self._now())
                await self._news.joined(tx, course_id, work.new)
                course = await self._courses.get(tx, course_id, who.user_id)
                await self._news.welcome(tx, course_id, course.title, work.welcome)
                answer = _report(report, dry_run=query.dry_run)
                if query.dry_run:
                    raise _DryRun
                counts = {name: getattr(answer, name) for name in ("added", "updated", "unchanged", "failed")}
                await self._people.audit(
                    tx,
                    actor_id=who.user_id,
                    action="import-roster",
                    target=course_id,
                    now=self._now(),
                    course_id=course_id,
                    **counts,
                )
        except _DryRun:
            pass
        except Duplicate:
            raise AlreadyExists("somebody else made one of these accounts just now: try again") from None
        return answer

    async def _look(
        self, tx: Transaction, course_id: str, lines: list[RosterLine | BadLine], query: wire.ImportQuery
    ) -> _Work:
        emails = [line.email for line in lines if isinstance(line, RosterLine)]
        return _Work(
            course_id=course_id,
            sections={s.name.casefold(): s.id for s in await self._courses.sections(tx, course_id)},
            entries={entry.user_id: entry for entry in await self._roster.all(tx, course_id)},
            people=dict(await self._roster.by_email(tx, emails)),
            tutors=await self._roster.tutors(tx, course_id),
            create_sections=query.create_sections,
        )

    async def _line(self, tx: Transaction, work: _Work, line: RosterLine | BadLine) -> wire.ImportedLine:
        status: wire.ImportStatus = "failed"
        reason = None
        if isinstance(line, BadLine):
            reason = line.reason
        else:
            try:
                status = await self._apply(tx, work, line)
            except _Refused as error:
                reason = str(error)
        return wire.ImportedLine(line=line.line, status=status, name=line.name, email=line.email, reason=reason)

    async def _apply(self, tx: Transaction, work: _Work, line: RosterLine) -> wire.ImportStatus:
        """Raises `_Refused` before anything is changed."""
        known = work.people.get(line.email)
        entry = work.entries.get(known.user_id) if known is not None else None
        self._check(work, line, known, entry)
        section_id = await self._section(tx, work, line.section)
        if known is None:
            user_id = self._new_id()
            work.accounts.append(NewPerson(user_id=user_id, name=line.name, email=line.email))
        else:
            user_id = known.user_id
        if entry is None:
            work.new.append((user_id, line.role or "student", section_id))
            work.welcome.append(user_id)
            if line.role == "tutor":
                work.tutors.add(user_id)
            return "added"
        return await self._change(tx, work, line, entry, section_id)

    def _check(
        self, work: _Work, line: RosterLine, known: KnownPerson | None, entry: wire.RosterEntry | None
    ) -> None:
        if known is None and not line.name:
            raise _Refused("there is no name, and nobody with this e-mail address is known")
        if known is not None and known.is_blocked:
            raise _Refused("this account is blocked")
        if entry is not None and entry.state == "blocked":
            raise _Refused("this person is blocked in this course")
        if (
            entry is not None
            and (entry.role, entry.state) == ("tutor", "active")
            and line.role == "student"
            and not work.tutors - {entry.user_id}
        ):
            raise _Refused(LAST_TUTOR)
        if line.section is not None and line.section.casefold() not in work.sections:
            if not work.create_sections:
                raise _Refused(f"there is no section {line.section!r}")
            if len(work.sections) >= wire.MAX_SECTIONS:
                raise _Refused(f"a course has at most {wire.MAX_SECTIONS} sections")

    async def _section(self, tx: Transaction, work: _Work, name: str | None) -> str | None:
        if name is None:
            return None
        if name.casefold() not in work.sections:
            section = await self._courses.add_section(tx, work.course_id, self._new_id(), name, self._now())
            work.sections[name.casefold()] = section.id
        return work.sections[name.casefold()]

    async def _change(
        self, tx: Transaction, work: _Work, line: RosterLine, entry: wire.RosterEntry, section_id: str | None
    ) -> wire.ImportStatus:
        back = entry.state == "removed"
        role: Role = line.role or ("student" if back else entry.role)
        section_id = section_id if line.section is not None else (None if back else entry.section_id)
        if not back and (role, section_id) == (entry.role, entry.section_id):
            return "unchanged"
        columns: dict[str, object] = {"role": role, "section_id": section_id}
        if back:
            columns |= {"enrolled_at": self._now(), "removed_at": None}
            work.welcome.append(entry.user_id)
        await self._roster.change(tx, work.course_id, entry.user_id, **columns)
        await self._news.changed(tx, work.course_id, entry.user_id, role, section_id)
        (work.tutors.add if role == "tutor" else work.tutors.discard)(entry.user_id)
        return "added" if back else "updated"


def _report(lines: list[wire.ImportedLine], *, dry_run: bool) -> wire.ImportReport:
    counted = {
        status: sum(line.status == status for line in lines) for status in ("added", "updated", "unchanged")
    }
    return wire.ImportReport(
        dry_run=dry_run, failed=sum(line.status == "failed" for line in lines), lines=lines, **counted
    )
