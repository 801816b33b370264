"""A seat: one participant of a session, connected or expected back."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from signaling.protocol.base import Reception, Role, Source
from signaling.protocol.hands import Hand
from signaling.protocol.session import Participant


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """The connection is lost: last seen then, expected back until then."""

    since: datetime
    until: datetime


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Changed by replacing it. ``connection`` is the last one, also while ``away``. ``role`` is what somebody is
    in this session, ``own_role`` what the token says."""

    id: str
    user_id: str
    name: str
    role: Role
    own_role: Role
    key_hash: str
    connection: str
    joined_at: datetime
    publishing: frozenset[Source] = frozenset()
    reception: Reception = "full"
    """The step that was chosen; the one that the seat is on is in `signaling.rooms.health.Health`."""
    pinned: bool = False
    """A weak line does not take the seat lower than it chose."""
    allowed: frozenset[Source] = frozenset()
    """May be published in spite of the room's policy."""
    hand_raised_at: datetime | None = None
    answered_at: datetime | None = None
    """Since when the raised hand is being answered: its owner may speak."""
    away: Away | None = None
    is_stream: bool = False
    """Of a program that publishes: ``connection`` is no socket."""

    def participant(self) -> Participant:
        """The seat as others see it."""
        return Participant(
            id=self.id,
            socket_id=self.connection,
            user_id=self.user_id,
            name=self.name,
            role=self.role,
            is_audio_on="mic" in self.publishing,
            is_video_on="camera" in self.publishing,
            is_screen_on="screen" in self.publishing,
            is_hand_raised=self.hand_raised_at is not None,
            is_reconnecting=self.away is not None,
            allowed=sorted(self.allowed),
            joined_at=self.joined_at,
        )

    def hand(self) -> Hand | None:
        if self.hand_raised_at is None:
            return None
        return Hand(
            participant_id=self.id, raised_at=self.hand_raised_at, is_answered=self.answered_at is not None
        )


def hash_key(user_id: str, seat_key: str) -> str:
    """What is kept of a seat key. Bound to the user, so that a leaked key opens nobody else's seat."""
    return hashlib.sha256(f"{user_id}\n{seat_key}".encode()).hexdigest()
