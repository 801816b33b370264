"""Announcements in the database, for all servers of a cluster. PostgreSQL alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import delete, func, insert, select

from signaling.announcements import Announcement
from signaling.store import models as m
from signaling.store.database import Transaction

WRITERS: Final = 0x706F6469756D
"""The advisory lock of those who write: whoever has a higher id commits later, so a reader who goes on from the
highest id it has seen misses nothing."""


class EventLogStore:
    """Every method is a part of the transaction it is given."""

    async def append(
        self, tx: Transaction, announcements: Sequence[Announcement], node_id: str, now: datetime
    ) -> None:
        """The last thing before the commit: other writers wait for it from here on."""
        await tx.execute(select(func.pg_advisory_xact_lock(WRITERS)))
        rows = [
            {
                "topic": one.topic,
                "event": one.event,
                "data": msgspec.json.encode(one.data).decode(),
                "node_id": node_id,
                "created_at": now,
            }
            for one in announcements
        ]
        await tx.execute(insert(m.LoggedEvent), rows)

    async def last_id(self, tx: Transaction) -> int:
        """Where a server that starts now begins."""
        found: int | None = await tx.scalar(select(func.max(m.LoggedEvent.id)))
        return found or 0

    async def after(self, tx: Transaction, last_id: int, limit: int) -> list[tuple[int, Announcement]]:
        """What comes after an id, in order."""
        e = m.LoggedEvent
        query = select(e.id, e.topic, e.event, e.data).where(e.id > last_id).order_by(e.id).limit(limit)
        return [
            (row.id, Announcement(row.topic, row.event, msgspec.Raw(row.data.encode())))
            for row in await tx.execute(query)
        ]

    async def trim(self, tx: Transaction, before: datetime) -> None:
        await tx.execute(delete(m.LoggedEvent).where(m.LoggedEvent.created_at < before))
