"""What belongs to messages in the database: reactions and attachments, read for a whole page at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.store import models as m
from signaling.store.database import Transaction

MOST_SHOWN = 20
"""So many of those who reacted alike are named."""


class ReactionRow(msgspec.Struct, frozen=True, kw_only=True):
    """``user_ids``: the first few, and the viewer."""

    emoji: str
    count: int
    user_ids: list[str]


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment. ``message_row`` None: not sent yet."""

    id: str
    room_id: str
    user_id: str
    message_row: int | None
    place: int
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    has_preview: bool
    digest: str
    created_at: datetime


class ChatPartStore:
    """Every method is a part of the transaction it is given."""

    # --- reactions ----------------------------------------------------------------------------------

    async def add_reaction(self, tx: Transaction, row_id: int, emoji: str, user_id: str, now: datetime) -> bool:
        """False when they had reacted so already."""
        dialect: Any = sqlite if tx.is_sqlite else postgresql
        values = {"message_row": row_id, "emoji": emoji, "user_id": user_id, "reacted_at": now}
        added = dialect.insert(m.ChatReaction).values(values).on_conflict_do_nothing()
        return (await tx.execute(added.returning(m.ChatReaction.user_id))).scalar_one_or_none() is not None

    async def remove_reaction(self, tx: Transaction, row_id: int, emoji: str, user_id: str) -> bool:
        r = m.ChatReaction
        gone = delete(r).where(r.message_row == row_id, r.emoji == emoji, r.user_id == user_id)
        return (await tx.execute(gone.returning(r.user_id))).scalar_one_or_none() is not None

    async def reaction_counts(self, tx: Transaction, row_id: int) -> dict[str, int]:
        r = m.ChatReaction
        query = select(r.emoji, func.count().label("times")).where(r.message_row == row_id).group_by(r.emoji)
        return {row.emoji: row.times for row in await tx.execute(query)}

    async def own_reactions(self, tx: Transaction, row_id: int, user_id: str) -> int:
        r = m.ChatReaction
        query = select(func.count()).where(r.message_row == row_id, r.user_id == user_id)
        return int(await tx.scalar(query))

    async def reactions(
        self, tx: Transaction, row_ids: Sequence[int], viewer: str
    ) -> dict[int, list[ReactionRow]]:
        """By message; in the order in which an emoji was first used there."""
        r = m.ChatReaction
        group = (r.message_row, r.emoji)
        order = (r.user_id != viewer, r.reacted_at, r.user_id)
        place = func.row_number().over(partition_by=group, order_by=order)
        ranked = (
            select(
                r.message_row,
                r.emoji,
                r.user_id,
                place.label("place"),
                func.count().over(partition_by=group).label("times"),
                func.min(r.reacted_at).over(partition_by=group).label("first_at"),
            )
            .where(r.message_row.in_(row_ids))
            .subquery()
        )
        query = (
            select(ranked)
            .where(ranked.c.place <= MOST_SHOWN)
            .order_by(ranked.c.message_row, ranked.c.first_at, ranked.c.emoji, ranked.c.place)
        )
        found: dict[int, dict[str, ReactionRow]] = defaultdict(dict)
        for row in await tx.execute(query):
            here = found[row.message_row]
            reaction = here.setdefault(row.emoji, ReactionRow(emoji=row.emoji, count=row.times, user_ids=[]))
            reaction.user_ids.append(row.user_id)
        return {row_id: list(reactions.values()) for row_id, reactions in found.items()}

    # --- attachments --------------------------------------------------------------------------------

    async def add_file(self, tx: Transaction, file: FileRow) -> None:
        await tx.execute(insert(m.ChatAttachment).values(msgspec.structs.asdict(file)))

    async def file(self, tx: Transaction, room_id: str, file_id: str) -> FileRow | None:
        f = m.ChatAttachment
        query = select(f.__table__).where(f.id == file_id, f.room_id == room_id)
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _file(row)

    async def files_of(self, tx: Transaction, row_ids: Sequence[int]) -> dict[int, list[FileRow]]:
        """By message, in their order."""
        f = m.ChatAttachment
        query = select(f.__table__).where(f.message_row.in_(row_ids)).order_by(f.message_row, f.place)
        found: dict[int, list[FileRow]] = defaultdict(list)
        for row in await tx.execute(query):
            found[row.message_row].append(_file(row))
        return found

    async def unsent(
        self, tx: Transaction, room_id: str, user_id: str, file_ids: Sequence[str]
    ) -> dict[str, FileRow]:
        """Those of these that somebody uploaded for this room and has not sent."""
        f = m.ChatAttachment
        query = select(f.__table__).where(
            f.id.in_(file_ids), f.room_id == room_id, f.user_id == user_id, f.message_row.is_(None)
        )
        return {row.id: _file(row) for row in await tx.execute(query)}

    async def attach(self, tx: Transaction, row_id: int, file_ids: Sequence[str]) -> bool:
        """False when one of them has been sent meanwhile."""
        f = m.ChatAttachment
        for place, file_id in enumerate(file_ids):
            attached = await tx.execute(
                update(f)
                .where(f.id == file_id, f.message_row.is_(None))
                .values(message_row=row_id, place=place)
                .returning(f.id)
            )
            if attached.scalar_one_or_none() is None:
                return False
        return True

    async def is_message_deleted(self, tx: Transaction, row_id: int) -> bool:
        c = m.ChatMessage
        query = select(exists().where(c.row_id == row_id, c.deleted_at.is_not(None)))
        return bool(await tx.scalar(query))

    async def used_bytes(self, tx: Transaction, user_id: str) -> int:
        """All that somebody has uploaded."""
        f = m.ChatAttachment
        return int(await tx.scalar(select(func.coalesce(func.sum(f.size), 0)).where(f.user_id == user_id)))

    async def remove_orphans(self, tx: Transaction, now: datetime, keep: timedelta, limit: int) -> int:
        """Forget what was uploaded long ago and never sent; how many."""
        f = m.ChatAttachment
        old = select(f.id).where(f.message_row.is_(None), f.created_at < now - keep).limit(limit)
        gone = await tx.execute(delete(f).where(f.id.in_(old.scalar_subquery())).returning(f.id))
        return len(gone.all())

    async def used(self, tx: Transaction, digests: Sequence[str]) -> set[str]:
        """Those of these files that something refers to."""
        f = m.ChatAttachment
        return set(await tx.connection.scalars(select(f.digest).where(f.digest.in_(digests)).distinct()))


def _file(row: Row[Any]) -> FileRow:
    return FileRow(**row._mapping)
