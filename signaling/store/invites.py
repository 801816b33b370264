"""Invites in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, insert, or_, select, update

from signaling.protocol.invites import InviteRole
from signaling.store import models as m
from signaling.store.database import Transaction

_i = m.Invite
_COLUMNS = (
    *(_i.id, _i.course_id, _i.live_class_id, _i.role, _i.label, _i.expires_at, _i.max_uses, _i.uses),
    *(_i.created_by, _i.created_at, _i.revoked_at),
)


class InviteRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    course_id: str
    live_class_id: str | None
    role: InviteRole
    label: str
    expires_at: datetime
    max_uses: int | None
    uses: int
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None


class InviteStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, invite: InviteRow) -> None:
        await tx.execute(insert(_i).values(msgspec.structs.asdict(invite)))

    async def find(self, tx: Transaction, invite_id: str) -> InviteRow | None:
        """The invite, also when it does not work any more."""
        row = (await tx.execute(select(*_COLUMNS).where(_i.id == invite_id))).one_or_none()
        return None if row is None else _invite(row)

    async def use(self, tx: Transaction, invite_id: str, now: datetime) -> bool:
        """Count one more use. False when it does not work any more: of two who race for the last use one gets it,
        as the database looks at the row again once the other has changed it."""
        statement = update(_i).where(_i.id == invite_id, *_works(now)).values(uses=_i.uses + 1)
        return bool((await tx.execute(statement)).rowcount)

    async def revoke(self, tx: Transaction, course_id: str, invite_id: str, now: datetime) -> bool:
        """False when the course has no such invite; one that was revoked before stays as it is."""
        mine = (_i.id == invite_id, _i.course_id == course_id)
        if await tx.scalar(select(_i.id).where(*mine)) is None:
            return False
        await tx.execute(update(_i).where(*mine, _i.revoked_at.is_(None)).values(revoked_at=now))
        return True

    async def page(
        self, tx: Transaction, course_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[InviteRow]:
        """Newest first."""
        query = select(*_COLUMNS).where(_i.course_id == course_id)
        if after is not None:
            at, invite_id = after
            query = query.where((_i.created_at < at) | ((_i.created_at == at) & (_i.id < invite_id)))
        query = query.order_by(_i.created_at.desc(), _i.id.desc()).limit(limit)
        return [_invite(row) for row in await tx.execute(query)]


def _works(now: datetime) -> tuple[Any, ...]:
    return (_i.revoked_at.is_(None), _i.expires_at > now, or_(_i.max_uses.is_(None), _i.uses < _i.max_uses))


def _invite(row: Row[Any]) -> InviteRow:
    return InviteRow(
        id=row.id,
        course_id=row.course_id,
        live_class_id=row.live_class_id,
        role=cast(InviteRole, row.role),
        label=row.label,
        expires_at=row.expires_at,
        max_uses=row.max_uses,
        uses=row.uses,
        created_by=row.created_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
