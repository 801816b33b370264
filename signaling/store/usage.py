"""How much room the database and the attached files take."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select, text

from signaling.store import models as m
from signaling.store.database import Transaction


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """``kept``: octets on the disk, where files that are the same are kept once."""

    count: int
    size: int
    kept: int


class UserFiles(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    name: str | None
    count: int
    size: int


class UsageStore:
    """Every method is a part of the transaction it is given."""

    async def database_bytes(self, tx: Transaction) -> int:
        if not tx.is_sqlite:
            return int(await tx.scalar(text("SELECT pg_database_size(current_database())")))
        pages = int(await tx.scalar(text("PRAGMA page_count")))
        return pages * int(await tx.scalar(text("PRAGMA page_size")))

    async def files(self, tx: Transaction) -> Files:
        f = m.ChatAttachment
        count = await tx.scalar(select(func.count()).select_from(f))
        size = await tx.scalar(select(func.coalesce(func.sum(f.size), 0)))
        each = select(f.digest, func.max(f.size).label("size")).group_by(f.digest).subquery()
        kept = await tx.scalar(select(func.coalesce(func.sum(each.c.size), 0)))
        return Files(count=int(count), size=int(size), kept=int(kept))

    async def largest(self, tx: Transaction, limit: int) -> list[UserFiles]:
        """Those who attached most, with all that they attached."""
        f, u = m.ChatAttachment, m.User
        size = func.sum(f.size)
        query = (
            select(f.user_id, u.name, func.count().label("count_"), size.label("size"))
            .join(u, u.id == f.user_id, isouter=True)
            .group_by(f.user_id, u.name)
            .order_by(size.desc(), f.user_id)
            .limit(limit)
        )
        return [
            UserFiles(user_id=row.user_id, name=row.name, count=row.count_, size=int(row.size))
            for row in await tx.execute(query)
        ]
