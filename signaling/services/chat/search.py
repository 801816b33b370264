"""Finding what was said, in the chat rooms one may read."""

from __future__ import annotations

from signaling import cursors
from signaling.identity import Identity
from signaling.protocol import chat_history as wire
from signaling.services.chat.access import ChatAccess
from signaling.services.chat.messages import ChatMessages
from signaling.services.chat.query import fts5, parse, snippet, tsquery
from signaling.store.chat.search import ChatSearchStore
from signaling.store.database import Database


class ChatSearch:
    def __init__(
        self, *, database: Database, access: ChatAccess, sayings: ChatMessages, store: ChatSearchStore
    ) -> None:
        self._db = database
        self._access = access
        self._sayings = sayings
        self._store = store

    async def search(self, who: Identity, asked: wire.ChatSearchQuery) -> wire.ChatSearchList:
        """Newest first; what has no word in it finds nothing. Raises `NotFound` for a room one may not see."""
        query = parse(asked.q)
        before = cursors.decode(asked.cursor, tuple[int])[0] if asked.cursor else None
        course_id = who.grant.course_id if who.grant is not None else None
        async with self._db.transaction() as tx:
            if asked.room_id is not None:
                await self._access.enter(tx, who, asked.room_id)
            words = fts5(query) if tx.is_sqlite else tsquery(query)
            if not words:
                return wire.ChatSearchList(items=[], next_cursor=None)
            found = await self._store.search(
                tx,
                words,
                who.user_id,
                course_id,
                room_id=asked.room_id,
                before=before,
                limit=asked.limit + 1,
            )
            page = found[: asked.limit]
            messages = await self._sayings.complete(tx, [row for row, _ in page], who.user_id)
        items = [
            wire.ChatSearchHit(message=message, room_title=title, snippet=snippet(row.text, query))
            for message, (row, title) in zip(messages, page, strict=True)
        ]
        more = cursors.encode(page[-1][0].row_id) if len(found) > asked.limit else None
        return wire.ChatSearchList(items=items, next_cursor=more)
