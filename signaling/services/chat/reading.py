"""Reading a chat room: what was said, what changed, how far each has read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from signaling import cursors
from signaling.announcements import user_topic
from signaling.errors import BadRequest, Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol import chat as wire
from signaling.protocol import chat_history as history
from signaling.protocol.chat_rooms import PageQuery
from signaling.services.chat.access import ChatAccess, Place
from signaling.services.chat.messages import NO_MESSAGE, ChatMessages
from signaling.store.chat.messages import ChatMessageStore, Span
from signaling.store.chat.reading import ChatReadStore
from signaling.store.database import Database, Transaction

MOST_MISSED = 200
"""Who missed more gets the latest messages instead."""

_OLDER, _NEWER = "older", "newer"


class ChatReading:
    def __init__(
        self,
        *,
        database: Database,
        access: ChatAccess,
        messages: ChatMessageStore,
        sayings: ChatMessages,
        reading: ChatReadStore,
        latest: int,
        now: Callable[[], datetime],
    ) -> None:
        """``latest``: so many messages somebody gets who knows nothing yet."""
        self._db = database
        self._access = access
        self._messages = messages
        self._sayings = sayings
        self._reading = reading
        self._latest = latest
        self._now = now

    async def require(self, who: Identity, room_id: str) -> Place:
        """May read there. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            return await self._access.enter(tx, who, room_id)

    async def require_speaker(self, who: Identity, room_id: str) -> None:
        """May write there. Raises `NotFound`, `Forbidden`, `Muted`."""
        async with self._db.transaction() as tx:
            await self._access.require_write(tx, await self._access.enter(tx, who, room_id))

    # --- keeping up ---------------------------------------------------------------------------------

    async def sync(self, who: Identity, room_id: str, last_seq: int | None) -> wire.ChatSync:
        """What changed since, or the latest. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, room_id)
            seq = place.room.seq
            if last_seq is not None and last_seq <= seq:
                changed = await self._messages.changed_since(tx, room_id, last_seq, MOST_MISSED + 1)
                if len(changed) <= MOST_MISSED:
                    messages = await self._sayings.complete(tx, changed, who.user_id)
                    return wire.ChatSync(room_id=room_id, seq=seq, reset=False, messages=messages)
            rows = []
            if self._latest:
                rows = await self._messages.page(tx, room_id, Span(), self._latest, newest=True)
            messages = await self._sayings.complete(tx, rows, who.user_id)
            return wire.ChatSync(room_id=room_id, seq=seq, reset=True, messages=messages)

    # --- history ------------------------------------------------------------------------------------

    async def page(self, who: Identity, room_id: str, query: history.MessageQuery) -> history.MessageList:
        """Raises `NotFound`, `BadRequest`."""
        given = [query.before, query.after, query.around, query.cursor]
        if sum(one is not None for one in given) > 1:
            raise BadRequest("give one of before, after, around and cursor")
        before, after = query.before, query.after
        if query.cursor is not None:
            direction, seq = cursors.decode(query.cursor, tuple[str, int])
            before, after = (seq, None) if direction == _OLDER else (None, seq)
        async with self._db.transaction() as tx:
            await self._access.enter(tx, who, room_id)
            if query.around is not None:
                return await self._around(tx, who, room_id, query, query.around)
            newest = after is None
            span = _span(query, before=before, after=after)
            rows = await self._messages.page(tx, room_id, span, query.limit + 1, newest=newest)
            has_more = len(rows) > query.limit
            rows = rows[-query.limit :] if newest else rows[: query.limit]
            items = await self._sayings.complete(tx, rows, who.user_id)
        if newest:
            cursor = cursors.encode(_OLDER, rows[0].seq) if has_more else None
            return history.MessageList(
                items=items, has_older=has_more, has_newer=before is not None, next_cursor=cursor
            )
        cursor = cursors.encode(_NEWER, rows[-1].seq) if has_more else None
        return history.MessageList(items=items, has_older=True, has_newer=has_more, next_cursor=cursor)

    async def _around(
        self, tx: Transaction, who: Identity, room_id: str, query: history.MessageQuery, seq: int
    ) -> history.MessageList:
        half = query.limit // 2
        up_to = _span(query, before=seq + 1)
        older = await self._messages.page(tx, room_id, up_to, query.limit - half + 1, newest=True)
        newer = await self._messages.page(tx, room_id, _span(query, after=seq), half + 1, newest=False)
        has_older, has_newer = len(older) > query.limit - half, len(newer) > half
        rows = [*older[-(query.limit - half) :], *newer[:half]]
        return history.MessageList(
            items=await self._sayings.complete(tx, rows, who.user_id),
            has_older=has_older,
            has_newer=has_newer,
            next_cursor=cursors.encode(_OLDER, rows[0].seq) if has_older and rows else None,
        )

    async def message(self, who: Identity, room_id: str, message_id: str) -> wire.ChatMessage:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            await self._access.enter(tx, who, room_id)
            row = await self._messages.find(tx, room_id, message_id)
            if row is None:
                raise NotFound(NO_MESSAGE)
            return (await self._sayings.complete(tx, [row], who.user_id))[0]

    async def versions(self, who: Identity, room_id: str, message_id: str) -> history.MessageVersionList:
        """All that a message ever said. Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, room_id)
            if not place.may_moderate:
                raise Forbidden("only a tutor, or the owner of a group, may see what a message said before")
            row = await self._messages.find(tx, room_id, message_id)
            if row is None:
                raise NotFound(NO_MESSAGE)
            before = await self._messages.versions(tx, row.row_id)
        items = [history.MessageVersion(text=text, until=until) for text, until in before]
        items.append(history.MessageVersion(text=row.text, until=row.deleted_at))
        return history.MessageVersionList(items=items, deleted_by=row.deleted_by)

    # --- read marks ---------------------------------------------------------------------------------

    async def mark_read(self, who: Identity, room_id: str, seq: int) -> wire.MarkedRead:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, room_id)
            before, now = place.standing.read_seq, self._now()
            read_seq = before
            if min(seq, place.room.seq) > before:
                read_seq = await self._reading.mark_read(tx, room_id, who.user_id, min(seq, place.room.seq), now)
            if read_seq > before:
                body = wire.MessagesRead(room_id=room_id, user_id=who.user_id, read_seq=read_seq, read_at=now)
                # with hundreds in a room, telling all of them what each reads would be most of the traffic
                own = [user_topic(who.user_id)]
                for topic in await self._access.topics(tx, place) if place.is_private else own:
                    tx.announce(topic, body)
            unread = await self._reading.unread(tx, room_id, who.user_id, read_seq)
        return wire.MarkedRead(seq=read_seq, unread=unread)

    async def read_marks(self, who: Identity, room_id: str, query: PageQuery) -> history.ReadMarkList:
        """Raises `NotFound`, `Forbidden`."""
        after = cursors.decode(query.cursor, tuple[str])[0] if query.cursor else None
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, room_id)
            if place.role == "guest":
                raise Forbidden("a guest does not see who has read")
            found = await self._reading.read_marks(tx, room_id, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        return history.ReadMarkList(
            items=[wire.ReadMark(user_id=user_id, seq=seq, read_at=at) for user_id, seq, at in page],
            next_cursor=cursors.encode(page[-1][0]) if len(found) > query.limit else None,
        )


def _span(query: history.MessageQuery, *, before: int | None = None, after: int | None = None) -> Span:
    return Span(before=before, after=after, thread=query.thread, pinned=query.pinned)
