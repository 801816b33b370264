"""Recurring live classes: made some time ahead, and changed together.

Each class of a series is a live class of its own with a place in the series (``occurs_at``), which it keeps when
it is moved alone. To change all from one on, the series is cut there: what was before stays as it is, what comes
after belongs to a new series. Classes keep their ids where they can, so that links and calendars stay right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from signaling.errors import AlreadyExists, BadRequest, PodiumError, WrongStatus
from signaling.protocol.live_classes import LiveClass, Recurrence, SeriesScope
from signaling.services.classes.class_news import ClassNews, moment_text
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.classes.recurrence import SEARCH, occurrences, to_moment, write_rule
from signaling.services.classes.series_times import Plan, new_plan, plan_of
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.series import Occurrence, SeriesStore, StoredSeries

log = logging.getLogger(__name__)

AT_ONCE = 20
"""So many series are planned on in one go."""


class SeriesPlanner:
    def __init__(
        self,
        *,
        database: Database,
        series: SeriesStore,
        courses: CourseStore,
        live_classes: LiveClassStore,
        lifecycle: Lifecycle,
        news: ClassNews,
        ahead: timedelta,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """``ahead``: how long before their time classes are made."""
        self._db = database
        self._series = series
        self._courses = courses
        self._live_classes = live_classes
        self._lifecycle = lifecycle
        self._news = news
        self._ahead = ahead
        self._now = now
        self._new_id = new_id

    async def lock(self, tx: Transaction, series_id: str) -> None:
        """Before one of its live classes is locked: two who change several of them never wait for each other."""
        await self._series.locked(tx, series_id)

    async def create(
        self,
        tx: Transaction,
        course_id: str,
        plan: Plan,
        template: dict[str, Any],
        *,
        by: str,
        first_id: str | None = None,
    ) -> LiveClass:
        """A new series; its first live class, with ``first_id`` when that is given."""
        first = to_moment(next(occurrences(plan.rule, plan.first, plan.first + SEARCH)), plan.zone)
        before = max(self._now(), first) + self._ahead
        series = StoredSeries(
            id=self._new_id(),
            course_id=course_id,
            rule=write_rule(plan.rule),
            time_zone=plan.zone.key,
            first=plan.first,
            template=template,
            planned_until=plan.planned_until(before),
            created_by=by,
        )
        await self._series.add(tx, series, self._now())
        made = await self._make(tx, series, plan.moments(before), by=by, first_id=first_id)
        if first_id is not None and made[0].id != first_id:
            raise AlreadyExists(f"there is a live class {first_id} already")
        text = f"{len(made)} classes are planned, the first for {moment_text(first)}"
        await self._news.notify(tx, made[0], "live-class-scheduled", text, by=by)
        return made[0]

    async def roll(self) -> None:
        """Make the classes that have come near. To be called now and then, on any server."""
        before = self._now() + self._ahead
        async with self._db.transaction() as tx:
            due = await self._series.due(tx, before - timedelta(days=1), AT_ONCE)
        for series_id in due:
            try:
                async with self._db.transaction() as tx:
                    await self._roll(tx, series_id, before)
            except PodiumError:
                log.exception("the series %s was not planned on", series_id)

    async def _roll(self, tx: Transaction, series_id: str, before: datetime) -> None:
        found = await self._series.find(tx, series_id)
        if found is None or await self._courses.lock(tx, found.course_id, shared=True):
            return
        series = await self._series.locked(tx, series_id)
        if series is None or series.planned_until is None or series.planned_until >= before:
            return
        plan = plan_of(series)
        if await self._is_homeless(tx, series):
            log.warning("the series %s ends: its section was dissolved", series_id)
            until = None
        else:
            await self._make(tx, series, plan.moments(before, since=series.planned_until), by=None)
            until = plan.planned_until(before)
        await self._series.change(tx, series_id, rule=series.rule, planned_until=until)

    async def _is_homeless(self, tx: Transaction, series: StoredSeries) -> bool:
        """Whether it is of a section that is there no longer."""
        section_id = series.template.get("section_id")
        sections = await self._courses.sections(tx, series.course_id)
        return section_id is not None and section_id not in [section.id for section in sections]

    async def _make(
        self,
        tx: Transaction,
        series: StoredSeries,
        moments: Sequence[datetime],
        *,
        by: str | None,
        first_id: str | None = None,
    ) -> list[LiveClass]:
        keyed = [(self._new_id(), at) for at in moments]
        if first_id is not None and keyed:
            keyed[0] = (first_id, keyed[0][1])
        made = []
        for live_class_id in await self._series.make(tx, series, keyed, self._now()):
            live_class = await self._live_classes.get(tx, live_class_id)
            await self._news.scheduled(tx, live_class, by=by, quiet=True)
            made.append(live_class)
        return made

    # --- changing several -----------------------------------------------------------------------------

    async def change(
        self,
        tx: Transaction,
        live_class: LiveClass,
        scope: SeriesScope,
        *,
        columns: dict[str, Any],
        at: datetime | None,
        recurrence: Recurrence | None,
        by: str,
    ) -> None:
        """Change the template and every class from a place on. ``at``: the new time of ``live_class``. Raises
        `BadRequest`, `WrongStatus`."""
        series, place, tail, had_before = await self._from(tx, live_class, scope)
        old = plan_of(series)
        plan, is_moved = self._new_times(old, live_class, place, at, recurrence, await self._slot(tx, live_class))
        if recurrence is None and old.rule.count is not None:
            passed = sum(1 for _ in occurrences(old.rule, old.first, old.begin(place)))
            rule = msgspec.structs.replace(plan.rule, count=old.rule.count - passed)
            plan = msgspec.structs.replace(plan, rule=rule)
        before = max(self._now(), to_moment(plan.first, plan.zone)) + self._ahead
        changed = StoredSeries(
            id=self._new_id() if had_before else series.id,
            course_id=series.course_id,
            rule=write_rule(plan.rule),
            time_zone=plan.zone.key,
            first=plan.first,
            template={**series.template, **columns},
            planned_until=plan.planned_until(before) if is_moved else series.planned_until,
            created_by=series.created_by,
        )
        if had_before:
            await self._cut(tx, series, old, place)
            await self._series.add(tx, changed, self._now())
        else:
            await self._series.change(
                tx,
                series.id,
                rule=changed.rule,
                planned_until=changed.planned_until,
                first=changed.first,
                template=changed.template,
                time_zone=changed.time_zone,
            )
        moments = plan.moments(before) if is_moved else [row.occurs_at for row in tail]
        await self._rearrange(tx, changed, tail, moments, columns, is_moved, renewed=recurrence is not None, by=by)

    async def _slot(self, tx: Transaction, live_class: LiveClass) -> datetime:
        """The place of a class in its series."""
        slot = await self._series.occurs_at(tx, live_class.id)
        assert slot is not None
        return slot

    def _new_times(
        self,
        old: Plan,
        live_class: LiveClass,
        place: datetime,
        at: datetime | None,
        recurrence: Recurrence | None,
        slot: datetime,
    ) -> tuple[Plan, bool]:
        """The plan from ``place`` on, and whether it differs. Raises `BadRequest`."""
        if recurrence is not None:
            first = at or live_class.scheduled_at or slot
            if first < self._now():
                raise BadRequest("the time of this class is over: send scheduledAt with the recurrence")
            return new_plan(recurrence, first), True
        begin = old.begin(place)
        if at is None:
            return msgspec.structs.replace(old, first=begin), False
        wanted = old.clock(at)
        if wanted.date() != old.clock(slot).date():
            raise BadRequest("scheduledAt sets the time of day of several classes: for other days send recurrence")
        first = datetime.combine(begin.date(), wanted.time())
        return msgspec.structs.replace(old, first=first), first != begin

    async def _rearrange(
        self,
        tx: Transaction,
        series: StoredSeries,
        tail: Sequence[Occurrence],
        moments: Sequence[datetime],
        columns: dict[str, Any],
        is_moved: bool,
        *,
        renewed: bool,
        by: str,
    ) -> None:
        """Give the classes of ``tail`` their new places and columns; make what is missing, delete what is too
        much. With a new rule what has been held or deleted leaves the series, else it keeps its place."""
        staying = [row for row in tail if not renewed or (row.status == "scheduled" and not row.is_deleted)]
        places: list[tuple[str, datetime | None]] = [(row.id, None) for row in tail]
        places += [(row.id, at) for row, at in zip(staying, moments, strict=False)]
        await self._series.place(tx, series.id, places)
        now = self._now()
        told: LiveClass | None = None
        for row, at in zip(staying, moments, strict=False):
            if row.status != "scheduled" or row.is_deleted:
                continue
            values = {**columns, "scheduled_at": at} if is_moved else columns
            if "section_id" in columns:
                await self._news.gone(tx, await self._live_classes.get(tx, row.id))
            live_class = await self._live_classes.change(tx, row.id, now, **values)
            await self._news.updated(tx, live_class, moved=is_moved, by=by, quiet=True)
            told = told or live_class
        for row in staying[len(moments) :]:
            if row.status == "scheduled" and not row.is_deleted:
                await self._drop(tx, row.id)
        await self._make(tx, series, moments[len(staying) :], by=by)
        if told is not None and is_moved:
            text = f"This class and those after it were moved, the first to {moment_text(told.scheduled_at)}"
            await self._news.notify(tx, told, "live-class-moved", text, by=by)

    async def cancel(
        self, tx: Transaction, live_class: LiveClass, scope: SeriesScope, *, reason: str | None, by: str
    ) -> None:
        """Cancel every scheduled class from a place on; no more are made. Raises `WrongStatus`."""
        series, place, tail, _ = await self._from(tx, live_class, scope)
        await self._cut(tx, series, plan_of(series), place)
        told: LiveClass | None = None
        for row in tail:
            if row.status == "scheduled" and not row.is_deleted:
                cancelled = await self._lifecycle.cancel(tx, row.id, by=by, reason=reason, quiet=True)
                told = told or cancelled
        if told is not None:
            text = "This class and those after it will not take place" + (f": {reason}" if reason else ".")
            await self._news.notify(tx, told, "live-class-cancelled", text, by=by)

    async def delete(self, tx: Transaction, live_class: LiveClass, scope: SeriesScope) -> None:
        """Delete every class from a place on that is not held yet; no more are made. Raises `WrongStatus`."""
        series, place, tail, _ = await self._from(tx, live_class, scope)
        await self._cut(tx, series, plan_of(series), place)
        for row in tail:
            if row.status in ("scheduled", "cancelled") and not row.is_deleted:
                await self._drop(tx, row.id)

    async def _drop(self, tx: Transaction, live_class_id: str) -> None:
        live_class = await self._live_classes.get(tx, live_class_id)
        await self._live_classes.delete(tx, live_class_id, self._now())
        await self._news.deleted(tx, live_class)

    async def _from(
        self, tx: Transaction, live_class: LiveClass, scope: SeriesScope
    ) -> tuple[StoredSeries, datetime, list[Occurrence], bool]:
        """The series, the place from which on it is to change, its classes from there on, and whether there were
        any before. Raises `BadRequest`, `WrongStatus`."""
        series = await self._series.locked(tx, live_class.series_id) if live_class.series_id else None
        if series is None:
            raise BadRequest("this live class is not one of a series: leave scope out")
        rows = await self._series.occurrences(tx, series.id)
        if scope == "all":
            still = (row.occurs_at for row in rows if row.status == "scheduled" and not row.is_deleted)
            place = next(still, None)
        else:
            place = await self._slot(tx, live_class)
        if place is None:
            raise WrongStatus("nothing of this series is still to come")
        tail = [row for row in rows if row.occurs_at >= place]
        return series, place, tail, len(tail) < len(rows)

    async def _cut(self, tx: Transaction, series: StoredSeries, plan: Plan, place: datetime) -> None:
        """From ``place`` on the series gives no more classes."""
        until = plan.begin(place) - timedelta(seconds=1)
        rule = msgspec.structs.replace(plan.rule, count=None, until=until)
        await self._series.change(tx, series.id, rule=write_rule(rule), planned_until=None)
