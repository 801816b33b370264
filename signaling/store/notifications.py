"""Notifications in the database, and how people wish to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.notifications import Notification, NotificationKind, NotificationSettings
from signaling.store import models as m
from signaling.store.database import Transaction

CHUNK = 500
"""Rows per statement: a database has a limit for parameters."""


class NewNotification(msgspec.Struct, frozen=True, kw_only=True):
    kind: NotificationKind
    title: str
    text: str
    course_id: str | None
    live_class_id: str | None
    chat_room_id: str | None
    dedupe_key: str | None
    created_at: datetime


class NotificationStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, new: NewNotification, in_app: dict[str, bool]) -> dict[str, int]:
        """A row for each user (and whether it is shown), but for those who have one with this key. Their numbers.

        Numbers are taken in the order of the users: two transactions would otherwise wait for each other.
        """
        added: dict[str, int] = {}
        user_ids = sorted(in_app)
        for start in range(0, len(user_ids), CHUNK):
            seqs = await self._next_seqs(tx, user_ids[start : start + CHUNK])
            common = {f: getattr(new, f) for f in new.__struct_fields__}
            rows = [{**common, "user_id": u, "seq": seq, "in_app": in_app[u]} for u, seq in seqs.items()]
            statement = _insert(tx, m.Notification).values(rows)
            if new.dedupe_key is not None:
                statement = statement.on_conflict_do_nothing(index_elements=["user_id", "dedupe_key"])
            for row in await tx.execute(statement.returning(m.Notification.user_id, m.Notification.seq)):
                added[row.user_id] = row.seq
        return added

    async def _next_seqs(self, tx: Transaction, user_ids: Sequence[str]) -> dict[str, int]:
        c = m.NotificationCursor
        statement = _insert(tx, c).values([{"user_id": user_id, "seq": 1} for user_id in user_ids])
        statement = statement.on_conflict_do_update(index_elements=["user_id"], set_={"seq": c.seq + 1})
        return {row.user_id: row.seq for row in await tx.execute(statement.returning(c.user_id, c.seq))}

    async def newest(
        self, tx: Transaction, user_id: str, *, before: int | None, unread: bool, limit: int
    ) -> list[Notification]:
        """Newest first."""
        n = m.Notification
        query = select(n.__table__).where(n.user_id == user_id, n.in_app)
        if before is not None:
            query = query.where(n.seq < before)
        if unread:
            query = query.where(n.read_at.is_(None))
        return [_notification(row) for row in await tx.execute(query.order_by(n.seq.desc()).limit(limit))]

    async def after(self, tx: Transaction, user_id: str, seq: int, limit: int) -> list[Notification]:
        """Oldest first."""
        n = m.Notification
        query = select(n.__table__).where(n.user_id == user_id, n.in_app, n.seq > seq)
        return [_notification(row) for row in await tx.execute(query.order_by(n.seq).limit(limit))]

    async def last_seq(self, tx: Transaction, user_id: str) -> int:
        c = m.NotificationCursor
        return int(await tx.scalar(select(c.seq).where(c.user_id == user_id)) or 0)

    async def unread_count(self, tx: Transaction, user_id: str) -> int:
        n = m.Notification
        query = select(func.count()).where(n.user_id == user_id, n.read_at.is_(None), n.in_app)
        return int(await tx.scalar(query))

    async def mark_read(
        self, tx: Transaction, user_id: str, now: datetime, *, seqs: Collection[int] | None, up_to: int | None
    ) -> list[int]:
        """Those of ``seqs``, or up to and with ``up_to``, or all; the numbers of those not read before."""
        n = m.Notification
        statement = update(n).where(n.user_id == user_id, n.read_at.is_(None), n.in_app)
        if seqs is not None:
            statement = statement.where(n.seq.in_(seqs))
        elif up_to is not None:
            statement = statement.where(n.seq <= up_to)
        found = await tx.execute(statement.values(read_at=now).returning(n.seq))
        return sorted(found.scalars())

    async def delete(self, tx: Transaction, user_id: str, seq: int) -> bool:
        """Out of the list. The row stays: its key keeps it from being told again. It goes with the old ones."""
        n = m.Notification
        hide = update(n).where(n.user_id == user_id, n.seq == seq, n.in_app).values(in_app=False, text="")
        return (await tx.execute(hide)).rowcount > 0

    async def purge(self, tx: Transaction, before: datetime) -> int:
        """Delete the old ones; how many."""
        n = m.Notification
        return (await tx.execute(delete(n).where(n.created_at < before))).rowcount

    # --- settings -----------------------------------------------------------------------------------

    async def settings(self, tx: Transaction, user_ids: Sequence[str]) -> dict[str, NotificationSettings]:
        """Of those who changed any."""
        s = m.NotificationSetting
        found: dict[str, NotificationSettings] = {}
        for start in range(0, len(user_ids), CHUNK):
            query = select(s.user_id, s.settings).where(s.user_id.in_(user_ids[start : start + CHUNK]))
            for row in await tx.execute(query):
                found[row.user_id] = msgspec.json.decode(row.settings, type=NotificationSettings)
        return found

    async def save_settings(self, tx: Transaction, user_id: str, settings: NotificationSettings) -> None:
        text = msgspec.json.encode(settings).decode()
        statement = _insert(tx, m.NotificationSetting).values(user_id=user_id, settings=text)
        await tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_={"settings": text}))


def _insert(tx: Transaction, table: type[m.Base]) -> Any:
    return sqlite.insert(table) if tx.is_sqlite else postgresql.insert(table)


def _notification(row: Row[Any]) -> Notification:
    return Notification(
        seq=row.seq,
        kind=row.kind,
        title=row.title,
        text=row.text,
        course_id=row.course_id,
        live_class_id=row.live_class_id,
        chat_room_id=row.chat_room_id,
        created_at=row.created_at,
        read_at=row.read_at,
    )
