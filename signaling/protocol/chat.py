"""Chat: what people write, and what happens to it.

A chat room numbers its changes: ``seq``. A message has the ``seq`` of its place and, in ``changedSeq``, that of
its last change. Whoever knows a room up to some ``seq`` asks `SyncChat` for what changed since.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from signaling.protocol.base import Id, Role, Wire
from signaling.protocol.chat_files import Attachment

MessageType = Literal["chat", "question", "answer", "poll", "system"]
"""What a message is for; people write the first three."""
MessageKind = Literal["text", "code", "image", "file", "system"]
"""What a message is made of."""
ChatText = Annotated[str, Meta(max_length=4000)]
Language = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9+#._-]+\Z")]
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
ChatSeq = Annotated[int, Meta(ge=0)]


class Reaction(Wire, frozen=True, kw_only=True):
    """``userIds`` are the first few who reacted so, and the asker if he did."""

    emoji: str
    count: int
    user_ids: list[str]


class ChatMessage(Wire, frozen=True, kw_only=True):
    """One message. ``id`` is made by the sender and unique in the room. ``participantId`` is the seat it was said
    from, if any. A deleted message keeps its place: ``deletedAt`` is set, and text and attachments are empty."""

    id: str
    room_id: str
    seq: int
    changed_seq: int
    user_id: str | None
    """None: the server says it; then there is no role either."""
    participant_id: str | None
    name: str
    role: Role | None
    type: MessageType
    kind: MessageKind
    text: str
    language: str | None
    reply_to: str | None
    reply_count: int
    mentions: list[str]
    mentions_all: bool
    attachments: list[Attachment]
    reactions: list[Reaction]
    is_pinned: bool
    sent_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    is_moderated: bool
    """It was deleted by somebody other than its sender."""


class PostMessage(Wire, frozen=True, kw_only=True):
    """Something to say. ``id`` is made by the client: a retry with the same one never doubles it. ``kind`` follows
    from the attachments unless it is ``code``. ``mentions`` are users of the room; ``mentionAll`` is for tutors
    and the owner of a group."""

    id: Id
    text: ChatText = ""
    type: Literal["chat", "question", "answer"] = "chat"
    kind: Literal["text", "code", "image", "file"] | None = None
    language: Language | None = None
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Meta(max_length=10)] = field(default_factory=list)
    mentions: Annotated[list[Id], Meta(max_length=20)] = field(default_factory=list)
    mention_all: bool = False


class SendMessage(PostMessage, frozen=True, kw_only=True):
    """Say something in a chat room; without ``roomId`` in that of the class one sits in. A retry with the same
    ``id`` never doubles it. The other fields are those of `PostMessage`."""

    room_id: Id | None = None


class MessageSent(Wire, frozen=True, kw_only=True):
    message: ChatMessage


class EditMessage(Wire, frozen=True, kw_only=True):
    """Change the text of one's own message, for as long as the settings allow."""

    room_id: Id
    message_id: Id
    text: ChatText


class DeleteMessage(Wire, frozen=True, kw_only=True):
    """Take a message away: one's own, or as a moderator anybody's."""

    room_id: Id
    message_id: Id


class SetReaction(Wire, frozen=True, kw_only=True):
    """React with one emoji, or take that back."""

    room_id: Id
    message_id: Id
    emoji: Emoji
    is_on: bool = True


class PinMessage(Wire, frozen=True, kw_only=True):
    """Tutors, and the owner of a group; both people of a direct room."""

    room_id: Id
    message_id: Id
    is_pinned: bool = True


class MarkChatRead(Wire, frozen=True, kw_only=True):
    """Everything up to ``seq`` was seen. It never goes back."""

    room_id: Id
    seq: ChatSeq


class ReadMark(Wire, frozen=True, kw_only=True):
    """How far somebody has read."""

    user_id: str
    seq: int
    read_at: datetime


class MarkedRead(Wire, frozen=True, kw_only=True):
    """``seq`` may be higher than asked: another device has read further."""

    seq: int
    unread: int


class Typing(Wire, frozen=True, kw_only=True):
    """One is writing, or no longer. Say it again every few seconds; it is forgotten after 5 s. Without ``roomId``:
    in the room of the class."""

    is_typing: bool
    room_id: Id | None = None


class OpenChat(Wire, frozen=True, kw_only=True):
    """Follow a chat room with this connection: who is typing, and the messages of a class. ``lastSeq`` asks for
    what changed since."""

    room_id: Id
    last_seq: ChatSeq | None = None


class CloseChat(Wire, frozen=True, kw_only=True):
    room_id: Id


class SyncChat(Wire, frozen=True, kw_only=True):
    """Ask for what changed since ``lastSeq``."""

    room_id: Id
    last_seq: ChatSeq


class ChatSync(Wire, frozen=True, kw_only=True):
    """A chat room as of ``seq``. ``reset``: forget what is known, ``messages`` are the latest; else they are those
    that are new or changed. In the order of their places."""

    room_id: str
    seq: int
    reset: bool
    messages: list[ChatMessage]


class NewMessage(Wire, frozen=True, kw_only=True):
    """With a ``replyTo``, that message has one reply more."""

    room_id: str
    seq: int
    message: ChatMessage


class MessageUpdated(Wire, frozen=True, kw_only=True):
    """It was edited, pinned or unpinned; ``message`` is its new state but for the reactions, which stay."""

    room_id: str
    seq: int
    message: ChatMessage


class MessageDeleted(Wire, frozen=True, kw_only=True):
    """``message`` is what is left of it."""

    room_id: str
    seq: int
    message: ChatMessage


class ReactionChanged(Wire, frozen=True, kw_only=True):
    """Somebody reacted, or took that back; ``count`` is how many react so now."""

    room_id: str
    seq: int
    message_id: str
    emoji: str
    user_id: str
    is_on: bool
    count: int


class MessagesRead(Wire, frozen=True, kw_only=True):
    """How far somebody has read: to all in direct rooms and groups, elsewhere to oneself on other devices. Not a
    change of the room: ``readSeq`` is a place in it."""

    room_id: str
    user_id: str
    read_seq: int
    read_at: datetime


class TypingUser(Wire, frozen=True, kw_only=True):
    user_id: str
    name: str


class UserTyping(Wire, frozen=True, kw_only=True):
    """To those who follow the room: who is writing now, the first few of them. Each replaces the one before."""

    room_id: str
    users: list[TypingUser]
    count: int
