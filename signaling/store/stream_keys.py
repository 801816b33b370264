"""Keys of streams in the database: what was made, and what of it still works. The keys themselves are not kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, insert, select, update

from signaling.protocol.streams import StreamKind, StreamSource
from signaling.store import models as m
from signaling.store.database import Transaction

_k = m.StreamKey


class StreamKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """``user_name``: of the maker, as it is now."""

    id: str
    live_class_id: str
    user_id: str
    user_name: str
    kind: StreamKind
    source: StreamSource
    label: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class StreamKeyStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, key: StreamKeyRow) -> None:
        values = msgspec.structs.asdict(key)
        del values["user_name"]
        await tx.execute(insert(_k).values(values))

    async def use(self, tx: Transaction, key_id: str, now: datetime) -> bool:
        """Note that a key is used. False when it was revoked, or was never made here."""
        statement = update(_k).where(_k.id == key_id, _k.revoked_at.is_(None)).values(last_used_at=now)
        return bool((await tx.execute(statement)).rowcount)

    async def revoke(self, tx: Transaction, key_id: str, now: datetime) -> bool:
        """False when it was revoked before."""
        statement = update(_k).where(_k.id == key_id, _k.revoked_at.is_(None)).values(revoked_at=now)
        return bool((await tx.execute(statement)).rowcount)

    async def find(self, tx: Transaction, live_class_id: str, key_id: str) -> StreamKeyRow | None:
        """A key of this live class."""
        query = _select().where(_k.id == key_id, _k.live_class_id == live_class_id)
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _key(row)

    async def page(
        self,
        tx: Transaction,
        live_class_id: str,
        *,
        user_id: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[StreamKeyRow]:
        """Newest first. ``user_id``: those of one maker alone."""
        query = _select().where(_k.live_class_id == live_class_id)
        if user_id is not None:
            query = query.where(_k.user_id == user_id)
        if after is not None:
            at, key_id = after
            query = query.where((_k.created_at < at) | ((_k.created_at == at) & (_k.id < key_id)))
        query = query.order_by(_k.created_at.desc(), _k.id.desc()).limit(limit)
        return [_key(row) for row in await tx.execute(query)]


def _select() -> Any:
    return select(_k.__table__, m.User.name.label("user_name")).join(m.User, m.User.id == _k.user_id)


def _key(row: Row[Any]) -> StreamKeyRow:
    return StreamKeyRow(
        id=row.id,
        live_class_id=row.live_class_id,
        user_id=row.user_id,
        user_name=row.user_name,
        kind=cast(StreamKind, row.kind),
        source=cast(StreamSource, row.source),
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
