"""Plans live classes: creates, moves, changes, cancels and deletes them, one or several of a series."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from signaling.errors import AlreadyExists, AlreadyLive, BadRequest, Duplicate, NotFound, WrongStatus
from signaling.identity import Identity
from signaling.protocol.live_classes import (
    CancelLiveClass,
    CreateLiveClass,
    LiveClass,
    LiveClassDurationUpdated,
    LiveClassStatus,
    SeriesScope,
    UpdateLiveClass,
)
from signaling.protocol.text import clean_text
from signaling.services.access import Access
from signaling.services.classes.class_news import ClassNews
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.classes.series import SeriesPlanner
from signaling.services.classes.series_times import new_plan
from signaling.services.courses.courses import archived
from signaling.services.names import title_of
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore

GRACE = timedelta(minutes=1)
"""A time that has just passed while somebody filled in a form."""
FARTHEST = timedelta(days=5 * 366)

_WHILE_LIVE = frozenset({"title", "description", "duration_minutes", "max_participants", "waiting_room"})
_AFTERWARDS = frozenset({"title", "description"})
_CHANGEABLE: dict[LiveClassStatus, frozenset[str]] = {
    "live": _WHILE_LIVE,
    "ended": _AFTERWARDS,
    "cancelled": frozenset(),
}
_OF_PLAN = (
    *("section_id", "title", "description", "type", "duration_minutes", "max_participants"),
    *("waiting_room", "auto_start", "recording"),
)
"""What live classes of a series have in common."""


class Plans:
    def __init__(
        self,
        *,
        database: Database,
        live_classes: LiveClassStore,
        courses: CourseStore,
        people: PeopleStore,
        access: Access,
        lifecycle: Lifecycle,
        series: SeriesPlanner,
        news: ClassNews,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._live_classes = live_classes
        self._courses = courses
        self._people = people
        self._access = access
        self._lifecycle = lifecycle
        self._series = series
        self._news = news
        self._now = now
        self._new_id = new_id

    async def create(self, who: Identity, command: CreateLiveClass) -> LiveClass:
        """Plan a live class, or several; the first of them. Raises `BadRequest`, `Forbidden`, `NotFound`,
        `AlreadyExists`, `WrongStatus`."""
        course_id = command.course_id or (who.grant.course_id if who.grant else None)
        if course_id is None:
            raise BadRequest("courseId is needed: this token is not of one course alone")
        plan = _cleaned({name: getattr(command, name) for name in _OF_PLAN})
        self._check_time(command.scheduled_at)
        if command.auto_start and command.scheduled_at is None:
            raise BadRequest("autoStart needs scheduledAt")
        try:
            async with self._db.transaction() as tx:
                await self._open(tx, who, course_id)
                if command.section_id is not None:
                    await self._courses.section(tx, course_id, command.section_id)
                if command.recurrence is not None:
                    return await self._recurring(tx, who, course_id, command, plan)
                live_class = await self._live_classes.create(
                    tx,
                    command.id or self._new_id(),
                    course_id,
                    now=self._now(),
                    scheduled_at=command.scheduled_at,
                    created_by=who.user_id,
                    **plan,
                )
                await self._news.scheduled(tx, live_class, by=who.user_id, quiet=command.scheduled_at is None)
                return live_class
        except Duplicate:
            raise AlreadyExists(f"there is a live class {command.id} already") from None

    async def _recurring(
        self, tx: Transaction, who: Identity, course_id: str, command: CreateLiveClass, plan: dict[str, Any]
    ) -> LiveClass:
        assert command.recurrence is not None
        if command.scheduled_at is None:
            raise BadRequest("a recurrence needs scheduledAt: its first class")
        times = new_plan(command.recurrence, command.scheduled_at)
        return await self._series.create(tx, course_id, times, plan, by=who.user_id, first_id=command.id)

    async def update(self, who: Identity, live_class_id: str, command: UpdateLiveClass) -> LiveClass:
        """Raises `BadRequest`, `Forbidden`, `NotFound`, `WrongStatus`."""
        given = {name: value for name, value in _fields(command).items() if value is not UNSET}
        recurrence = given.pop("recurrence", None)
        if "scheduled_at" in given:
            self._check_time(given["scheduled_at"])
        async with self._db.transaction() as tx:
            before = await self._locked(tx, who, live_class_id, command.scope)
            self._check_change(before, command.scope, given, recurrence is not None)
            if given.get("section_id") is not None:
                await self._courses.section(tx, before.course_id, given["section_id"])
            columns = _cleaned(given)
            if command.scope == "this":
                return await self._change(tx, before, columns, by=who.user_id)
            await self._series.change(
                tx,
                before,
                command.scope,
                columns={name: value for name, value in columns.items() if name != "scheduled_at"},
                at=columns.get("scheduled_at"),
                recurrence=recurrence,
                by=who.user_id,
            )
            return await self._live_classes.get(tx, live_class_id)

    async def _change(self, tx: Transaction, before: LiveClass, columns: dict[str, Any], *, by: str) -> LiveClass:
        changed = {name: value for name, value in columns.items() if getattr(before, name) != value}
        if not changed:
            return before
        after = await self._live_classes.change(tx, before.id, self._now(), **changed)
        if after.section_id != before.section_id:
            # those who see it no longer
            await self._news.gone(tx, before)
        await self._news.updated(tx, after, moved="scheduled_at" in changed, by=by)
        if after.status == "live" and "duration_minutes" in changed:
            await self._tell_duration(tx, after)
        return after

    async def _tell_duration(self, tx: Transaction, live_class: LiveClass) -> None:
        assert live_class.session_id is not None and live_class.started_at is not None
        remaining = None
        if live_class.duration_minutes is not None:
            end = live_class.started_at + timedelta(minutes=live_class.duration_minutes)
            remaining = int((end - self._now()).total_seconds())
        body = LiveClassDurationUpdated(
            live_class_id=live_class.id,
            session_id=live_class.session_id,
            duration_minutes=live_class.duration_minutes,
            remaining_seconds=remaining,
        )
        for topic in await self._news.topics(tx, live_class):
            tx.announce(topic, body)

    async def cancel(self, who: Identity, live_class_id: str, command: CancelLiveClass) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `AlreadyLive`, `WrongStatus`."""
        reason = clean_text(command.reason or "").strip() or None
        async with self._db.transaction() as tx:
            before = await self._locked(tx, who, live_class_id, command.scope)
            await self._audit(tx, who, "cancel-live-class", before, command.scope)
            if command.scope == "this":
                return await self._lifecycle.cancel(tx, live_class_id, by=who.user_id, reason=reason)
            await self._series.cancel(tx, before, command.scope, reason=reason, by=who.user_id)
            return await self._live_classes.get(tx, live_class_id)

    async def delete(self, who: Identity, live_class_id: str, scope: SeriesScope) -> None:
        """What happened in it is kept. Raises `Forbidden`, `NotFound`, `AlreadyLive`."""
        async with self._db.transaction() as tx:
            before = await self._locked(tx, who, live_class_id, scope)
            if before.status == "live":
                raise AlreadyLive("the live class is running: end it first", before.session_id or "")
            await self._audit(tx, who, "delete-live-class", before, scope)
            if scope == "this":
                await self._live_classes.delete(tx, live_class_id, self._now())
                await self._news.deleted(tx, before)
            else:
                await self._series.delete(tx, before, scope)

    # --- inside ---------------------------------------------------------------------------------------

    async def _open(self, tx: Transaction, who: Identity, course_id: str) -> None:
        is_archived = await self._courses.lock(tx, course_id, shared=True)
        await self._access.require(tx, who, course_id, "plan-class")
        if is_archived:
            raise archived()

    async def _locked(self, tx: Transaction, who: Identity, live_class_id: str, scope: SeriesScope) -> LiveClass:
        """The live class, which nobody else changes now."""
        found = await self._live_classes.get(tx, live_class_id)
        try:
            principal = await self._access.principal(tx, who, found.course_id)
        except NotFound:
            raise NotFound("there is no such live class") from None
        if not principal.sees(found.section_id):
            raise NotFound("there is no such live class")
        await self._open(tx, who, found.course_id)
        if scope != "this" and found.series_id is not None:
            await self._series.lock(tx, found.series_id)
        return await self._live_classes.locked(tx, live_class_id)

    async def _audit(
        self, tx: Transaction, who: Identity, action: str, live_class: LiveClass, scope: SeriesScope
    ) -> None:
        await self._people.audit(
            tx,
            actor_id=who.user_id,
            action=action,
            target=live_class.id,
            now=self._now(),
            course_id=live_class.course_id,
            title=live_class.title,
            scope=scope,
        )

    def _check_time(self, at: datetime | None) -> None:
        if at is None:
            return
        now = self._now()
        if at < now - GRACE:
            raise BadRequest(f"scheduledAt is over: it is {now:%Y-%m-%dT%H:%M:%SZ} now")
        if at > now + FARTHEST:
            raise BadRequest("scheduledAt is more than five years ahead")

    def _check_change(
        self, before: LiveClass, scope: SeriesScope, given: dict[str, Any], has_recurrence: bool
    ) -> None:
        if before.status != "scheduled":
            refused = sorted(given.keys() - _CHANGEABLE[before.status])
            if refused or has_recurrence or scope != "this":
                names = ", ".join(map(_wire_name, refused)) or "its series"
                raise WrongStatus(f"the live class is {before.status}: {names} cannot be changed now")
        if scope == "this" and has_recurrence:
            raise BadRequest("recurrence is for scope following or all")
        at = given.get("scheduled_at", before.scheduled_at)
        if at is None and (before.series_id is not None or scope != "this"):
            raise BadRequest("a class of a series needs scheduledAt")
        if at is None and given.get("auto_start", before.auto_start):
            raise BadRequest("autoStart needs scheduledAt")


def _fields(command: UpdateLiveClass) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__ if name != "scope"}


def _cleaned(plan: dict[str, Any]) -> dict[str, Any]:
    """Raises `BadRequest`."""
    cleaned = dict(plan)
    if "title" in cleaned:
        cleaned["title"] = title_of(cleaned["title"])
    if "description" in cleaned:
        cleaned["description"] = clean_text(cleaned["description"])
    return cleaned


def _wire_name(name: str) -> str:
    return next(f.encode_name for f in msgspec.structs.fields(UpdateLiveClass) if f.name == name)
