"""Saying something, and what happens to it after that. A change is one transaction: it takes the room's next
number, writes, and announces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from signaling.config import ChatConfig
from signaling.errors import AlreadyExists, BadRequest, Duplicate, Forbidden, NotFound, Refusal, Unavailable
from signaling.identity import Identity
from signaling.protocol import chat as wire
from signaling.services.chat.access import ChatAccess, Place
from signaling.services.chat.content import kind_of, shown, written
from signaling.services.chat.emoji import one_emoji
from signaling.services.chat.notices import ChatNotices
from signaling.store.chat.messages import EVERYBODY, ChatMessageStore, MessageRow
from signaling.store.chat.parts import ChatPartStore, FileRow
from signaling.store.chat.rooms import RoomRow
from signaling.store.database import Database, Transaction
from signaling.store.people import PeopleStore

MOST_EMOJI = 20
"""Different ones under one message."""
MOST_OWN_EMOJI = 10
MOST_PINNED = 50
NO_MESSAGE = "there is no such message"
FILE_GONE = "an attachment is not there: upload it to this chat room first, and send it once"


class Seated(msgspec.Struct, frozen=True, kw_only=True):
    """The seat somebody speaks from, kept with the message."""

    session_id: str
    participant_id: str


class ChatMessages:
    def __init__(
        self,
        *,
        database: Database,
        access: ChatAccess,
        messages: ChatMessageStore,
        parts: ChatPartStore,
        people: PeopleStore,
        notices: ChatNotices,
        config: ChatConfig,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._access = access
        self._messages = messages
        self._parts = parts
        self._people = people
        self._notices = notices
        self._edit_within = timedelta(minutes=config.edit_minutes)
        self._now = now
        self._new_id = new_id

    # --- saying -------------------------------------------------------------------------------------

    async def send(
        self, who: Identity, room_id: str, command: wire.PostMessage, seat: Seated | None = None
    ) -> wire.ChatMessage:
        """A new message, or the one that was made of this id before. Raises `NotFound`, `Forbidden`, `Muted`,
        `BadRequest`, and `AlreadyExists` when the id is somebody else's."""
        try:
            async with self._db.transaction() as tx:
                return await self._send(tx, who, room_id, command, seat)
        except (NotFound, Unavailable):
            raise
        except (Refusal, Duplicate) as error:
            # what was said stays said: a late retry finds it, also when one may say nothing new any more
            known = await self._said_before(who, room_id, command.id)
            if known is not None:
                return known
            if isinstance(error, Duplicate):
                raise AlreadyExists("another message has this id") from None
            raise

    async def _send(
        self, tx: Transaction, who: Identity, room_id: str, command: wire.PostMessage, seat: Seated | None
    ) -> wire.ChatMessage:
        place = await self._access.enter(tx, who, room_id)
        await self._access.require_write(tx, place)
        files = await self._files(tx, place, command.attachments)
        kind = kind_of(command, files)
        text = written(command.text, is_code=kind == "code", may_be_empty=bool(files))
        mentions = await self._mentions(tx, place, command)
        if command.reply_to is not None:
            answered = await self._messages.find(tx, room_id, command.reply_to)
            if answered is None or answered.deleted_at is not None or answered.type == "system":
                raise BadRequest("there is no such message to reply to")
        now = self._now()
        seq = await self._messages.advance(tx, room_id, message_at=now)
        row = await self._messages.add(
            tx,
            room_id=room_id,
            seq=seq,
            id=command.id,
            user_id=who.user_id,
            session_id=seat.session_id if seat else None,
            participant_id=seat.participant_id if seat else None,
            name=who.name,
            role=place.role,
            type=command.type,
            kind=kind,
            text=text,
            language=command.language,
            reply_to=command.reply_to,
            attachment_count=len(files),
            mentions=" ".join(mentions),
            sent_at=now,
        )
        if files and not await self._parts.attach(tx, row.row_id, [file.id for file in files]):
            raise BadRequest(FILE_GONE)
        if command.reply_to is not None:
            await self._messages.count_reply(tx, room_id, command.reply_to, seq)
        if mentions:
            await self._messages.mention(tx, room_id, seq, mentions)
        message = shown(row, {row.row_id: files})
        await self._announce(tx, place, wire.NewMessage(room_id=room_id, seq=seq, message=message))
        if mentions or place.room.kind == "direct":
            await self._notices.said(tx, place, row, mentions)
        return message

    async def say_system(self, tx: Transaction, room: RoomRow, text: str) -> None:
        """The server says something in a room, as a part of the transaction: who joined a group, and who left."""
        now = self._now()
        seq = await self._messages.advance(tx, room.id, message_at=now)
        row = await self._messages.add(
            tx,
            room_id=room.id,
            seq=seq,
            id=self._new_id(),
            name="",
            type="system",
            kind="system",
            text=text,
            sent_at=now,
        )
        message = shown(row)
        for topic in await self._access.topics(tx, room):
            tx.announce(topic, wire.NewMessage(room_id=room.id, seq=seq, message=message))

    async def _said_before(self, who: Identity, room_id: str, message_id: str) -> wire.ChatMessage | None:
        async with self._db.transaction() as tx:
            await self._access.enter(tx, who, room_id)
            row = await self._messages.find(tx, room_id, message_id)
            if row is None or row.user_id != who.user_id:
                return None
            return (await self.complete(tx, [row], who.user_id))[0]

    async def _files(self, tx: Transaction, place: Place, file_ids: Sequence[str]) -> list[FileRow]:
        if not file_ids:
            return []
        if len(set(file_ids)) != len(file_ids):
            raise BadRequest("an attachment is named twice")
        found = await self._parts.unsent(tx, place.room.id, place.who.user_id, file_ids)
        if len(found) != len(file_ids):
            raise BadRequest(FILE_GONE)
        return [found[file_id] for file_id in file_ids]

    async def _mentions(self, tx: Transaction, place: Place, command: wire.PostMessage) -> list[str]:
        if command.mention_all and not place.may_moderate:
            raise Forbidden("only a tutor, or the owner of a group, may mention everybody")
        mentions = list(dict.fromkeys(command.mentions))
        if mentions and len(await self._access.in_room(tx, place, mentions)) != len(mentions):
            raise BadRequest("somebody mentioned is not in this chat room")
        return [*mentions, EVERYBODY] if command.mention_all else mentions

    # --- changing what was said ---------------------------------------------------------------------

    async def edit(self, who: Identity, command: wire.EditMessage) -> wire.ChatMessage:
        """Raises `NotFound`, `Forbidden`, `Muted`, `BadRequest`."""
        async with self._db.transaction() as tx:
            place, row = await self._message(tx, who, command.room_id, command.message_id)
            if row.user_id != who.user_id:
                raise Forbidden("only who wrote a message may change it")
            now = self._now()
            if now > row.sent_at + self._edit_within:
                minutes = self._edit_within / timedelta(minutes=1)
                raise Forbidden(f"a message may be changed for {minutes:g} minutes")
            await self._access.require_write(tx, place)
            text = written(command.text, is_code=row.kind == "code", may_be_empty=row.attachment_count > 0)
            if text != row.text:
                seq = await self._messages.advance(tx, row.room_id)
                await self._messages.edit(tx, row, text, seq, now)
                row = msgspec.structs.replace(row, text=text, edited_at=now, changed_seq=seq)
                message = await self._updated(tx, place, row, seq)
            else:
                message = await self._complete_one(tx, row, who.user_id)
        return message

    async def pin(self, who: Identity, command: wire.PinMessage) -> wire.ChatMessage:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            place, row = await self._message(tx, who, command.room_id, command.message_id)
            if not place.may_pin:
                raise Forbidden("only a tutor, or the owner of a group, may pin a message")
            await self._access.require_write(tx, place)
            if command.is_pinned == (row.pinned_at is not None):
                return await self._complete_one(tx, row, who.user_id)
            if command.is_pinned and await self._messages.pinned(tx, row.room_id) >= MOST_PINNED:
                raise BadRequest(f"{MOST_PINNED} messages may be pinned: unpin one first")
            seq = await self._messages.advance(tx, row.room_id)
            pinned_at = self._now() if command.is_pinned else None
            await self._messages.pin(tx, row, seq, pinned_at)
            row = msgspec.structs.replace(row, pinned_at=pinned_at, changed_seq=seq)
            return await self._updated(tx, place, row, seq)

    async def delete(self, who: Identity, command: wire.DeleteMessage) -> wire.ChatMessage:
        """What is left of the message. Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, command.room_id)
            await self._messages.lock(tx, command.room_id)
            row = await self._messages.find(tx, command.room_id, command.message_id)
            if row is None:
                raise NotFound(NO_MESSAGE)
            is_own = row.user_id == who.user_id
            if not is_own and not place.may_moderate:
                raise Forbidden("only who wrote a message, or a tutor, may delete it")
            if row.deleted_at is not None:
                return shown(row)
            if place.standing.is_archived:
                raise Forbidden("the course is archived: its chat can only be read")
            now = self._now()
            seq = await self._messages.advance(tx, row.room_id)
            await self._messages.delete(tx, row, who.user_id, seq, now)
            if row.reply_to is not None:
                await self._messages.count_reply(tx, row.room_id, row.reply_to, seq, by=-1)
            if not is_own:
                await self._people.audit(
                    tx,
                    actor_id=who.user_id,
                    action="delete-message",
                    target=row.id,
                    now=now,
                    course_id=place.room.course_id,
                    chat_room_id=row.room_id,
                    user_id=row.user_id,
                )
            row = msgspec.structs.replace(
                row, deleted_at=now, deleted_by=who.user_id, pinned_at=None, changed_seq=seq
            )
            message = shown(row)
            await self._announce(tx, place, wire.MessageDeleted(room_id=row.room_id, seq=seq, message=message))
            return message

    async def react(self, who: Identity, command: wire.SetReaction) -> None:
        """Raises `NotFound`, `Forbidden`, `Muted`, `BadRequest`."""
        emoji = one_emoji(command.emoji)
        if emoji is None:
            raise BadRequest("a reaction is one emoji")
        async with self._db.transaction() as tx:
            place, row = await self._message(tx, who, command.room_id, command.message_id)
            await self._access.require_write(tx, place)
            counts = await self._parts.reaction_counts(tx, row.row_id)
            if command.is_on:
                if emoji not in counts and len(counts) >= MOST_EMOJI:
                    raise BadRequest(f"a message may have {MOST_EMOJI} different reactions")
                if await self._parts.own_reactions(tx, row.row_id, who.user_id) >= MOST_OWN_EMOJI:
                    raise BadRequest(f"one may react to a message with {MOST_OWN_EMOJI} emoji")
                changed = await self._parts.add_reaction(tx, row.row_id, emoji, who.user_id, self._now())
            else:
                changed = await self._parts.remove_reaction(tx, row.row_id, emoji, who.user_id)
            if not changed:
                return
            by = 1 if command.is_on else -1
            seq = await self._messages.advance(tx, row.room_id)
            await self._messages.react(tx, row, seq, by=by)
            body = wire.ReactionChanged(
                room_id=row.room_id,
                seq=seq,
                message_id=row.id,
                emoji=emoji,
                user_id=who.user_id,
                is_on=command.is_on,
                count=counts.get(emoji, 0) + by,
            )
            await self._announce(tx, place, body)

    # --- inside -------------------------------------------------------------------------------------

    async def complete(self, tx: Transaction, rows: Sequence[MessageRow], viewer: str) -> list[wire.ChatMessage]:
        """With their attachments and reactions, read for all of them at once."""
        with_files = [row.row_id for row in rows if row.attachment_count and row.deleted_at is None]
        with_reactions = [row.row_id for row in rows if row.reaction_count and row.deleted_at is None]
        files = await self._parts.files_of(tx, with_files) if with_files else {}
        reactions = await self._parts.reactions(tx, with_reactions, viewer) if with_reactions else {}
        return [shown(row, files, reactions) for row in rows]

    async def _complete_one(self, tx: Transaction, row: MessageRow, viewer: str) -> wire.ChatMessage:
        return (await self.complete(tx, [row], viewer))[0]

    async def _message(
        self, tx: Transaction, who: Identity, room_id: str, message_id: str
    ) -> tuple[Place, MessageRow]:
        place = await self._access.enter(tx, who, room_id)
        await self._messages.lock(tx, room_id)
        row = await self._messages.find(tx, room_id, message_id)
        if row is None or row.deleted_at is not None:
            raise NotFound(NO_MESSAGE)
        return place, row

    async def _updated(self, tx: Transaction, place: Place, row: MessageRow, seq: int) -> wire.ChatMessage:
        message = await self._complete_one(tx, row, place.who.user_id)
        await self._announce(tx, place, wire.MessageUpdated(room_id=row.room_id, seq=seq, message=message))
        return message

    async def _announce(self, tx: Transaction, place: Place, body: msgspec.Struct) -> None:
        for topic in await self._access.topics(tx, place):
            tx.announce(topic, body)
