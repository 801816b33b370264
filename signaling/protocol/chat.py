"""Chat: what people write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Id, Role, Wire

MessageType = Literal["chat", "question", "answer", "system"]
ChatText = Annotated[str, Meta(min_length=1, max_length=4000)]


class ChatMessage(Wire, frozen=True, kw_only=True):
    """One message in the room of the class. ``id`` is made by the sender: sending it again changes nothing."""

    id: str
    participant_id: str
    name: str
    role: Role
    type: MessageType
    text: str
    sent_at: datetime


class SendMessage(Wire, frozen=True, kw_only=True):
    """Say something to the room. ``id`` is made by the client; a retry with the same id never doubles it."""

    id: Id
    text: ChatText
    type: Literal["chat", "question", "answer"] = "chat"


class MessageSent(Wire, frozen=True, kw_only=True):
    message: ChatMessage


class NewMessage(Wire, frozen=True, kw_only=True):
    seq: int
    message: ChatMessage
