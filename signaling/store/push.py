"""Push subscriptions in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.store import models as m
from signaling.store.database import Transaction


class StoredSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """``device_id``: the sign-in that made it."""

    id: str
    user_id: str
    device_id: str | None
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime
    last_success_at: datetime | None = None


class PushStore:
    """Every method is a part of the transaction it is given."""

    async def put(self, tx: Transaction, subscription: StoredSubscription) -> StoredSubscription:
        """A browser has one subscription: the endpoint that is known gets these keys, and this user."""
        p = m.PushSubscription
        values = msgspec.structs.asdict(subscription)
        statement: Any = (sqlite.insert(p) if tx.is_sqlite else postgresql.insert(p)).values(values)
        changed = {name: value for name, value in values.items() if name not in ("id", "endpoint")}
        statement = statement.on_conflict_do_update(index_elements=["endpoint"], set_=changed)
        return _subscription((await tx.execute(statement.returning(p.__table__))).one())

    async def get(self, tx: Transaction, subscription_id: str) -> StoredSubscription | None:
        found = await self._find(tx, m.PushSubscription.id == subscription_id)
        return found[0] if found else None

    async def of_user(self, tx: Transaction, user_id: str) -> list[StoredSubscription]:
        """Newest first."""
        return await self._find(tx, m.PushSubscription.user_id == user_id)

    async def is_signed_in(self, tx: Transaction, subscription: StoredSubscription, now: datetime) -> bool:
        """Whether the sign-in that made it lasts. False also for an account that is blocked."""
        u, d = m.User, m.Device
        user = exists().where(u.id == subscription.user_id, u.blocked_at.is_(None))
        if subscription.device_id is None:
            return bool(await tx.scalar(select(user)))
        device = exists().where(d.id == subscription.device_id, d.revoked_at.is_(None), d.expires_at > now)
        return bool(await tx.scalar(select(user & device)))

    async def _find(self, tx: Transaction, where: ColumnElement[bool]) -> list[StoredSubscription]:
        p = m.PushSubscription
        query = select(p.__table__).where(where).order_by(p.created_at.desc(), p.id)
        return [_subscription(row) for row in await tx.execute(query)]

    async def delete(self, tx: Transaction, subscription_id: str) -> None:
        await tx.execute(delete(m.PushSubscription).where(m.PushSubscription.id == subscription_id))

    async def succeeded(self, tx: Transaction, subscription_id: str, now: datetime) -> None:
        p = m.PushSubscription
        await tx.execute(update(p).where(p.id == subscription_id).values(last_success_at=now))


def _subscription(row: Row[Any]) -> StoredSubscription:
    return StoredSubscription(
        id=row.id,
        user_id=row.user_id,
        device_id=row.device_id,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
        created_at=row.created_at,
        last_success_at=row.last_success_at,
    )
