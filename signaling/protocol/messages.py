"""The Socket.IO protocol of a class, defined once.

Every struct here crosses the wire as a JSON object with camelCase fields. A client event is acknowledged with
``{ok: true, ...}`` (its ack struct) or ``{ok: false, error: {code, message}}``. The TypeScript types in
``web/src/protocol/protocol.gen.ts`` and ``docs/protocol.md`` are generated from this module and its registry.

Identity, name and role are never read from a payload: they come from the token of the connection.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROTOCOL_VERSION = 1

Role = Literal["tutor", "student", "guest"]
Source = Literal["mic", "camera", "screen"]
Reception = Literal["full", "audio"]
MessageType = Literal["chat", "question", "answer", "system"]

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
Sdp = Annotated[str, Meta(min_length=1, max_length=200_000)]
ChatText = Annotated[str, Meta(min_length=1, max_length=4000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


# --- shapes -----------------------------------------------------------------------------------------


class Participant(_Wire, frozen=True, kw_only=True):
    """One person in the room. ``id`` is the seat and survives a refresh; ``socketId`` is the connection."""

    id: str
    socket_id: str
    user_id: str
    name: str
    role: Role
    is_audio_on: bool
    is_video_on: bool
    is_screen_on: bool
    is_hand_raised: bool
    is_reconnecting: bool
    joined_at: datetime


class Hand(_Wire, frozen=True, kw_only=True):
    """A raised hand. The list of hands is ordered: first raised, first."""

    participant_id: str
    raised_at: datetime


class ChatMessage(_Wire, frozen=True, kw_only=True):
    """One message in the room of the class. ``id`` is made by the sender: sending it again changes nothing."""

    id: str
    participant_id: str
    name: str
    role: Role
    type: MessageType
    text: str
    sent_at: datetime


class Slot(_Wire, frozen=True, kw_only=True):
    """A receiving line of this client (by the mid of its own offer) and whose track it shows; None when empty."""

    mid: str
    kind: Literal["audio", "video"]
    participant_id: str | None
    source: Source | None


class LiveClass(_Wire, frozen=True, kw_only=True):
    """A planned meeting; ``sessionId`` is the running or last session. ``participantCount`` is the number of
    people in the room now, 0 when no session runs."""

    id: str
    course_id: str
    title: str
    status: Literal["scheduled", "live", "ended", "cancelled"]
    session_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    participant_count: int


class RoomSnapshot(_Wire, frozen=True, kw_only=True):
    """Everything a client needs to draw the room, true at ``seq``. ``existingUsers`` holds the asker too."""

    session_id: str
    live_class: LiveClass
    seq: int
    existing_users: list[Participant]
    hands: list[Hand]
    messages: list[ChatMessage]
    active_speaker_id: str | None


class MediaLimits(_Wire, frozen=True, kw_only=True):
    """How many receiving lines a client should offer, and what it may publish."""

    audio_slots: int
    video_slots: int
    may_publish: list[Source]


# --- client events and their acks -------------------------------------------------------------------


class JoinSession(_Wire, frozen=True, kw_only=True):
    """Enter the running session of a live class, or come back to one's seat.

    ``seatKey`` is a random secret the client keeps for its tab: the same key gets the same seat back within
    120 s, with role, hand and permissions. ``lastSeq`` asks for the events missed since.
    """

    live_class_id: Id
    seat_key: Annotated[str, Meta(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
    last_seq: int | None = None
    session_id: str | None = None


class Joined(_Wire, frozen=True, kw_only=True):
    """``resumed``: the seat was kept. ``mediaKept``: the server still has the media connection of the seat; if
    not, connect media anew. ``snapshot`` is None when ``missed`` holds every event since ``lastSeq``."""

    participant_id: str
    session_id: str
    resumed: bool
    media_kept: bool
    seq: int
    limits: MediaLimits
    snapshot: RoomSnapshot | None
    missed: list[MissedEvent]


class MissedEvent(_Wire, frozen=True, kw_only=True):
    """A broadcast the client was not connected for: handle it as if it came now."""

    event: str
    data: dict[str, object]


class LeaveSession(_Wire, frozen=True, kw_only=True):
    """Give up the seat."""


class GetSessionUsers(_Wire, frozen=True, kw_only=True):
    """Ask for everyone in the room."""


class SessionUsers(_Wire, frozen=True, kw_only=True):
    seq: int
    users: list[Participant]


class Resync(_Wire, frozen=True, kw_only=True):
    """Ask for what was missed since ``lastSeq`` (a gap in ``seq`` was seen)."""

    last_seq: int


class Resynced(_Wire, frozen=True, kw_only=True):
    """Either ``snapshot``, or every event since ``lastSeq`` in ``missed``."""

    seq: int
    snapshot: RoomSnapshot | None
    missed: list[MissedEvent]


class ConnectMedia(_Wire, frozen=True, kw_only=True):
    """The one offer of a participant. ``sources`` says what each sending line (by mid) will carry."""

    offer: Sdp
    sources: Annotated[dict[Mid, Source], Meta(max_length=3)]


class MediaConnected(_Wire, frozen=True, kw_only=True):
    answer: str
    slots: list[Slot]


class UpdateMediaState(_Wire, frozen=True, kw_only=True):
    """The real state of one's devices. A source that is not on is not forwarded."""

    is_audio_on: bool
    is_video_on: bool
    is_screen_on: bool


class SetReception(_Wire, frozen=True, kw_only=True):
    """``audio``: the server sends this client no video packet at all."""

    reception: Reception


class RaiseHand(_Wire, frozen=True, kw_only=True):
    """Join the queue of raised hands; nothing changes when already in it."""


class LowerHand(_Wire, frozen=True, kw_only=True):
    """Leave the queue; a tutor may name somebody else."""

    participant_id: Id | None = None


class SendMessage(_Wire, frozen=True, kw_only=True):
    """Say something to the room. ``id`` is made by the client; a retry with the same id never doubles it."""

    id: Id
    text: ChatText
    type: Literal["chat", "question", "answer"] = "chat"


class MessageSent(_Wire, frozen=True, kw_only=True):
    message: ChatMessage


class MuteUser(_Wire, frozen=True, kw_only=True):
    """Tutor only: switch somebody's mic off. They can switch it on again; nobody can be forced on."""

    participant_id: Id


class RemoveUser(_Wire, frozen=True, kw_only=True):
    """Tutor only: take somebody out of the session."""

    participant_id: Id


class EndSession(_Wire, frozen=True, kw_only=True):
    """Tutor only: end the class for all."""


class Ok(_Wire, frozen=True, kw_only=True):
    """Nothing to add to ``ok: true``."""


# --- server events ----------------------------------------------------------------------------------
# Those with ``seq`` are broadcasts of the room: numbered one by one, kept for a while, replayed on reconnect.


class ExistingUsers(_Wire, frozen=True, kw_only=True):
    """Sent to a newcomer alone: everyone who was already there."""

    seq: int
    users: list[Participant]


class UserJoined(_Wire, frozen=True, kw_only=True):
    seq: int
    user: Participant


class UserUpdated(_Wire, frozen=True, kw_only=True):
    """Somebody's media state, hand or connection changed; ``user`` is the whole new state."""

    seq: int
    user: Participant


class UserLeft(_Wire, frozen=True, kw_only=True):
    seq: int
    participant_id: str
    reason: Literal["left", "removed", "timed-out", "replaced", "ended"]


class ParticipantsList(_Wire, frozen=True, kw_only=True):
    """The whole list, sent after somebody joined or left. ``count`` is the number of people in the room."""

    seq: int
    count: int
    users: list[Participant]


class HandsChanged(_Wire, frozen=True, kw_only=True):
    seq: int
    hands: list[Hand]


class NewMessage(_Wire, frozen=True, kw_only=True):
    seq: int
    message: ChatMessage


class LiveClassStarted(_Wire, frozen=True, kw_only=True):
    """To everyone connected who belongs to the course."""

    live_class: LiveClass


class LiveClassEnded(_Wire, frozen=True, kw_only=True):
    """To everyone connected who belongs to the course, and so to the room."""

    live_class: LiveClass


class SlotsChanged(_Wire, frozen=True, kw_only=True):
    """To one client: what each of its slots shows now. Always the whole list."""

    slots: list[Slot]


class ActiveSpeaker(_Wire, frozen=True, kw_only=True):
    """To the room: who speaks now, None when nobody does. Not numbered: the next one replaces it."""

    participant_id: str | None


class MediaReset(_Wire, frozen=True, kw_only=True):
    """To one client: its media connection is gone on the server; connect media anew with a fresh offer."""

    reason: str


class Muted(_Wire, frozen=True, kw_only=True):
    """To one client: a tutor switched its mic off; it should stop capturing."""

    by_name: str


class Removed(_Wire, frozen=True, kw_only=True):
    """To one client: it is no longer in the session and should not come back by itself."""

    reason: Literal["removed", "ended", "replaced"]
    message: str


# --- registry ---------------------------------------------------------------------------------------

CLIENT_EVENTS: dict[str, tuple[type[_Wire], type[_Wire]]] = {
    "join-session": (JoinSession, Joined),
    "leave-session": (LeaveSession, Ok),
    "get-session-users": (GetSessionUsers, SessionUsers),
    "resync": (Resync, Resynced),
    "connect-media": (ConnectMedia, MediaConnected),
    "update-media-state": (UpdateMediaState, Ok),
    "set-reception": (SetReception, Ok),
    "raise-hand": (RaiseHand, Ok),
    "lower-hand": (LowerHand, Ok),
    "send-message": (SendMessage, MessageSent),
    "mute-user": (MuteUser, Ok),
    "remove-user": (RemoveUser, Ok),
    "end-session": (EndSession, Ok),
}

SERVER_EVENTS: dict[str, type[_Wire]] = {
    "existing-users": ExistingUsers,
    "user-joined": UserJoined,
    "user-updated": UserUpdated,
    "user-left": UserLeft,
    "participants-list": ParticipantsList,
    "hands-changed": HandsChanged,
    "new-message": NewMessage,
    "live-class-started": LiveClassStarted,
    "live-class-ended": LiveClassEnded,
    "slots-changed": SlotsChanged,
    "active-speaker": ActiveSpeaker,
    "media-reset": MediaReset,
    "muted": Muted,
    "removed": Removed,
}

ERROR_CODES: dict[str, str] = {
    "bad_request": "the payload does not fit the event; the message says where",
    "unknown_event": "there is no such event",
    "too_large": "the payload is larger than allowed",
    "rate_limited": "too many events; try again later",
    "unauthorized": "the token is missing, wrong or expired",
    "forbidden": "this role may not do that",
    "not_found": "no such live class, session or participant",
    "not_live": "the live class has no running session",
    "already_live": "the live class is running already",
    "already_exists": "the id is taken",
    "not_joined": "join the session first",
    "class_full": "the live class is full",
    "bad_sdp": "the offer cannot be used; the message says why",
    "media_unavailable": "no media worker answers now; try again",
    "internal": "the server failed; it has been logged",
}
