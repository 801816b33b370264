"""People in the database, and who wants nothing of whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, delete, exists, insert, select, update

from signaling.protocol.accounts import Provider
from signaling.store import models as m
from signaling.store.audit import AuditStore
from signaling.store.database import Transaction

LONGEST_SEARCH_KEY = 450

_u = m.User
_COLUMNS = (
    *(_u.id, _u.name, _u.is_admin, _u.provider, _u.username, _u.email),
    *(_u.created_at, _u.last_seen_at, _u.blocked_at),
)


class KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    is_admin: bool
    is_blocked: bool
    provider: Provider = "token"
    username: str | None = None
    email: str | None = None
    created_at: datetime
    last_seen_at: datetime | None = None


class PeopleStore(AuditStore):
    """Every method is a part of the transaction it is given."""

    async def find(self, tx: Transaction, user_id: str) -> KnownUser | None:
        row = (await tx.execute(select(*_COLUMNS).where(_u.id == user_id))).one_or_none()
        return None if row is None else _known(row)

    async def lock(self, tx: Transaction, user_id: str) -> KnownUser | None:
        """The same, and nobody else changes this user before the transaction ends."""
        query = select(*_COLUMNS).where(_u.id == user_id).with_for_update()
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _known(row)

    async def find_external(self, tx: Transaction, issuer: str, subject: str) -> KnownUser | None:
        """Who another issuer calls so."""
        query = select(*_COLUMNS).where(_u.issuer == issuer, _u.subject == subject)
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _known(row)

    async def add(
        self,
        tx: Transaction,
        user_id: str,
        name: str,
        now: datetime,
        *,
        provider: Provider = "token",
        username: str | None = None,
        email: str | None = None,
        is_admin: bool = False,
        issuer: str | None = None,
        subject: str | None = None,
    ) -> None:
        """Raises `Duplicate` when the id, or the issuer's subject, is known already."""
        values = {
            "id": user_id,
            "name": name,
            "is_admin": is_admin,
            "created_at": now,
            "provider": provider,
            "username": username,
            "email": email,
            "issuer": issuer,
            "subject": subject,
            "search_key": search_key(name, username, email),
        }
        await tx.execute(insert(_u).values(values))

    async def rename(self, tx: Transaction, user_id: str, name: str) -> None:
        user = await self.find(tx, user_id)
        if user is not None:
            await self.describe(tx, user, name=name, email=user.email)

    async def describe(self, tx: Transaction, user: KnownUser, *, name: str, email: str | None) -> KnownUser:
        key = search_key(name, user.username, email)
        statement = update(_u).where(_u.id == user.id).values(name=name, email=email, search_key=key)
        await tx.execute(statement)
        return msgspec.structs.replace(user, name=name, email=email)

    async def set_admin(self, tx: Transaction, user_id: str, is_admin: bool) -> None:
        await tx.execute(update(_u).where(_u.id == user_id).values(is_admin=is_admin))

    async def set_blocked(self, tx: Transaction, user_id: str, at: datetime | None) -> None:
        await tx.execute(update(_u).where(_u.id == user_id).values(blocked_at=at))

    async def admin_ids(self, tx: Transaction) -> list[str]:
        """Admins who are not blocked. Nobody else adds or takes one before the transaction ends."""
        query = select(_u.id).where(_u.is_admin, _u.blocked_at.is_(None)).order_by(_u.id).with_for_update()
        return list((await tx.execute(query)).scalars())

    async def has_admin(self, tx: Transaction) -> bool:
        return bool(await tx.scalar(select(exists().where(_u.is_admin))))

    async def page(
        self, tx: Transaction, *, search: str, blocked: bool | None, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[KnownUser, tuple[str, str]]]:
        """In the order of their names, each with its key: where a list goes on ``after``."""
        query = select(*_COLUMNS, _u.search_key).order_by(_u.search_key, _u.id).limit(limit)
        for word in search.casefold().split():
            query = query.where(_u.search_key.contains(word, autoescape=True))
        if blocked is not None:
            query = query.where(_u.blocked_at.is_not(None) if blocked else _u.blocked_at.is_(None))
        if after is not None:
            key, user_id = after
            query = query.where((_u.search_key > key) | ((_u.search_key == key) & (_u.id > user_id)))
        return [(_known(row), (row.search_key, row.id)) for row in await tx.execute(query)]

    # --- blocks ---------------------------------------------------------------------------------------

    async def block(self, tx: Transaction, user_id: str, other_id: str, now: datetime) -> None:
        """``user_id`` wants nothing of ``other_id``; saying it twice is as good as once."""
        if not await self.is_blocked_by(tx, other_id, user_id):
            values = {"user_id": user_id, "blocked_id": other_id, "created_at": now}
            await tx.execute(insert(m.UserBlock).values(values))

    async def unblock(self, tx: Transaction, user_id: str, other_id: str) -> None:
        b = m.UserBlock
        await tx.execute(delete(b).where(b.user_id == user_id, b.blocked_id == other_id))

    async def is_blocked_by(self, tx: Transaction, user_id: str, other_id: str) -> bool:
        """Whether ``other_id`` wants nothing of ``user_id``."""
        b = m.UserBlock
        return bool(await tx.scalar(select(exists().where(b.user_id == other_id, b.blocked_id == user_id))))

    async def blocked_by(self, tx: Transaction, user_id: str) -> list[tuple[KnownUser, datetime]]:
        """Whom ``user_id`` wants nothing of, and since when; latest first."""
        b = m.UserBlock
        query = (
            select(*_COLUMNS, b.created_at.label("since"))
            .join(b, b.blocked_id == _u.id)
            .where(b.user_id == user_id)
            .order_by(b.created_at.desc(), _u.id)
        )
        return [(_known(row), row.since) for row in await tx.execute(query)]

    async def shares_course(self, tx: Transaction, user_id: str, other_id: str) -> bool:
        """Whether both are in one course now."""
        return other_id in await self.sharing_course(tx, user_id, [other_id])

    async def sharing_course(
        self, tx: Transaction, user_id: str, others: Sequence[str], only: str | None = None
    ) -> set[str]:
        """Those of ``others`` who are in a course with ``user_id`` now, or in this ``only`` one."""
        e = m.Enrolment
        mine = select(e.course_id).where(e.user_id == user_id, e.removed_at.is_(None))
        if only is not None:
            mine = mine.where(e.course_id == only)
        query = select(e.user_id).where(e.user_id.in_(others), e.removed_at.is_(None), e.course_id.in_(mine))
        return set((await tx.execute(query.distinct())).scalars())


def _known(row: Row[Any]) -> KnownUser:
    return KnownUser(
        id=row.id,
        name=row.name,
        is_admin=row.is_admin,
        is_blocked=row.blocked_at is not None,
        provider=cast(Provider, row.provider),
        username=row.username,
        email=row.email,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def search_key(name: str, username: str | None, email: str | None) -> str:
    """What a person is found and sorted by. It begins with the name."""
    return " ".join(filter(None, (name, username, email))).casefold()[:LONGEST_SEARCH_KEY]
