"""Messages over REST: what was said, saying something, and everything that sockets can do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Cursor, Id, Limit, Wire
from signaling.protocol.chat import (
    ChatMessage,
    ChatSeq,
    ChatSync,
    ChatText,
    Emoji,
    MarkedRead,
    PostMessage,
    ReadMark,
)
from signaling.protocol.chat_rooms import PageQuery
from signaling.protocol.rest import Route


class MessageQuery(Wire, frozen=True, kw_only=True):
    """Places in the room: ``before`` and ``after`` one, or ``around`` it; at most one of these and ``cursor``.
    ``thread``: the replies to a message. ``pinned``: only those."""

    before: ChatSeq | None = None
    after: ChatSeq | None = None
    around: ChatSeq | None = None
    thread: Id | None = None
    pinned: bool = False
    cursor: Cursor | None = None
    limit: Limit = 50


class MessageList(Wire, frozen=True, kw_only=True):
    """In the order of their places. ``nextCursor`` goes on where the list was going: with ``after`` to newer ones,
    else to older ones."""

    items: list[ChatMessage]
    has_older: bool
    has_newer: bool
    next_cursor: str | None


class EditText(Wire, frozen=True, kw_only=True):
    text: ChatText


class ReactTo(Wire, frozen=True, kw_only=True):
    emoji: Emoji
    is_on: bool = True


class Pin(Wire, frozen=True, kw_only=True):
    is_pinned: bool


class ReadUpTo(Wire, frozen=True, kw_only=True):
    seq: ChatSeq


class ReadMarkList(Wire, frozen=True, kw_only=True):
    items: list[ReadMark]
    next_cursor: str | None


class ChangesQuery(Wire, frozen=True, kw_only=True):
    last_seq: ChatSeq


class MessageVersion(Wire, frozen=True, kw_only=True):
    """``until``: when it was replaced or deleted; None for what it says now."""

    text: str
    until: datetime | None


class MessageVersionList(Wire, frozen=True, kw_only=True):
    """Oldest first."""

    items: list[MessageVersion]
    deleted_by: str | None


class ChatSearchQuery(Wire, frozen=True, kw_only=True):
    """Words that must all be there, or begin so; "several words" in quotes as they stand; -word: not this one."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    room_id: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class Fragment(Wire, frozen=True, kw_only=True):
    text: str
    is_match: bool


class ChatSearchHit(Wire, frozen=True, kw_only=True):
    """``snippet``: the part around the first match, as plain text in pieces."""

    message: ChatMessage
    room_title: str | None
    snippet: list[Fragment]


class ChatSearchList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[ChatSearchHit]
    next_cursor: str | None


_ONE = "/api/v1/chat-rooms/{id}"
_MESSAGES = f"{_ONE}/messages"
_MESSAGE = f"{_MESSAGES}/{{messageId}}"
_READ = "who may read there"
_WRITE = "who may write there"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-messages",
        method="GET",
        path=_MESSAGES,
        who=_READ,
        doc="What was said: the latest, or around a place, a thread, what is pinned.",
        query=MessageQuery,
        answer=MessageList,
        errors=("not_found",),
    ),
    Route(
        operation="send-chat-message",
        method="POST",
        path=_MESSAGES,
        who=_WRITE,
        doc="Say something. Sent again with the same `id` it answers the same message.",
        body=PostMessage,
        answer=ChatMessage,
        errors=("forbidden", "not_found", "muted", "already_exists"),
    ),
    Route(
        operation="get-message",
        method="GET",
        path=_MESSAGE,
        who=_READ,
        doc="One message.",
        answer=ChatMessage,
        errors=("not_found",),
    ),
    Route(
        operation="edit-chat-message",
        method="PATCH",
        path=_MESSAGE,
        who="who wrote it",
        doc="Change the text, for as long as the settings allow.",
        body=EditText,
        answer=ChatMessage,
        errors=("forbidden", "not_found", "muted"),
    ),
    Route(
        operation="delete-chat-message",
        method="DELETE",
        path=_MESSAGE,
        who="who wrote it; tutor; the owner of a group",
        doc="Take a message away. Its place stays; moderators can still see what it said.",
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-message-versions",
        method="GET",
        path=f"{_MESSAGE}/versions",
        who="tutor; the owner of a group",
        doc="What a message said before it was edited or deleted.",
        answer=MessageVersionList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="react-to-message",
        method="PUT",
        path=f"{_MESSAGE}/reactions",
        who=_WRITE,
        doc="React with an emoji, or take that back.",
        body=ReactTo,
        errors=("forbidden", "not_found", "muted"),
    ),
    Route(
        operation="pin-chat-message",
        method="PUT",
        path=f"{_MESSAGE}/pin",
        who="tutor; the owner of a group; in direct rooms both",
        doc="Pin a message, or unpin it.",
        body=Pin,
        answer=ChatMessage,
        errors=("forbidden", "not_found", "muted"),
    ),
    Route(
        operation="mark-chat-read",
        method="POST",
        path=f"{_ONE}/read",
        who=_READ,
        doc="Everything up to a place was seen. It never goes back.",
        body=ReadUpTo,
        answer=MarkedRead,
        errors=("not_found",),
    ),
    Route(
        operation="list-read-marks",
        method="GET",
        path=f"{_ONE}/read",
        who="who may read there, but no guest",
        doc="How far each has read.",
        query=PageQuery,
        answer=ReadMarkList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="sync-chat-room",
        method="GET",
        path=f"{_ONE}/changes",
        who=_READ,
        doc="What changed since `lastSeq`, or the latest when that is too much.",
        query=ChangesQuery,
        answer=ChatSync,
        errors=("not_found",),
    ),
    Route(
        operation="search-chat",
        method="GET",
        path="/api/v1/chat-search",
        who="anyone",
        doc="Search what was said, in all of one's chat rooms or in one.",
        query=ChatSearchQuery,
        answer=ChatSearchList,
        errors=("not_found",),
    ),
)
