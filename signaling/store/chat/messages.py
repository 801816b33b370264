"""Messages in the database. Every method is a part of the transaction it is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, bindparam, func, insert, literal, select, update

from signaling.protocol.base import Role
from signaling.protocol.chat import MessageKind, MessageType
from signaling.store import models as m
from signaling.store.database import Transaction

EVERYBODY = "*"


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept; ``mentions`` may hold `EVERYBODY`."""

    row_id: int
    room_id: str
    seq: int
    changed_seq: int
    id: str
    user_id: str | None
    session_id: str | None
    participant_id: str | None
    name: str
    role: Role | None
    type: MessageType
    kind: MessageKind
    text: str
    language: str | None
    reply_to: str | None
    reply_count: int
    reaction_count: int
    attachment_count: int
    mentions: str
    sent_at: datetime
    edited_at: datetime | None
    pinned_at: datetime | None
    deleted_at: datetime | None
    deleted_by: str | None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of a room: places between two others, exclusive; of a thread; pinned ones."""

    after: int | None = None
    before: int | None = None
    thread: str | None = None
    pinned: bool = False


_TABLE = m.ChatMessage.__table__
# made for every message: built once
_ROOM = update(m.ChatRoom).where(m.ChatRoom.id == bindparam("room")).returning(m.ChatRoom.seq)
_ADVANCE = _ROOM.values(seq=m.ChatRoom.seq + 1)
_ADVANCE_BY_MESSAGE = _ROOM.values(seq=m.ChatRoom.seq + 1, last_seq=m.ChatRoom.seq + 1, last_at=bindparam("at"))
_INSERT = insert(m.ChatMessage).returning(m.ChatMessage.row_id)
COLUMNS = tuple(_TABLE.c[name] for name in MessageRow.__struct_fields__)


class ChatMessageStore:
    async def lock(self, tx: Transaction, room_id: str) -> None:
        """Nobody else changes the room before the transaction ends."""
        if not tx.is_sqlite:  # which has one writer anyway
            await tx.execute(select(m.ChatRoom.seq).where(m.ChatRoom.id == room_id).with_for_update())

    async def advance(self, tx: Transaction, room_id: str, *, message_at: datetime | None = None) -> int:
        """The number of the change that is being made; rooms change one after the other. With ``message_at`` it is
        a new message."""
        if message_at is None:
            changed = await tx.execute(_ADVANCE, {"room": room_id})
        else:
            changed = await tx.execute(_ADVANCE_BY_MESSAGE, {"room": room_id, "at": message_at})
        return int(changed.scalar_one())

    async def add(self, tx: Transaction, **values: Any) -> MessageRow:
        """Raises `Duplicate` at the end of the transaction or at once, when the id is taken."""
        full = _DEFAULTS | values
        full.setdefault("changed_seq", full["seq"])
        row_id = (await tx.execute(_INSERT, full)).scalar_one()
        return MessageRow(row_id=row_id, **full)

    async def find(self, tx: Transaction, room_id: str, message_id: str) -> MessageRow | None:
        c = m.ChatMessage
        row = (await tx.execute(_rows().where(c.room_id == room_id, c.id == message_id))).one_or_none()
        return None if row is None else message_row(row)

    async def latest_of(self, tx: Transaction, room_ids: Sequence[str]) -> list[MessageRow]:
        """The last message of each of these rooms that has one."""
        c, r = m.ChatMessage, m.ChatRoom
        query = _rows().join(r, (r.id == c.room_id) & (r.last_seq == c.seq)).where(r.id.in_(room_ids))
        return [message_row(row) for row in await tx.execute(query)]

    async def page(
        self, tx: Transaction, room_id: str, span: Span, limit: int, *, newest: bool
    ) -> list[MessageRow]:
        """The first or the last messages of a span, in the order of their places."""
        c = m.ChatMessage
        query = _rows().where(c.room_id == room_id)
        if span.after is not None:
            query = query.where(c.seq > span.after)
        if span.before is not None:
            query = query.where(c.seq < span.before)
        if span.thread is not None:
            query = query.where(c.reply_to == span.thread)
        if span.pinned:
            query = query.where(c.pinned_at.is_not(None))
        query = query.order_by(c.seq.desc() if newest else c.seq).limit(limit)
        found = [message_row(row) for row in await tx.execute(query)]
        return found[::-1] if newest else found

    async def changed_since(self, tx: Transaction, room_id: str, seq: int, limit: int) -> list[MessageRow]:
        c = m.ChatMessage
        query = _rows().where(c.room_id == room_id, c.changed_seq > seq).order_by(c.changed_seq).limit(limit)
        return sorted((message_row(row) for row in await tx.execute(query)), key=lambda message: message.seq)

    # --- changes ------------------------------------------------------------------------------------

    async def count_reply(self, tx: Transaction, room_id: str, message_id: str, seq: int, *, by: int = 1) -> None:
        c = m.ChatMessage
        await tx.execute(
            update(c)
            .where(c.room_id == room_id, c.id == message_id)
            .values(reply_count=c.reply_count + by, changed_seq=seq)
        )

    async def edit(self, tx: Transaction, row: MessageRow, text: str, seq: int, now: datetime) -> None:
        """The text before is kept."""
        version = {"message_row": row.row_id, "text": row.text, "replaced_at": now}
        await tx.execute(insert(m.ChatVersion).values(version))
        await self._set(tx, row, text=text, edited_at=now, changed_seq=seq)

    async def delete(self, tx: Transaction, row: MessageRow, by: str, seq: int, now: datetime) -> None:
        await self._set(tx, row, deleted_at=now, deleted_by=by, pinned_at=None, changed_seq=seq)

    async def pin(self, tx: Transaction, row: MessageRow, seq: int, at: datetime | None) -> None:
        await self._set(tx, row, pinned_at=at, changed_seq=seq)

    async def pinned(self, tx: Transaction, room_id: str) -> int:
        """How many are pinned."""
        c = m.ChatMessage
        query = select(func.count()).where(c.room_id == room_id, c.pinned_at.is_not(None))
        return int(await tx.scalar(query))

    async def react(self, tx: Transaction, row: MessageRow, seq: int, *, by: int) -> None:
        """There are so many reactions more."""
        c = m.ChatMessage
        await tx.execute(
            update(c)
            .where(c.row_id == row.row_id)
            .values(reaction_count=c.reaction_count + literal(by), changed_seq=seq)
        )

    async def _set(self, tx: Transaction, row: MessageRow, **values: Any) -> None:
        await tx.execute(update(m.ChatMessage).where(m.ChatMessage.row_id == row.row_id).values(values))

    async def versions(self, tx: Transaction, row_id: int) -> list[tuple[str, datetime]]:
        """What a message said before, oldest first, and until when."""
        v = m.ChatVersion
        query = select(v.text, v.replaced_at).where(v.message_row == row_id).order_by(v.id)
        return [(row.text, row.replaced_at) for row in await tx.execute(query)]

    async def mention(self, tx: Transaction, room_id: str, seq: int, user_ids: Sequence[str]) -> None:
        rows = [{"room_id": room_id, "user_id": user_id, "seq": seq} for user_id in user_ids]
        await tx.execute(insert(m.ChatMention), rows)


_DEFAULTS: dict[str, Any] = {
    "user_id": None,
    "session_id": None,
    "participant_id": None,
    "role": None,
    "type": "chat",
    "kind": "text",
    "language": None,
    "reply_to": None,
    "reply_count": 0,
    "reaction_count": 0,
    "attachment_count": 0,
    "mentions": "",
    "edited_at": None,
    "pinned_at": None,
    "deleted_at": None,
    "deleted_by": None,
}


def _rows() -> Select[Any]:
    return select(*COLUMNS)


def message_row(row: Row[Any]) -> MessageRow:
    return MessageRow(**{name: getattr(row, name) for name in MessageRow.__struct_fields__})
