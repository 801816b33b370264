"""Courses and their sections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET

from signaling import cursors
from signaling.errors import AlreadyExists, BadRequest, Duplicate, Forbidden, WrongStatus
from signaling.identity import Identity
from signaling.permissions import CourseAction
from signaling.protocol import courses as wire
from signaling.protocol.base import Role
from signaling.protocol.text import clean_text
from signaling.services.access import Access
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.names import name_of, title_of
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore

ARCHIVED = "the course was archived"


class Courses:
    def __init__(
        self,
        *,
        database: Database,
        courses: CourseStore,
        live_classes: LiveClassStore,
        people: PeopleStore,
        access: Access,
        lifecycle: Lifecycle,
        news: EnrolmentNews,
        anyone_creates: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._courses = courses
        self._live_classes = live_classes
        self._people = people
        self._access = access
        self._lifecycle = lifecycle
        self._news = news
        self._anyone_creates = anyone_creates
        self._now = now
        self._new_id = new_id

    async def create(self, who: Identity, command: wire.CreateCourse) -> wire.Course:
        """Raises `Forbidden`, `AlreadyExists`."""
        self._access.require_global(who, "create-course")
        if not self._anyone_creates and not who.is_admin:
            raise Forbidden("only admins make courses on this server: ask one of them")
        course_id, now = command.id or self._new_id(), self._now()
        title, description = title_of(command.title), clean_text(command.description)
        role: Role = "tutor"
        try:
            async with self._db.transaction() as tx:
                await self._courses.add(tx, course_id, title, now, description=description, created_by=who.user_id)
                await self._courses.enrol(tx, course_id, who.user_id, role, now)
                await self._news.changed(tx, course_id, who.user_id, role)
                await self._audit(tx, who, "create-course", course_id, course_id, title=title)
                return await self._courses.get(tx, course_id, who.user_id)
        except Duplicate:
            raise AlreadyExists(f"there is a course {course_id} already") from None

    async def visible(self, who: Identity, query: wire.CourseQuery) -> wire.CourseList:
        """Those they are in; all for an admin."""
        after = cursors.decode(query.cursor, tuple[datetime, str]) if query.cursor is not None else None
        async with self._db.transaction() as tx:
            found = await self._courses.page(
                tx,
                who.user_id,
                everyone=who.is_admin,
                only=who.grant.course_id if who.grant is not None else None,
                archived=query.archived,
                after=after,
                limit=query.limit + 1,
            )
        items = found[: query.limit]
        more = len(found) > query.limit
        cursor = cursors.encode(items[-1].created_at, items[-1].id) if more else None
        return wire.CourseList(items=items, next_cursor=cursor)

    async def get(self, who: Identity, course_id: str) -> wire.Course:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            await self._access.principal(tx, who, course_id)
            return await self._courses.get(tx, course_id, who.user_id)

    async def update(self, who: Identity, course_id: str, command: wire.UpdateCourse) -> wire.Course:
        """Raises `Forbidden`, `NotFound`, `WrongStatus`."""
        changed: dict[str, str] = {}
        if command.title is not UNSET:
            changed["title"] = title_of(command.title)
        if command.description is not UNSET:
            changed["description"] = clean_text(command.description)
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id, "edit-course")
            await self._courses.change(tx, course_id, **changed)
            await self._audit(tx, who, "edit-course", course_id, course_id, **changed)
            return await self._courses.get(tx, course_id, who.user_id)

    async def archive(self, who: Identity, course_id: str) -> wire.Course:
        """Raises `Forbidden`, `NotFound`, `WrongStatus` while a live class runs."""
        async with self._db.transaction() as tx:
            is_archived = await self._courses.lock(tx, course_id)
            await self._access.require(tx, who, course_id, "edit-course")
            if not is_archived:
                if await self._live_classes.ids(tx, course_id, "live"):
                    raise WrongStatus("a live class of this course runs: end it first")
                for live_class_id in await self._live_classes.ids(tx, course_id, "scheduled"):
                    await self._lifecycle.cancel(tx, live_class_id, by=who.user_id, reason=ARCHIVED)
                await self._courses.change(tx, course_id, archived_at=self._now())
                await self._audit(tx, who, "archive-course", course_id, course_id)
            return await self._courses.get(tx, course_id, who.user_id)

    async def unarchive(self, who: Identity, course_id: str) -> wire.Course:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            is_archived = await self._courses.lock(tx, course_id)
            await self._access.require(tx, who, course_id, "edit-course")
            if is_archived:
                await self._courses.change(tx, course_id, archived_at=None)
                await self._audit(tx, who, "unarchive-course", course_id, course_id)
            return await self._courses.get(tx, course_id, who.user_id)

    # --- sections -------------------------------------------------------------------------------------

    async def sections(self, who: Identity, course_id: str) -> wire.SectionList:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            await self._access.principal(tx, who, course_id)
            return wire.SectionList(items=await self._courses.sections(tx, course_id))

    async def add_section(self, who: Identity, course_id: str, command: wire.CreateSection) -> wire.Section:
        """Raises `Forbidden`, `NotFound`, `AlreadyExists`, `WrongStatus`."""
        name = name_of(command.name)
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id, "edit-course")
            if len(await self._courses.sections(tx, course_id)) >= wire.MAX_SECTIONS:
                raise BadRequest(f"a course has at most {wire.MAX_SECTIONS} sections")
            section_id = command.id or self._new_id()
            section = await self._courses.add_section(tx, course_id, section_id, name, self._now())
            await self._audit(tx, who, "create-section", section_id, course_id, name=name)
            return section

    async def rename_section(
        self, who: Identity, course_id: str, section_id: str, command: wire.RenameSection
    ) -> wire.Section:
        """Raises `Forbidden`, `NotFound`, `AlreadyExists`, `WrongStatus`."""
        name = name_of(command.name)
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id, "edit-course")
            await self._courses.section(tx, course_id, section_id)
            await self._courses.rename_section(tx, course_id, section_id, name)
            await self._audit(tx, who, "rename-section", section_id, course_id, name=name)
            return await self._courses.section(tx, course_id, section_id)

    async def drop_section(self, who: Identity, course_id: str, section_id: str) -> None:
        """Raises `Forbidden`, `NotFound`, `WrongStatus`."""
        async with self._db.transaction() as tx:
            await self._open(tx, who, course_id, "edit-course")
            section = await self._courses.section(tx, course_id, section_id)
            if await self._live_classes.ids(tx, course_id, "scheduled", "live", section_id=section_id):
                raise WrongStatus("live classes are planned for this section, or run: move or cancel them first")
            for member in await self._courses.drop_section(tx, course_id, section_id):
                await self._news.changed(tx, course_id, member.user_id, member.role)
            await self._audit(tx, who, "delete-section", section_id, course_id, name=section.name)

    # --- inside ---------------------------------------------------------------------------------------

    async def _open(self, tx: Transaction, who: Identity, course_id: str, action: CourseAction) -> None:
        is_archived = await self._courses.lock(tx, course_id)
        await self._access.require(tx, who, course_id, action)
        if is_archived:
            raise archived()

    async def _audit(
        self, tx: Transaction, who: Identity, action: str, target: str, course_id: str, **details: object
    ) -> None:
        now = self._now()
        await self._people.audit(
            tx, actor_id=who.user_id, action=action, target=target, now=now, course_id=course_id, **details
        )


def archived() -> WrongStatus:
    return WrongStatus("the course is archived: take it up again first")
