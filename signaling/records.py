"""What is kept of a session: plain structs that rooms produce and the store writes. Times are aware, in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from signaling.poll import Poll
from signaling.protocol.base import Role, Source
from signaling.protocol.live_classes import LiveClass
from signaling.protocol.room_policy import RoomPolicy

LeftReason = Literal["left", "removed", "timed-out", "ended"]


class SeatTaken(msgspec.Struct, frozen=True, kw_only=True):
    participant_id: str
    user_id: str
    name: str
    role: Role
    key_hash: str
    joined_at: datetime


class SeatResumed(msgspec.Struct, frozen=True, kw_only=True):
    participant_id: str
    name: str
    role: Role
    at: datetime


class SeatAway(msgspec.Struct, frozen=True, kw_only=True):
    """The connection was lost; the seat is kept for a while."""

    participant_id: str
    at: datetime


class SeatClosed(msgspec.Struct, frozen=True, kw_only=True):
    participant_id: str
    at: datetime
    reason: LeftReason


class HandChanged(msgspec.Struct, frozen=True, kw_only=True):
    """``raised_at`` None: lowered. ``is_new``: raised by its owner just now."""

    participant_id: str
    raised_at: datetime | None
    answered_at: datetime | None
    is_new: bool


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may publish in spite of the policy."""

    participant_id: str
    sources: frozenset[Source]


class ActivityCounted(msgspec.Struct, frozen=True, kw_only=True):
    """To be added to what was written before."""

    participant_id: str
    talk_ms: int
    reactions: int


class PolicySet(msgspec.Struct, frozen=True, kw_only=True):
    policy: RoomPolicy


class ChatLocked(msgspec.Struct, frozen=True, kw_only=True):
    """The chat of the class takes messages of tutors only, or of everyone."""

    is_locked: bool


class StandingSet(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a user for this session."""

    user_id: str
    is_admitted: bool
    is_co_tutor: bool
    is_banned: bool


class TutorsGone(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` None: a tutor is there."""

    at: datetime | None


class Moderated(msgspec.Struct, frozen=True, kw_only=True):
    """For the audit log: who did what to whom."""

    actor_id: str
    action: str
    target: str
    course_id: str
    at: datetime


class PollMade(msgspec.Struct, frozen=True, kw_only=True):
    poll: Poll


class PollOpened(msgspec.Struct, frozen=True, kw_only=True):
    poll_id: str
    at: datetime


class PollClosed(msgspec.Struct, frozen=True, kw_only=True):
    poll_id: str
    at: datetime


class PollVoted(msgspec.Struct, frozen=True, kw_only=True):
    """``choices`` and ``at`` are None in an anonymous poll. ``right``: so many more right answers."""

    poll_id: str
    user_id: str
    is_new: bool
    choices: tuple[int, ...] | None
    at: datetime | None
    added: tuple[int, ...]
    removed: tuple[int, ...]
    right: int


Record = (
    SeatTaken
    | SeatResumed
    | SeatAway
    | SeatClosed
    | HandChanged
    | Allowed
    | ActivityCounted
    | PolicySet
    | ChatLocked
    | StandingSet
    | TutorsGone
    | Moderated
    | PollMade
    | PollOpened
    | PollClosed
    | PollVoted
)


class OpenSeat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that was not closed when the server stopped."""

    participant_id: str
    user_id: str
    name: str
    role: Role
    key_hash: str
    joined_at: datetime
    last_seen_at: datetime
    hand_raised_at: datetime | None
    answered_at: datetime | None
    allowed: frozenset[Source]


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """A running session as the store knows it."""

    session_id: str
    live_class: LiveClass
    started_at: datetime
    seats: tuple[OpenSeat, ...] = ()
    policy: RoomPolicy | None = None
    """None: none was set; it follows from the live class."""
    standings: tuple[StandingSet, ...] = ()
    tutors_gone_at: datetime | None = None
    polls: tuple[Poll, ...] = ()
    node_id: str | None = None
    """The server that hosts it."""
