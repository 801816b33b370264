"""Who is notified of a message: those it names, and the other one in a direct room who is not reading along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from signaling.services.chat.access import Place
from signaling.services.chat.content import excerpt
from signaling.services.notices.notifications import Notifications
from signaling.store.chat.members import ChatMemberStore
from signaling.store.chat.messages import EVERYBODY, MessageRow
from signaling.store.chat.reading import ChatReadStore
from signaling.store.database import Transaction

READING_ALONG = timedelta(seconds=60)
"""Who has read so lately needs no notification."""
_ALL = 100_000


class ChatNotices:
    def __init__(self, *, notifications: Notifications, members: ChatMemberStore, reading: ChatReadStore) -> None:
        self._notifications = notifications
        self._members = members
        self._reading = reading

    async def said(self, tx: Transaction, place: Place, row: MessageRow, mentions: Sequence[str]) -> None:
        """A message was written by ``place.who``."""
        me, room = place.who.user_id, place.room
        named = set(mentions) - {me, EVERYBODY}
        if EVERYBODY in mentions:
            named |= set(await self._everybody(tx, place)) - {me}
        if named:
            where = "" if room.kind == "direct" or not room.title else f" in {room.title}"
            await self._notifications.notify(
                tx,
                user_ids=sorted(named),
                kind="message-mention",
                title=f"{row.name} mentioned you{where}",
                text=excerpt(row),
                course_id=room.course_id,
                live_class_id=room.live_class_id,
                chat_room_id=room.id,
                dedupe_key=f"chat-mention:{room.id}:{row.id}",
            )
        if room.kind == "direct":
            for user_id in await self._members.member_ids(tx, room.id):
                if user_id != me and user_id not in named:
                    await self._direct(tx, place, row, user_id)

    async def _direct(self, tx: Transaction, place: Place, row: MessageRow, user_id: str) -> None:
        """One notification until they have read something: a conversation is no flood of them."""
        mark = await self._reading.mark_of(tx, place.room.id, user_id)
        read_seq = 0
        if mark is not None:
            read_seq, read_at = mark
            if row.sent_at - read_at < READING_ALONG:
                return
        await self._notifications.notify(
            tx,
            user_ids=[user_id],
            kind="direct-message",
            title=row.name,
            text=excerpt(row),
            chat_room_id=place.room.id,
            dedupe_key=f"chat-direct:{place.room.id}:{read_seq}",
        )

    async def _everybody(self, tx: Transaction, place: Place) -> list[str]:
        if place.is_private:
            return await self._members.member_ids(tx, place.room.id)
        found = await self._members.enrolled(tx, place.room, place.section_id, after=None, limit=_ALL)
        return [member.user_id for member in found]
