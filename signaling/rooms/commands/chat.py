"""What people say."""

from __future__ import annotations

from datetime import datetime

from signaling.errors import AlreadyExists, BadRequest
from signaling.permissions import require
from signaling.protocol.chat import ChatMessage, NewMessage, SendMessage
from signaling.records import MessageSaid
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def say(room: Room, seat: Seat, command: SendMessage, now: datetime) -> tuple[Change, ChatMessage]:
    """A message and what follows from it; nothing follows from one that the room still remembers."""
    require(seat.role, "chat")
    if not command.text.strip():
        raise BadRequest("the message is empty")
    draft = Draft(room, now)
    known = room.said(command.id)
    if known is not None:
        return draft.change(), own_message(known, seat)
    message = ChatMessage(
        id=command.id,
        participant_id=seat.id,
        name=seat.name,
        role=seat.role,
        type=command.type,
        text=command.text,
        sent_at=now,
    )
    draft.say(message, seat.user_id)
    draft.broadcast(NewMessage(seq=draft.next(), message=message))
    return draft.change(), message


def own_message(said: MessageSaid, seat: Seat) -> ChatMessage:
    """The message, if it is the user's, from this seat or another. Raises `AlreadyExists` when somebody else took
    the id."""
    if said.user_id != seat.user_id:
        raise AlreadyExists("another message has this id")
    return said.message
