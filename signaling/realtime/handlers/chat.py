"""Client events of chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling.announcements import Announcement, Follow, Unfollow, chat_topic, session_topic
from signaling.errors import NotFound, NotJoined, Refusal
from signaling.protocol import chat as wire
from signaling.protocol.base import Ok
from signaling.protocol.session import Joined, JoinSession
from signaling.realtime.caller import Caller, Handler, Handlers
from signaling.services.chat.messages import ChatMessages, Seated
from signaling.services.chat.reading import ChatReading
from signaling.services.chat.rooms import ChatRooms
from signaling.services.chat.typing import TypingBoard
from signaling.services.sessions.sessions import Sessions

_OK = Ok()


class ChatEvents:
    """One method per client event; its answer is the ack."""

    def __init__(
        self,
        *,
        rooms: ChatRooms,
        messages: ChatMessages,
        reading: ChatReading,
        sessions: Sessions,
        publish: Callable[[Announcement | Follow | Unfollow], None],
        now: Callable[[], datetime],
    ) -> None:
        self._rooms = rooms
        self._messages = messages
        self._reading = reading
        self._sessions = sessions
        self._publish = publish
        self._now = now
        self._typing = TypingBoard()

    def handlers(self) -> Handlers:
        return {
            "send-message": self.send,
            "edit-message": self.edit,
            "delete-message": self.delete,
            "set-reaction": self.react,
            "pin-message": self.pin,
            "mark-read": self.mark_read,
            "typing": self.typing,
            "open-chat": self.open,
            "close-chat": self.close,
            "sync-chat": self.sync,
        }

    def joining(self, join: Handler) -> Handler:
        """What answers `join-session`, with the chat of the class: who is let in follows it from then on, for as
        long as the seat is taken."""

        async def handler(caller: Caller, payload: JoinSession) -> msgspec.Struct:
            chat = await self._before_joining(caller, payload)
            try:
                joined = await join(caller, payload)
            except Refusal:
                self._unfollow(caller, chat)
                raise
            assert isinstance(joined, Joined)
            if joined.admission != "admitted":
                self._unfollow(caller, chat)
                return joined
            seat = (session_topic(joined.session_id),)
            if chat is not None:
                self._publish(Follow(caller.connection, chat_topic(chat.room_id), seat))
            else:
                # a guest may read the chat of a class only from now on
                chat = await self._follow(caller, payload, seat)
            return msgspec.structs.replace(joined, chat=chat)

        return handler

    async def _before_joining(self, caller: Caller, payload: JoinSession) -> wire.ChatSync | None:
        """The chat of the class, if one may read it already. It is looked up before the seat is taken, since the
        answer is to come before what the joining causes."""
        try:
            return await self._follow(caller, payload, ())
        except NotFound:
            return None

    async def _follow(self, caller: Caller, payload: JoinSession, seat: tuple[str, ...]) -> wire.ChatSync:
        """First followed, then looked at: what is said meanwhile comes twice rather than never."""
        room_id = await self._rooms.id_of_class(payload.live_class_id)
        place = await self._reading.require(caller.who, room_id)
        self._publish(Follow(caller.connection, chat_topic(room_id), (*seat, *place.along)))
        return await self._reading.sync(caller.who, room_id, payload.last_chat_seq)

    def _unfollow(self, caller: Caller, chat: wire.ChatSync | None) -> None:
        if chat is not None:
            self._publish(Unfollow(caller.connection, chat_topic(chat.room_id)))

    async def tick(self) -> None:
        """Tell who is typing."""
        for event in self._typing.due(self._now()):
            self._publish(Announcement.of(chat_topic(event.room_id), event.body))

    async def _class_room(self, connection: str) -> tuple[str, Seated]:
        """The chat room of the class that the connection sits in. Raises `NotJoined`."""
        live_class_id, session_id, participant_id = self._sessions.seated(connection)
        seat = Seated(session_id=session_id, participant_id=participant_id)
        return await self._rooms.id_of_class(live_class_id), seat

    async def send(self, caller: Caller, payload: wire.SendMessage) -> wire.MessageSent:
        try:
            room_id, seat = await self._class_room(caller.connection)
        except NotJoined:
            if payload.room_id is None:
                raise
            room_id, seat = "", None
        if payload.room_id not in (None, room_id):
            room_id, seat = payload.room_id or "", None
        message = await self._messages.send(caller.who, room_id, payload, seat)
        if payload.text:
            self._typing.set(room_id, caller.who.user_id, caller.who.name, False, self._now())
        return wire.MessageSent(message=message)

    async def edit(self, caller: Caller, payload: wire.EditMessage) -> wire.MessageSent:
        return wire.MessageSent(message=await self._messages.edit(caller.who, payload))

    async def delete(self, caller: Caller, payload: wire.DeleteMessage) -> wire.MessageSent:
        return wire.MessageSent(message=await self._messages.delete(caller.who, payload))

    async def react(self, caller: Caller, payload: wire.SetReaction) -> Ok:
        await self._messages.react(caller.who, payload)
        return _OK

    async def pin(self, caller: Caller, payload: wire.PinMessage) -> wire.MessageSent:
        return wire.MessageSent(message=await self._messages.pin(caller.who, payload))

    async def mark_read(self, caller: Caller, payload: wire.MarkChatRead) -> wire.MarkedRead:
        return await self._reading.mark_read(caller.who, payload.room_id, payload.seq)

    async def typing(self, caller: Caller, payload: wire.Typing) -> Ok:
        if payload.room_id is None:
            room_id, _ = await self._class_room(caller.connection)
        else:
            room_id = payload.room_id
        if payload.is_typing:
            await self._reading.require_speaker(caller.who, room_id)
        who = caller.who
        self._typing.set(room_id, who.user_id, who.name, payload.is_typing, self._now())
        return _OK

    async def open(self, caller: Caller, payload: wire.OpenChat) -> wire.ChatSync:
        place = await self._reading.require(caller.who, payload.room_id)
        # who is taken out of the course, or of the section, follows the chat no longer
        self._publish(Follow(caller.connection, chat_topic(payload.room_id), place.along))
        return await self._reading.sync(caller.who, payload.room_id, payload.last_seq)

    async def close(self, caller: Caller, payload: wire.CloseChat) -> Ok:
        self._publish(Unfollow(caller.connection, chat_topic(payload.room_id)))
        return _OK

    async def sync(self, caller: Caller, payload: wire.SyncChat) -> wire.ChatSync:
        return await self._reading.sync(caller.who, payload.room_id, payload.last_seq)
