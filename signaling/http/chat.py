"""REST: chat rooms and messages."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol import chat as wire
from signaling.protocol import chat_history as history
from signaling.protocol import chat_rooms as rooms
from signaling.services.chat.messages import ChatMessages
from signaling.services.chat.mutes import ChatMutes
from signaling.services.chat.reading import ChatReading
from signaling.services.chat.rooms import ChatRooms
from signaling.services.chat.search import ChatSearch


class ChatRoutes:
    """One method per route."""

    def __init__(
        self,
        *,
        rooms: ChatRooms,
        messages: ChatMessages,
        reading: ChatReading,
        search: ChatSearch,
        mutes: ChatMutes,
    ) -> None:
        self._rooms = rooms
        self._messages = messages
        self._reading = reading
        self._search = search
        self._mutes = mutes

    def handlers(self) -> Handlers:
        return {
            "create-chat-room": self.create,
            "list-chat-rooms": self.list_,
            "get-chat-room": self.get,
            "update-chat-room": self.rename,
            "list-chat-participants": self.participants,
            "add-chat-participant": self.add,
            "remove-chat-participant": self.remove,
            "mute-in-chat": self.mute,
            "list-muted-in-chat": self.muted,
            "unmute-in-chat": self.unmute,
            "list-messages": self.messages,
            "send-chat-message": self.send,
            "get-message": self.message,
            "edit-chat-message": self.edit,
            "delete-chat-message": self.delete,
            "list-message-versions": self.versions,
            "react-to-message": self.react,
            "pin-chat-message": self.pin,
            "mark-chat-read": self.mark_read,
            "list-read-marks": self.read_marks,
            "sync-chat-room": self.sync,
            "search-chat": self.search,
        }

    # --- rooms --------------------------------------------------------------------------------------

    async def create(self, call: Call) -> rooms.ChatRoom:
        return await self._rooms.create(call.who, call.body)

    async def list_(self, call: Call) -> rooms.ChatRoomList:
        return await self._rooms.mine(call.who, call.query)

    async def get(self, call: Call) -> rooms.ChatRoomItem:
        return await self._rooms.get(call.who, call.id)

    async def rename(self, call: Call) -> rooms.ChatRoom:
        body: rooms.UpdateChatRoom = call.body
        return await self._rooms.rename(call.who, call.id, body.title)

    async def participants(self, call: Call) -> rooms.ChatParticipantList:
        return await self._rooms.participants(call.who, call.id, call.query)

    async def add(self, call: Call) -> rooms.ChatRoom:
        return await self._rooms.add(call.who, call.id, call.path["userId"])

    async def remove(self, call: Call) -> None:
        await self._rooms.remove(call.who, call.id, call.path["userId"])

    async def mute(self, call: Call) -> None:
        body: rooms.MuteInChat = call.body
        await self._mutes.mute(call.who, call.id, body.user_id)

    async def muted(self, call: Call) -> rooms.ChatMutedList:
        return await self._mutes.muted(call.who, call.id, call.query)

    async def unmute(self, call: Call) -> None:
        await self._mutes.unmute(call.who, call.id, call.path["userId"])

    # --- messages -----------------------------------------------------------------------------------

    async def messages(self, call: Call) -> history.MessageList:
        return await self._reading.page(call.who, call.id, call.query)

    async def send(self, call: Call) -> wire.ChatMessage:
        body: wire.PostMessage = call.body
        return await self._messages.send(call.who, call.id, body)

    async def message(self, call: Call) -> wire.ChatMessage:
        return await self._reading.message(call.who, call.id, call.path["messageId"])

    async def edit(self, call: Call) -> wire.ChatMessage:
        body: history.EditText = call.body
        command = wire.EditMessage(room_id=call.id, message_id=call.path["messageId"], text=body.text)
        return await self._messages.edit(call.who, command)

    async def delete(self, call: Call) -> None:
        command = wire.DeleteMessage(room_id=call.id, message_id=call.path["messageId"])
        await self._messages.delete(call.who, command)

    async def versions(self, call: Call) -> history.MessageVersionList:
        return await self._reading.versions(call.who, call.id, call.path["messageId"])

    async def react(self, call: Call) -> None:
        body: history.ReactTo = call.body
        command = wire.SetReaction(
            room_id=call.id, message_id=call.path["messageId"], emoji=body.emoji, is_on=body.is_on
        )
        await self._messages.react(call.who, command)

    async def pin(self, call: Call) -> wire.ChatMessage:
        body: history.Pin = call.body
        command = wire.PinMessage(room_id=call.id, message_id=call.path["messageId"], is_pinned=body.is_pinned)
        return await self._messages.pin(call.who, command)

    async def mark_read(self, call: Call) -> wire.MarkedRead:
        body: history.ReadUpTo = call.body
        return await self._reading.mark_read(call.who, call.id, body.seq)

    async def read_marks(self, call: Call) -> history.ReadMarkList:
        return await self._reading.read_marks(call.who, call.id, call.query)

    async def sync(self, call: Call) -> wire.ChatSync:
        query: history.ChangesQuery = call.query
        return await self._reading.sync(call.who, call.id, query.last_seq)

    async def search(self, call: Call) -> history.ChatSearchList:
        return await self._search.search(call.who, call.query)
