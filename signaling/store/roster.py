"""Who is, and who was, in a course: in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, Select, func, insert, or_, select, update

from signaling.errors import NotFound
from signaling.protocol.base import Role
from signaling.protocol.courses import RosterEntry, RosterState
from signaling.store import models as m
from signaling.store.database import Transaction
from signaling.store.people import search_key

CHUNK = 400


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Whose an e-mail address is."""

    user_id: str
    name: str
    is_blocked: bool


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to make an account for. ``email`` is in lower case and nobody's yet."""

    user_id: str
    name: str
    email: str


class RosterStore:
    """Every method is a part of the transaction it is given."""

    async def page(
        self,
        tx: Transaction,
        course_id: str,
        *,
        words: Sequence[str],
        with_emails: bool,
        role: Role | None,
        section_id: str | None,
        state: RosterState,
        after: tuple[str, str] | None,
        limit: int,
    ) -> list[tuple[RosterEntry, tuple[str, str]]]:
        """Each with its key: where a list goes on ``after``. ``words`` are in one case (casefold)."""
        e, u = m.Enrolment, m.User
        query = _entries(course_id).order_by(u.search_key, u.id).limit(limit)
        # the key begins with the name: folding never makes it shorter
        text = u.search_key if with_emails else func.substr(u.search_key, 1, func.length(u.name))
        for word in words:
            query = query.where(text.contains(word, autoescape=True))
        if role is not None:
            query = query.where(e.role == role)
        if section_id is not None:
            query = query.where(e.section_id == section_id)
        match state:
            case "active":
                query = query.where(e.removed_at.is_(None))
            case "removed":
                query = query.where(e.removed_at.is_not(None), e.blocked_at.is_(None))
            case "blocked":
                query = query.where(e.blocked_at.is_not(None))
        if after is not None:
            key, user_id = after
            query = query.where(or_(u.search_key > key, (u.search_key == key) & (u.id > user_id)))
        return [(_entry(row, with_email=with_emails), (row.search_key, row.id)) for row in await tx.execute(query)]

    async def entry(self, tx: Transaction, course_id: str, user_id: str) -> RosterEntry:
        """Also of somebody who was removed. Raises `NotFound`."""
        row = (await tx.execute(_entries(course_id).where(m.Enrolment.user_id == user_id))).one_or_none()
        if row is None:
            raise NotFound("this person is not in the course")
        return _entry(row, with_email=True)

    async def all(self, tx: Transaction, course_id: str) -> list[RosterEntry]:
        """Everyone who is or was in the course."""
        query = _entries(course_id).order_by(m.User.search_key, m.User.id)
        return [_entry(row, with_email=True) for row in await tx.execute(query)]

    async def put(
        self, tx: Transaction, course_id: str, entries: Iterable[tuple[str, Role, str | None]], now: datetime
    ) -> None:
        """Put people, by user id, role and section, into a course they are not in and never were."""
        rows = [
            {"course_id": course_id, "user_id": user, "role": role, "section_id": section, "enrolled_at": now}
            for user, role, section in entries
        ]
        if rows:
            await tx.execute(insert(m.Enrolment), rows)

    async def add_accounts(self, tx: Transaction, new: Sequence[NewPerson], now: datetime) -> None:
        """Many local accounts at once, without passwords. Raises `Duplicate` when an address is somebody's."""
        if new:
            users = [
                {
                    "id": person.user_id,
                    "name": person.name,
                    "is_admin": False,
                    "created_at": now,
                    "provider": "local",
                    "email": person.email,
                    "search_key": search_key(person.name, None, person.email),
                }
                for person in new
            ]
            await tx.execute(insert(m.User), users)
            await tx.execute(insert(m.SignInName), [{"name": p.email, "user_id": p.user_id} for p in new])

    async def change(self, tx: Transaction, course_id: str, user_id: str, **columns: object) -> None:
        e = m.Enrolment
        await tx.execute(update(e).where(e.course_id == course_id, e.user_id == user_id).values(columns))

    async def tutors(self, tx: Transaction, course_id: str) -> set[str]:
        """The tutors of a course who can sign in."""
        e, u = m.Enrolment, m.User
        query = (
            select(e.user_id)
            .join(u, u.id == e.user_id)
            .where(e.course_id == course_id, e.role == "tutor", e.removed_at.is_(None), u.blocked_at.is_(None))
        )
        return set((await tx.execute(query)).scalars())

    async def tutor_names(self, tx: Transaction, course_id: str, most: int = 5) -> list[str]:
        """For who is invited, or waits: the names of the tutors, those who were there first at the beginning."""
        e, u = m.Enrolment, m.User
        query = (
            select(u.name)
            .select_from(e)
            .join(u, u.id == e.user_id)
            .where(e.course_id == course_id, e.role == "tutor", e.removed_at.is_(None), u.blocked_at.is_(None))
            .order_by(e.enrolled_at, e.user_id)
            .limit(most)
        )
        return list((await tx.execute(query)).scalars())

    async def by_email(self, tx: Transaction, emails: Sequence[str]) -> Mapping[str, KnownPerson]:
        """Whose these addresses are, in lower case. An account that signs in with one goes before those who are
        only written to there."""
        u, s = m.User, m.SignInName
        found: dict[str, KnownPerson] = {}
        for start in range(0, len(emails), CHUNK):
            some = emails[start : start + CHUNK]
            written = select(func.lower(u.email).label("address"), u.id, u.name, u.blocked_at).where(
                func.lower(u.email).in_(some)
            )
            signing_in = select(s.name.label("address"), u.id, u.name, u.blocked_at).join(u, u.id == s.user_id)
            for query in (written.order_by(u.created_at.desc(), u.id), signing_in.where(s.name.in_(some))):
                for row in await tx.execute(query):
                    found[row.address] = KnownPerson(
                        user_id=row.id, name=row.name, is_blocked=row.blocked_at is not None
                    )
        return found


def _entries(course_id: str) -> Select[*tuple[Any, ...]]:
    e, u = m.Enrolment, m.User
    return (
        select(
            *(u.id, u.name, u.email, u.search_key),
            *(e.role, e.section_id, e.enrolled_at, e.removed_at, e.blocked_at),
        )
        .join(u, u.id == e.user_id)
        .where(e.course_id == course_id)
    )


def _entry(row: Row[Any], *, with_email: bool) -> RosterEntry:
    state: RosterState = "active"
    if row.removed_at is not None:
        state = "removed" if row.blocked_at is None else "blocked"
    return RosterEntry(
        user_id=row.id,
        name=row.name,
        email=row.email if with_email else None,
        role=cast(Role, row.role),
        section_id=row.section_id,
        state=state,
        enrolled_at=row.enrolled_at,
    )
