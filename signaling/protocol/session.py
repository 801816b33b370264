"""A running session: its room, the people in it, their media."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Id, Reception, Role, Source, Wire
from signaling.protocol.chat import ChatMessage
from signaling.protocol.live_classes import LiveClass

Sdp = Annotated[str, Meta(min_length=1, max_length=200_000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]


class Participant(Wire, frozen=True, kw_only=True):
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


class Hand(Wire, frozen=True, kw_only=True):
    """A raised hand. The list of hands is ordered: first raised, first."""

    participant_id: str
    raised_at: datetime


class Slot(Wire, frozen=True, kw_only=True):
    """A receiving line of this client (by the mid of its own offer) and whose track it shows; None when empty."""

    mid: str
    kind: Literal["audio", "video"]
    participant_id: str | None
    source: Source | None


class RoomSnapshot(Wire, frozen=True, kw_only=True):
    """Everything a client needs to draw the room, true at ``seq``. ``existingUsers`` holds the asker too."""

    session_id: str
    live_class: LiveClass
    seq: int
    existing_users: list[Participant]
    hands: list[Hand]
    messages: list[ChatMessage]
    active_speaker_id: str | None


class MediaLimits(Wire, frozen=True, kw_only=True):
    """How many receiving lines a client should offer, and what it may publish."""

    audio_slots: int
    video_slots: int
    may_publish: list[Source]


class JoinSession(Wire, frozen=True, kw_only=True):
    """Enter the running session of a live class, or come back to one's seat.

    ``seatKey`` is a random secret the client keeps for its tab: the same key gets the same seat back within
    120 s, with role, hand and permissions. ``lastSeq`` asks for the events missed since.
    """

    live_class_id: Id
    seat_key: Annotated[str, Meta(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
    last_seq: int | None = None
    session_id: str | None = None


class Joined(Wire, frozen=True, kw_only=True):
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


class MissedEvent(Wire, frozen=True, kw_only=True):
    """A broadcast the client was not connected for: handle it as if it came now."""

    event: str
    data: dict[str, object]


class LeaveSession(Wire, frozen=True, kw_only=True):
    """Give up the seat."""


class GetSessionUsers(Wire, frozen=True, kw_only=True):
    """Ask for everyone in the room."""


class SessionUsers(Wire, frozen=True, kw_only=True):
    seq: int
    users: list[Participant]


class Resync(Wire, frozen=True, kw_only=True):
    """Ask for what was missed since ``lastSeq`` (a gap in ``seq`` was seen)."""

    last_seq: int


class Resynced(Wire, frozen=True, kw_only=True):
    """Either ``snapshot``, or every event since ``lastSeq`` in ``missed``."""

    seq: int
    snapshot: RoomSnapshot | None
    missed: list[MissedEvent]


class ConnectMedia(Wire, frozen=True, kw_only=True):
    """The one offer of a participant. ``sources`` says what each sending line (by mid) will carry."""

    offer: Sdp
    sources: Annotated[dict[Mid, Source], Meta(max_length=3)]


class MediaConnected(Wire, frozen=True, kw_only=True):
    answer: str
    slots: list[Slot]


class UpdateMediaState(Wire, frozen=True, kw_only=True):
    """The real state of one's devices. A source that is not on is not forwarded."""

    is_audio_on: bool
    is_video_on: bool
    is_screen_on: bool


class SetReception(Wire, frozen=True, kw_only=True):
    """``audio``: the server sends this client no video packet at all."""

    reception: Reception


class RaiseHand(Wire, frozen=True, kw_only=True):
    """Join the queue of raised hands; nothing changes when already in it."""


class LowerHand(Wire, frozen=True, kw_only=True):
    """Leave the queue; a tutor may name somebody else."""

    participant_id: Id | None = None


class MuteUser(Wire, frozen=True, kw_only=True):
    """Tutor only: switch somebody's mic off. They can switch it on again; nobody can be forced on."""

    participant_id: Id


class RemoveUser(Wire, frozen=True, kw_only=True):
    """Tutor only: take somebody out of the session."""

    participant_id: Id


class EndSession(Wire, frozen=True, kw_only=True):
    """Tutor only: end the class for all."""


class ExistingUsers(Wire, frozen=True, kw_only=True):
    """Sent to a newcomer alone: everyone who was already there."""

    seq: int
    users: list[Participant]


class UserJoined(Wire, frozen=True, kw_only=True):
    seq: int
    user: Participant


class UserUpdated(Wire, frozen=True, kw_only=True):
    """Somebody's media state, hand or connection changed; ``user`` is the whole new state."""

    seq: int
    user: Participant


class UserLeft(Wire, frozen=True, kw_only=True):
    seq: int
    participant_id: str
    reason: Literal["left", "removed", "timed-out", "replaced", "ended"]


class ParticipantsList(Wire, frozen=True, kw_only=True):
    """The whole list, sent after somebody joined or left. ``count`` is the number of people in the room."""

    seq: int
    count: int
    users: list[Participant]


class HandsChanged(Wire, frozen=True, kw_only=True):
    seq: int
    hands: list[Hand]


class SlotsChanged(Wire, frozen=True, kw_only=True):
    """To one client: what each of its slots shows now. Always the whole list."""

    slots: list[Slot]


class ActiveSpeaker(Wire, frozen=True, kw_only=True):
    """To the room: who speaks now, None when nobody does. Not numbered: the next one replaces it."""

    participant_id: str | None


class MediaReset(Wire, frozen=True, kw_only=True):
    """To one client: its media connection is gone on the server; connect media anew with a fresh offer."""

    reason: str


class Muted(Wire, frozen=True, kw_only=True):
    """To one client: a tutor switched its mic off; it should stop capturing."""

    by_name: str


class Removed(Wire, frozen=True, kw_only=True):
    """To one client: it is no longer in the session and should not come back by itself."""

    reason: Literal["removed", "ended", "replaced"]
    message: str
