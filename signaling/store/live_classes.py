"""Live classes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select, update

from signaling.errors import AlreadyExists, NotFound
from signaling.protocol.base import Role
from signaling.protocol.live_classes import Attendee, ConnectedPerson, LiveClass, LiveClassStatus
from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.rows import live_class

_c = m.LiveClass
_a = m.Attendance
_HERE: ColumnElement[bool] = _c.deleted_at.is_(None)
_time: ColumnElement[datetime] = func.coalesce(_c.scheduled_at, _c.created_at)
"""What lists are sorted by."""
_ROLE_RANK = case((_a.role == "tutor", 2), (_a.role == "student", 1), else_=0)
_ROLES: tuple[Role, ...] = ("guest", "student", "tutor")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Which live classes somebody may see in a course: with ``everything`` all, else those of the whole course
    and of the section."""

    course_id: str
    everything: bool
    section_id: str | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A live class as a calendar needs it. ``time_zone`` is that of its series, ``revision`` counts changes."""

    live_class: LiveClass
    course_title: str
    time_zone: str | None
    revision: int
    created_at: datetime
    changed_at: datetime


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is made of. ``end`` is not included; ``after`` is the key of the last one before."""

    seen: Sequence[Seen]
    limit: int
    section_id: str | None = None
    series_id: str | None = None
    status: LiveClassStatus | None = None
    start: datetime | None = None
    end: datetime | None = None
    order: Literal["newest", "soonest"] = "newest"
    after: tuple[datetime, str] | None = None


class LiveClassStore:
    """Every method is a part of the transaction it is given. A deleted live class is not there."""

    async def create(
        self, tx: Transaction, live_class_id: str, course_id: str, title: str, now: datetime, **plan: object
    ) -> LiveClass:
        """A scheduled live class in a course that exists. ``plan``: further columns. Raises `AlreadyExists`."""
        if await tx.scalar(select(_c.id).where(_c.id == live_class_id)):
            raise AlreadyExists(f"there is a live class {live_class_id} already")
        values = {"id": live_class_id, "course_id": course_id, "title": title, "status": "scheduled"}
        await tx.execute(insert(_c).values(**values, **plan, created_at=now, changed_at=now))
        return await self.get(tx, live_class_id)

    async def get(self, tx: Transaction, live_class_id: str) -> LiveClass:
        """Raises `NotFound`."""
        return await self._one(tx, _select(_c.id == live_class_id))

    async def locked(self, tx: Transaction, live_class_id: str) -> LiveClass:
        """The same; nobody else changes it until the end of this transaction. Raises `NotFound`."""
        return await self._one(tx, _select(_c.id == live_class_id).with_for_update(of=_c, key_share=True))

    async def _one(self, tx: Transaction, query: Select[*tuple[Any, ...]]) -> LiveClass:
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            raise NotFound("there is no such live class")
        return live_class(row)

    async def set_status(
        self, tx: Transaction, live_class_id: str, status: LiveClassStatus, now: datetime, **columns: object
    ) -> LiveClass:
        """For `signaling.services.classes.lifecycle` alone."""
        return await self.change(tx, live_class_id, now, status=status, **columns)

    async def change(self, tx: Transaction, live_class_id: str, now: datetime, **columns: object) -> LiveClass:
        """Set columns; calendars will show it anew."""
        values = {**columns, "revision": _c.revision + 1, "changed_at": now}
        await tx.execute(update(_c).where(_c.id == live_class_id).values(values))
        return await self.get(tx, live_class_id)

    async def delete(self, tx: Transaction, live_class_id: str, now: datetime) -> None:
        """It is not shown any more; what happened in it is kept."""
        await tx.execute(update(_c).where(_c.id == live_class_id).values(deleted_at=now, changed_at=now))

    async def ids(
        self, tx: Transaction, course_id: str, *statuses: LiveClassStatus, section_id: str | None = None
    ) -> list[str]:
        """Those of a course, or of one of its sections, in one of these states."""
        query = select(_c.id).where(_HERE, _c.course_id == course_id, _c.status.in_(statuses)).order_by(_c.id)
        if section_id is not None:
            query = query.where(_c.section_id == section_id)
        return list((await tx.execute(query)).scalars())

    async def of_sessions(self, tx: Transaction, session_ids: Sequence[str]) -> list[LiveClass]:
        """Those that these sessions are the running ones of."""
        query = _select(_c.session_id.in_(session_ids), _c.status == "live")
        return [live_class(row) for row in await tx.execute(query)] if session_ids else []

    async def page(self, tx: Transaction, wanted: Filter) -> list[tuple[LiveClass, tuple[datetime, str]]]:
        """By time, each with its key."""
        if not wanted.seen:
            return []
        query = _select(or_(*map(visible, wanted.seen))).add_columns(_time.label("at"))
        if wanted.section_id is not None:
            query = query.where(_c.section_id == wanted.section_id)
        if wanted.series_id is not None:
            query = query.where(_c.series_id == wanted.series_id)
        if wanted.status is not None:
            query = query.where(_c.status == wanted.status)
        if wanted.start is not None:
            query = query.where(_time >= wanted.start)
        if wanted.end is not None:
            query = query.where(_time < wanted.end)
        newest = wanted.order == "newest"
        if wanted.after is not None:
            at, live_class_id = wanted.after
            same = and_(_time == at, _c.id < live_class_id if newest else _c.id > live_class_id)
            query = query.where(or_(_time < at if newest else _time > at, same))
        query = query.order_by(*((_time.desc(), _c.id.desc()) if newest else (_time, _c.id))).limit(wanted.limit)
        return [(live_class(row), (row.at, row.id)) for row in await tx.execute(query)]

    # --- people in it ---------------------------------------------------------------------------------

    async def connected(self, tx: Transaction, session_id: str) -> list[ConnectedPerson]:
        """Who is in the room of a running session, first come, first."""
        query = (
            select(
                *(_a.user_id, func.max(_a.name).label("name"), func.max(_ROLE_RANK).label("rank")),
                *(func.count().label("devices"), func.min(_a.joined_at).label("joined_at")),
                func.count(_a.away_since).label("away"),
            )
            .where(_a.session_id == session_id, _a.left_at.is_(None))
            .group_by(_a.user_id)
            .order_by(func.min(_a.joined_at), _a.user_id)
        )
        return [
            ConnectedPerson(
                user_id=row.user_id,
                name=row.name,
                role=_ROLES[row.rank],
                devices=row.devices,
                joined_at=row.joined_at,
                is_reconnecting=row.away == row.devices,
            )
            for row in await tx.execute(query)
        ]

    async def attendees(
        self,
        tx: Transaction,
        live_class_id: str,
        *,
        connected: bool | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Attendee]:
        """Who is or was in a live class, over all sessions, in the order of joining."""
        first = cast(ColumnElement[datetime], func.min(_a.joined_at))
        here = func.sum(case((_a.left_at.is_(None), 1), else_=0))
        query = (
            select(
                *(_a.user_id, func.max(_a.name).label("name"), func.max(_ROLE_RANK).label("rank")),
                *(first.label("first"), func.max(_a.last_seen_at).label("last"), here.label("here")),
            )
            .join(m.Session, m.Session.id == _a.session_id)
            .where(m.Session.live_class_id == live_class_id)
            .group_by(_a.user_id)
            .order_by(first, _a.user_id)
            .limit(limit)
        )
        if connected is not None:
            query = query.having(here > 0 if connected else here == 0)
        if after is not None:
            at, user_id = after
            query = query.having(or_(first > at, and_(first == at, _a.user_id > user_id)))
        return [
            Attendee(
                user_id=row.user_id,
                name=row.name,
                role=_ROLES[row.rank],
                first_joined_at=row.first,
                last_seen_at=row.last,
                is_connected=row.here > 0,
            )
            for row in await tx.execute(query)
        ]


def is_here() -> ColumnElement[bool]:
    """It is not deleted."""
    return _HERE


def visible(seen: Seen) -> ColumnElement[bool]:
    course = _c.course_id == seen.course_id
    if seen.everything:
        return course
    if seen.section_id is None:
        return and_(course, _c.section_id.is_(None))
    return and_(course, or_(_c.section_id.is_(None), _c.section_id == seen.section_id))


def _select(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    here = (
        select(func.count())
        .select_from(_a)
        .where(_a.session_id == _c.session_id, _a.left_at.is_(None))
        .scalar_subquery()
    )
    return select(_c.__table__, here.label("participant_count")).where(_HERE, *where)
