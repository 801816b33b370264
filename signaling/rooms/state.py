"""What a room is beside its seats: policy, people's standing, the door, polls, and what is due to be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from signaling.poll import Poll
from signaling.protocol.base import Role
from signaling.protocol.reactions import ReactionKind
from signaling.protocol.room_policy import RoomPolicy
from signaling.protocol.waiting import WaitingPerson


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the door. ``id`` will be that of the seat."""

    id: str
    user_id: str
    name: str
    role: Role
    key_hash: str
    connection: str
    since: datetime

    def person(self) -> WaitingPerson:
        return WaitingPerson(
            participant_id=self.id, user_id=self.user_id, name=self.name, role=self.role, since=self.since
        )


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A player that gets the stage, and is nobody in the room. ``id`` is that of its media."""

    id: str
    user_id: str


class RoomState(msgspec.Struct, frozen=True, kw_only=True):
    """Changed by replacing it. Users are known by their ids, so that what was decided about somebody holds for all
    devices, and over a reconnect."""

    policy: RoomPolicy = RoomPolicy()
    banned: frozenset[str] = frozenset()
    admitted: frozenset[str] = frozenset()
    co_tutors: frozenset[str] = frozenset()
    waiting: Mapping[str, Waiting] = {}
    """By id, in the order of coming."""
    viewers: Mapping[str, Viewer] = {}
    polls: Mapping[str, Poll] = {}
    """By id, in the order of making."""
    tutors_gone_at: datetime | None = None
    """Since when no seat is a tutor's."""
    warnings: int = 0
    """How often it was told that the session will end for that."""

    list_sent_at: datetime | None = None
    list_pending: bool = False
    reactions_sent_at: datetime | None = None
    reactions: Mapping[ReactionKind, int] = {}
    """Not sent yet."""
    results_sent_at: datetime | None = None
    results_pending: frozenset[str] = frozenset()
    """Polls whose results changed since."""
