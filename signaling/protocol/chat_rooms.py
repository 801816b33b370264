"""Chat rooms over REST: make one, list mine, who is in it, who may not write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from signaling.protocol.base import Cursor, Id, Limit, Role, Title, Wire
from signaling.protocol.chat import ChatMessage
from signaling.protocol.rest import Route

ChatRoomKind = Literal["direct", "course", "live_class", "group"]


class ChatParticipant(Wire, frozen=True, kw_only=True):
    """``role`` is that in the course, None where there is none. ``isOwner``: of a group."""

    user_id: str
    name: str
    role: Role | None
    is_owner: bool


class ChatRoom(Wire, frozen=True, kw_only=True):
    """``title`` of a direct room is None: show the other participant. ``participants`` are the first of a direct
    room or group. ``seq`` counts the changes, ``lastSeq`` is the place of the latest message."""

    id: str
    kind: ChatRoomKind
    title: str | None
    course_id: str | None
    live_class_id: str | None
    created_by: str | None
    created_at: datetime
    seq: int
    last_seq: int
    last_at: datetime
    is_locked: bool
    participants: list[ChatParticipant]


class CreateChatRoom(Wire, frozen=True, kw_only=True):
    """What is needed: by a ``direct`` room one of ``userIds``, by a ``group`` a ``title`` and, if wanted,
    more ``userIds``, by ``course`` a ``courseId``, by ``live_class`` a ``liveClassId``. All but groups are there
    once: they are found, or made."""

    kind: ChatRoomKind
    user_ids: Annotated[list[Id], Meta(max_length=199)] = field(default_factory=list)
    title: Title | None = None
    course_id: Id | None = None
    live_class_id: Id | None = None
    id: Id | None = None
    """Of a group: made by the client, so that a retry makes no second one."""


class UpdateChatRoom(Wire, frozen=True, kw_only=True):
    title: Title


class PageQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class ChatRoomUpdated(Wire, frozen=True, kw_only=True):
    """To everyone in a direct room or group: it is new, or its title or participants changed."""

    room: ChatRoom


class ChatRoomLeft(Wire, frozen=True, kw_only=True):
    """One is no longer in this room."""

    room_id: str


class ChatRoomItem(Wire, frozen=True, kw_only=True):
    """A room in one's list. ``unread`` counts messages of others after ``readSeq``, up to 100; ``mentions`` those
    of them that name one."""

    room: ChatRoom
    last_message: ChatMessage | None
    read_seq: int
    unread: int
    mentions: int


class ChatRoomList(Wire, frozen=True, kw_only=True):
    """What had a message last comes first."""

    items: list[ChatRoomItem]
    next_cursor: str | None


class ChatParticipantList(Wire, frozen=True, kw_only=True):
    items: list[ChatParticipant]
    next_cursor: str | None


class ChatMuted(Wire, frozen=True, kw_only=True):
    """Somebody who may not write in the chats of a course."""

    user_id: str
    name: str
    muted_by: str
    muted_at: datetime


class ChatMutedList(Wire, frozen=True, kw_only=True):
    items: list[ChatMuted]
    next_cursor: str | None


class MuteInChat(Wire, frozen=True, kw_only=True):
    user_id: Id


_ALL = "/api/v1/chat-rooms"
_ONE = f"{_ALL}/{{id}}"
_MUTES = "/api/v1/courses/{id}/chat-mutes"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="create-chat-room",
        method="POST",
        path=_ALL,
        who="any account; for courses and classes their members",
        doc="The direct, course or class room, made when first needed; or a new group.",
        body=CreateChatRoom,
        answer=ChatRoom,
        errors=("forbidden", "not_found", "already_exists"),
    ),
    Route(
        operation="list-chat-rooms",
        method="GET",
        path=_ALL,
        who="anyone",
        doc="My chat rooms, with the last message and what is unread.",
        query=PageQuery,
        answer=ChatRoomList,
    ),
    Route(
        operation="get-chat-room",
        method="GET",
        path=_ONE,
        who="who may read there",
        doc="One chat room.",
        answer=ChatRoomItem,
        errors=("not_found",),
    ),
    Route(
        operation="update-chat-room",
        method="PATCH",
        path=_ONE,
        who="the owner of a group",
        doc="Rename a group.",
        body=UpdateChatRoom,
        answer=ChatRoom,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-chat-participants",
        method="GET",
        path=f"{_ONE}/participants",
        who="who may read there, but no guest",
        doc="Who is in the room.",
        query=PageQuery,
        answer=ChatParticipantList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="add-chat-participant",
        method="PUT",
        path=f"{_ONE}/participants/{{userId}}",
        who="the owner of a group",
        doc="Bring somebody into a group.",
        answer=ChatRoom,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="remove-chat-participant",
        method="DELETE",
        path=f"{_ONE}/participants/{{userId}}",
        who="the owner of a group; oneself",
        doc="Take somebody out of a group, or leave it.",
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="mute-in-chat",
        method="POST",
        path=_MUTES,
        who="tutor",
        doc="Let somebody write no more in the chats of the course.",
        body=MuteInChat,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-muted-in-chat",
        method="GET",
        path=_MUTES,
        who="tutor",
        doc="Who may not write in the chats of the course.",
        query=PageQuery,
        answer=ChatMutedList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="unmute-in-chat",
        method="DELETE",
        path=f"{_MUTES}/{{userId}}",
        who="tutor",
        doc="Let somebody write again.",
        errors=("forbidden", "not_found"),
    ),
)
