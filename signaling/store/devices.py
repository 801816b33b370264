"""Sign-ins in the database: a row per device."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, delete, exists, insert, select, update

from signaling.store import models as m
from signaling.store.database import Transaction

_d = m.Device


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    user_id: str
    label: str
    address: str
    salt: str
    generation: int
    rotated_at: datetime | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class DeviceStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, device: DeviceRow) -> None:
        await tx.execute(insert(_d).values(msgspec.structs.asdict(device)))

    async def lock(self, tx: Transaction, device_id: str) -> DeviceRow | None:
        """The device; nobody else changes it before the transaction ends."""
        query = select(_d.__table__).where(_d.id == device_id).with_for_update()
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _device(row)

    async def is_valid(self, tx: Transaction, device_id: str, user_id: str, now: datetime) -> bool:
        valid = (_d.id == device_id, _d.user_id == user_id, _d.revoked_at.is_(None), _d.expires_at > now)
        return bool(await tx.scalar(select(exists().where(*valid))))

    async def save(self, tx: Transaction, device: DeviceRow) -> None:
        values = msgspec.structs.asdict(device)
        await tx.execute(update(_d).where(_d.id == values.pop("id")).values(values))

    async def page(
        self, tx: Transaction, user_id: str, now: datetime, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[DeviceRow]:
        """Where somebody is signed in, last used first."""
        query = (
            select(_d.__table__)
            .where(_d.user_id == user_id, _d.revoked_at.is_(None), _d.expires_at > now)
            .order_by(_d.last_used_at.desc(), _d.id.desc())
            .limit(limit)
        )
        if after is not None:
            at, device_id = after
            query = query.where((_d.last_used_at < at) | ((_d.last_used_at == at) & (_d.id < device_id)))
        return [_device(row) for row in await tx.execute(query)]

    async def revoke(
        self, tx: Transaction, user_id: str, now: datetime, *, only: str | None = None, but: str | None = None
    ) -> list[str]:
        """End one sign-in, all but one, or all; the ids of those that were valid until now."""
        statement = update(_d).where(_d.user_id == user_id, _d.revoked_at.is_(None), _d.expires_at > now)
        if only is not None:
            statement = statement.where(_d.id == only)
        if but is not None:
            statement = statement.where(_d.id != but)
        done = await tx.execute(statement.values(revoked_at=now).returning(_d.id))
        return sorted(done.scalars())

    async def drop_over(self, tx: Transaction, before: datetime) -> None:
        """Forget those that have been over since then."""
        await tx.execute(delete(_d).where((_d.expires_at < before) | (_d.revoked_at < before)))


def _device(row: Row[Any]) -> DeviceRow:
    return DeviceRow(
        id=row.id,
        user_id=row.user_id,
        label=row.label,
        address=row.address,
        salt=row.salt,
        generation=row.generation,
        rotated_at=row.rotated_at,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
