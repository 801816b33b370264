"""What is kept of a session: plain structs that rooms produce and the store writes. Times are aware, in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from signaling.protocol.base import Role
from signaling.protocol.chat import ChatMessage
from signaling.protocol.live_classes import LiveClass

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
    """``raised_at`` None: lowered."""

    participant_id: str
    raised_at: datetime | None


class MessageSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A message, and whose it is: the user, who may have had another seat when saying it."""

    user_id: str
    message: ChatMessage


Record = SeatTaken | SeatResumed | SeatAway | SeatClosed | HandChanged | MessageSaid


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


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """A running session as the store knows it. ``messages`` are the latest, oldest first."""

    session_id: str
    live_class: LiveClass
    started_at: datetime
    seats: tuple[OpenSeat, ...] = ()
    removed_users: frozenset[str] = frozenset()
    messages: tuple[MessageSaid, ...] = ()
