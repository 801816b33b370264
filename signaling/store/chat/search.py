"""The index of words in the database: FTS5 in SQLite, tsvector in PostgreSQL (migration 0007)."""

from __future__ import annotations

from sqlalchemy import func, literal_column, select, text
from sqlalchemy.sql import ColumnElement

from signaling.store import models as m
from signaling.store.chat.messages import COLUMNS, MessageRow, message_row
from signaling.store.chat.reading import visible_rooms
from signaling.store.chat.rooms import with_titles
from signaling.store.database import Transaction


class ChatSearchStore:
    async def search(
        self,
        tx: Transaction,
        words: str,
        user_id: str,
        course_id: str | None,
        *,
        room_id: str | None,
        before: int | None,
        limit: int,
    ) -> list[tuple[MessageRow, str | None]]:
        """Messages that fit, with the titles of their rooms, newest first: of one room that the user may read, or
        of all rooms they are in. ``words`` is a query in the language of the database."""
        c, r = m.ChatMessage, m.ChatRoom
        title = func.coalesce(r.title, m.LiveClass.title, m.Course.title).label("room_title")
        query = (
            with_titles(select(*COLUMNS, title))
            .join(c, c.room_id == r.id)
            .where(_fits(tx), c.deleted_at.is_(None), c.kind != "system")
            .order_by(c.row_id.desc())
            .limit(limit)
        )
        if room_id is not None:
            query = query.where(c.room_id == room_id)
        else:
            query = query.where(c.room_id.in_(visible_rooms(user_id, course_id)))
        if before is not None:
            query = query.where(c.row_id < before)
        rows = await tx.execute(query, {"words": words})
        return [(message_row(row), row.room_title) for row in rows]


def _fits(tx: Transaction) -> ColumnElement[bool]:
    if tx.is_sqlite:
        found = text("SELECT rowid FROM chat_message_fts WHERE chat_message_fts MATCH :words")
        return m.ChatMessage.row_id.in_(found.columns(literal_column("rowid")).scalar_subquery())
    return text("chat_message.search @@ to_tsquery('simple', :words)")  # type: ignore[return-value]
