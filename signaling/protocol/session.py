"""A running session: its room, the people in it, their media."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from signaling.protocol.base import Id, Reception, Role, Source, Wire
from signaling.protocol.chat import ChatSeq, ChatSync
from signaling.protocol.hands import Hand
from signaling.protocol.live_classes import EndReason, LiveClass
from signaling.protocol.media import IceServer
from signaling.protocol.polls import Poll, PollReport, PollResults, PollVote
from signaling.protocol.reception import ReceptionUse
from signaling.protocol.room_policy import RoomPolicy
from signaling.protocol.waiting import WaitingPerson

Sdp = Annotated[str, Meta(min_length=1, max_length=200_000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]


class Participant(Wire, frozen=True, kw_only=True):
    """One person in the room. ``id`` is the seat and survives a refresh; ``socketId`` is the connection.
    ``allowed``: what this person may publish in spite of the room's policy."""

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
    allowed: list[Source]
    joined_at: datetime


class Slot(Wire, frozen=True, kw_only=True):
    """A receiving line of this client (by the mid of its own offer) and whose track it shows; None when empty."""

    mid: str
    kind: Literal["audio", "video"]
    participant_id: str | None
    source: Source | None
    paused: bool = False
    """The track is this line's, but the line or the step of the ladder has no room for it: show that."""


class SessionEnding(Wire, frozen=True, kw_only=True):
    """The session ends by itself ``at`` this time, unless the reason for it passes."""

    at: datetime
    reason: EndReason


class RoomSnapshot(Wire, frozen=True, kw_only=True):
    """Everything a client needs to draw the room, true at ``seq``. ``existingUsers`` holds the asker too;
    ``polls`` are the latest that were opened, oldest first. What is for the asker alone is in `OwnState`."""

    session_id: str
    live_class: LiveClass
    seq: int
    existing_users: list[Participant]
    hands: list[Hand]
    active_speaker_id: str | None
    policy: RoomPolicy
    polls: list[Poll]
    ending: SessionEnding | None


class TutorState(Wire, frozen=True, kw_only=True):
    """What tutors see beyond the snapshot."""

    waiting: list[WaitingPerson]
    polls: list[PollReport]


class OwnState(Wire, frozen=True, kw_only=True):
    """What is for the asker alone, and true now: results that one may see, one's votes; ``tutor`` is null for
    others."""

    results: list[PollResults]
    votes: list[PollVote]
    tutor: TutorState | None
    reception: Reception = "full"
    """The step of the ladder one is on."""


class MediaLimits(Wire, frozen=True, kw_only=True):
    """How many receiving lines a client should offer, and what it may publish, locks by the room's policy left
    aside. A client offers sending lines for all sources at once: what may be sent on them can change."""

    audio_slots: int
    video_slots: int
    may_publish: list[Source]


class JoinSession(Wire, frozen=True, kw_only=True):
    """Enter the running session of a live class, or come back to one's seat.

    ``seatKey`` is a random secret the client keeps for its tab: the same key gets the same seat back within
    120 s, with role, hand and permissions. ``lastSeq`` asks for the events missed since,
    ``lastChatSeq`` for what changed in the chat. Sent again by who waits
    to be let in, it says whether that has happened.
    """

    live_class_id: Id
    seat_key: Annotated[str, Meta(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
    last_seq: int | None = None
    session_id: str | None = None
    last_chat_seq: ChatSeq | None = None


class Joined(Wire, frozen=True, kw_only=True):
    """``admission``: ``waiting`` is not in the room, and gets nothing of it: stay connected, `admitted` says when
    to send `join-session` again (``seq`` is 0, ``snapshot`` and ``own`` are null then). ``resumed``: the seat was
    kept. ``mediaKept``: the server still has the media connection of the seat; if not, connect media anew.
    ``snapshot`` is None when ``missed`` holds every event since ``lastSeq``."""

    admission: Literal["admitted", "waiting"]
    participant_id: str
    session_id: str
    resumed: bool
    media_kept: bool
    seq: int
    limits: MediaLimits
    snapshot: RoomSnapshot | None
    missed: list[MissedEvent]
    own: OwnState | None
    ice_servers: list[IceServer] = msgspec.field(default_factory=list)
    reception_use: list[ReceptionUse] = msgspec.field(default_factory=list)
    chat: ChatSync | None = None
    """The chat of the class, which this connection follows from here on; None for who waits."""


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
    own: OwnState


class ConnectMedia(Wire, frozen=True, kw_only=True):
    """The one offer of a participant. ``sources`` says what each sending line (by mid) will carry."""

    offer: Sdp
    sources: Annotated[dict[Mid, Source], Meta(max_length=3)]


class MediaConnected(Wire, frozen=True, kw_only=True):
    answer: str
    slots: list[Slot]


class UpdateMediaState(Wire, frozen=True, kw_only=True):
    """The real state of one's devices. A source that is not on is not forwarded. Refused with ``source_locked`` as
    a whole when one that is on is locked: switch it off and tell the state again."""

    is_audio_on: bool
    is_video_on: bool
    is_screen_on: bool


class RestartIce(Wire, frozen=True, kw_only=True):
    """The network changed: an offer of the same connection with new ICE credentials. Slots and pictures go on.
    With an error connect media anew."""

    offer: Sdp


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


class SessionEndingSoon(Wire, frozen=True, kw_only=True):
    """The session ends by itself at this time; told more than once."""

    seq: int
    at: datetime
    reason: EndReason


class SessionEndingCancelled(Wire, frozen=True, kw_only=True):
    """The session goes on: a tutor is there."""

    seq: int


class SlotsChanged(Wire, frozen=True, kw_only=True):
    """To one client: what each of its slots shows now. Always the whole list."""

    slots: list[Slot]


class ActiveSpeaker(Wire, frozen=True, kw_only=True):
    """To the room: who speaks now, None when nobody does. Not numbered: the next one replaces it."""

    participant_id: str | None


class MediaReset(Wire, frozen=True, kw_only=True):
    """To one client: its media connection is gone on the server; connect media anew with a fresh offer."""

    reason: str
