"""Who is to be told of something in a course, and where they can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import or_, select

from signaling.store import models as m
from signaling.store.database import Transaction

BATCH = 500
"""Names in one statement: a database has a limit for parameters."""


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """A push subscription or a mail address of a user."""

    user_id: str
    target: str


class AudienceStore:
    """Every method is a part of the transaction it is given."""

    async def of_class(self, tx: Transaction, course_id: str, section_id: str | None) -> list[str]:
        """Everyone who may come: the course, or the section and all tutors. Blocked accounts are not told."""
        e, u = m.Enrolment, m.User
        query = (
            select(e.user_id)
            .join(u, u.id == e.user_id)
            .where(e.course_id == course_id, e.removed_at.is_(None), u.blocked_at.is_(None))
        )
        if section_id is not None:
            query = query.where(or_(e.section_id == section_id, e.role == "tutor"))
        return list((await tx.execute(query.order_by(e.user_id))).scalars())

    async def tutors(self, tx: Transaction, course_id: str) -> list[str]:
        e, u = m.Enrolment, m.User
        query = (
            select(e.user_id)
            .join(u, u.id == e.user_id)
            .where(e.course_id == course_id, e.removed_at.is_(None), e.role == "tutor", u.blocked_at.is_(None))
        )
        return list((await tx.execute(query.order_by(e.user_id))).scalars())

    async def known(self, tx: Transaction, user_ids: Sequence[str]) -> list[str]:
        """Those who have an account that is not blocked."""
        u = m.User
        found: list[str] = []
        for some in batched(user_ids):
            query = select(u.id).where(u.id.in_(some), u.blocked_at.is_(None))
            found.extend((await tx.execute(query)).scalars())
        return found

    async def with_mail(self, tx: Transaction, user_ids: Sequence[str]) -> list[str]:
        """Those with a mail address."""
        u = m.User
        found: list[str] = []
        for some in batched(user_ids):
            query = select(u.id).where(u.id.in_(some), u.email.is_not(None))
            found.extend((await tx.execute(query)).scalars())
        return found

    async def mail_address(self, tx: Transaction, user_id: str) -> str | None:
        """None also for an account that is blocked."""
        u = m.User
        found: str | None = await tx.scalar(select(u.email).where(u.id == user_id, u.blocked_at.is_(None)))
        return found

    async def subscriptions(self, tx: Transaction, user_ids: Sequence[str]) -> list[Reachable]:
        """The push subscriptions of these people."""
        p = m.PushSubscription
        found: list[Reachable] = []
        for some in batched(user_ids):
            query = select(p.user_id, p.id).where(p.user_id.in_(some))
            found.extend(Reachable(user_id=row.user_id, target=row.id) for row in await tx.execute(query))
        return found


def batched(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """In the order they have, so many at a time."""
    for start in range(0, len(names), BATCH):
        yield names[start : start + BATCH]
