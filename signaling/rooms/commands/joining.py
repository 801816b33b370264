"""Coming, going, being lost for a while, and coming back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.errors import ClassFull, Forbidden
from signaling.identity import Principal
from signaling.permissions import may
from signaling.protocol.session import Removed, UserJoined
from signaling.records import SeatAway, SeatResumed, SeatTaken
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Away, Seat


def join(room: Room, who: Principal, connection: str, key_hash: str, new_id: str, now: datetime) -> Change:
    """Take a new seat with ``new_id``, or the one kept for this key."""
    if who.user_id in room.removed_users:
        raise Forbidden("you were removed from this session")
    seat = room.by_key(key_hash)
    if seat is not None:
        return _resume(room, seat, who, connection, now)
    if len(room.seats) >= room.rules.max_participants and not may(who.role, "enter-full-class"):
        raise ClassFull(f"the live class is full ({room.rules.max_participants} participants)")
    draft = Draft(room, now)
    seat = draft.put(
        Seat(
            id=new_id,
            user_id=who.user_id,
            name=who.name,
            role=who.role,
            key_hash=key_hash,
            connection=connection,
            joined_at=now,
        )
    )
    draft.record(
        SeatTaken(
            participant_id=seat.id,
            user_id=seat.user_id,
            name=seat.name,
            role=seat.role,
            key_hash=key_hash,
            joined_at=now,
        )
    )
    draft.broadcast(UserJoined(seq=draft.next(), user=seat.participant()))
    draft.people_changed()
    draft.enter(connection)
    return draft.change()


def _resume(room: Room, seat: Seat, who: Principal, connection: str, now: datetime) -> Change:
    draft = Draft(room, now)
    if seat.connection == connection and seat.away is None:
        return draft.change()
    if seat.away is None:
        message = "you joined from another connection"
        draft.tell(seat.connection, Removed(reason="replaced", message=message))
        draft.exit(seat.connection, drop=True)
    # the token is newer than the seat, so it decides about name and role
    seat = draft.put(
        msgspec.structs.replace(
            seat, name=who.name, role=who.role, connection=connection, away=None, publishing=frozenset()
        )
    )
    draft.record(SeatResumed(participant_id=seat.id, name=seat.name, role=seat.role, at=now))
    draft.updated(seat)
    draft.enter(connection)
    return draft.change()


def leave(room: Room, seat: Seat, now: datetime) -> Change:
    draft = Draft(room, now)
    draft.exit(seat.connection)
    draft.close(seat, "left")
    draft.people_changed()
    return draft.change()


def lose(room: Room, seat: Seat, now: datetime) -> Change:
    """The connection is gone: the seat is kept for a while."""
    draft = Draft(room, now)
    away = Away(since=now, until=now + room.rules.seat_keep)
    seat = draft.put(msgspec.structs.replace(seat, away=away, publishing=frozenset()))
    draft.record(SeatAway(participant_id=seat.id, at=now))
    draft.updated(seat)
    return draft.change()
