"""People in the database, and what was done to them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from signaling.store import models as m
from signaling.store.database import Transaction


class KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    is_admin: bool
    is_blocked: bool


class PeopleStore:
    """Every method is a part of the transaction it is given."""

    async def find(self, tx: Transaction, user_id: str) -> KnownUser | None:
        u = m.User
        query = select(u.id, u.name, u.is_admin, u.blocked_at).where(u.id == user_id)
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            return None
        return KnownUser(id=row.id, name=row.name, is_admin=row.is_admin, is_blocked=row.blocked_at is not None)

    async def add(self, tx: Transaction, user_id: str, name: str, now: datetime) -> None:
        """Somebody known from a token alone."""
        values = {"id": user_id, "name": name, "is_admin": False, "created_at": now}
        await tx.execute(insert(m.User).values(values))

    async def rename(self, tx: Transaction, user_id: str, name: str) -> None:
        await tx.execute(update(m.User).where(m.User.id == user_id).values(name=name))

    async def audit(
        self,
        tx: Transaction,
        *,
        actor_id: str,
        action: str,
        target: str,
        now: datetime,
        course_id: str | None = None,
        **details: object,
    ) -> None:
        """Keep what somebody did. ``action`` is a verb of the permissions or of moderation; ``target`` an id."""
        values = {
            "at": now,
            "actor_id": actor_id,
            "action": action,
            "target": target,
            "course_id": course_id,
            "details": msgspec.json.encode(details).decode(),
        }
        await tx.execute(insert(m.AuditEntry).values(values))
