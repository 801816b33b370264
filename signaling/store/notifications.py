"""Notifications in the database, and how people wish to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.protocol.notifications import Notification, NotificationKind, NotificationSettings
from signaling.store import models as m
from signaling.store.audience import batched
from signaling.store.database import Transaction


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
        for user_ids in batched(sorted(in_app)):
            await self._next_seqs(tx, user_ids)
            for shown in (True, False):
                chosen = [user_id for user_id in user_ids if in_app[user_id] is shown]
                if chosen:
                    added |= await self._insert(tx, new, chosen, shown)
        return added

    async def _next_seqs(self, tx: Transaction, user_ids: Sequence[str]) -> None:
        c, u = m.NotificationCursor, m.User
        first = select(u.id, literal(1)).where(u.id.in_(user_ids)).order_by(u.id)
        statement = _insert(tx, c).from_select(["user_id", "seq"], first)
        await tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_={"seq": c.seq + 1}))

    async def _insert(
        self, tx: Transaction, new: NewNotification, user_ids: Sequence[str], in_app: bool
    ) -> dict[str, int]:
        """From the numbers just taken: one row of values for all, instead of one for each."""
        n, c = m.Notification, m.NotificationCursor
        values = {**msgspec.structs.asdict(new), "in_app": in_app}
        columns = [literal(value, n.__table__.c[name].type) for name, value in values.items()]
        rows = select(c.user_id, c.seq, *columns).where(c.user_id.in_(user_ids))
        statement = _insert(tx, n).from_select(["user_id", "seq", *values], rows)
        if new.dedupe_key is not None:
            statement = statement.on_conflict_do_nothing(index_elements=["user_id", "dedupe_key"])
        return {row.user_id: row.seq for row in await tx.execute(statement.returning(n.user_id, n.seq))}

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
        for some in batched(user_ids):
            query = select(s.user_id, s.settings).where(s.user_id.in_(some))
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
