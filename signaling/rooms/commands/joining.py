"""Coming, going, being lost for a while, and coming back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.errors import ClassFull, Forbidden, RoomLocked
from signaling.identity import Principal
from signaling.permissions import may
from signaling.protocol.base import Role
from signaling.protocol.moderation import Removed
from signaling.protocol.session import UserJoined
from signaling.records import SeatAway, SeatResumed, SeatTaken
from signaling.rooms.commands.waiting import must_wait, open_door, stop_waiting, wait_at_door
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Away, Seat


def role_in(room: Room, who: Principal) -> Role:
    """What somebody is in this session."""
    return "tutor" if who.user_id in room.state.co_tutors else who.role


def require_entry(room: Room, who: Principal, role: Role) -> bool:
    """Whether they are known here, by a seat or because they were let in. Raises `Forbidden`, `RoomLocked`."""
    state = room.state
    if who.user_id in state.banned:
        raise Forbidden("you were removed from this session")
    is_known = who.user_id in state.admitted or any(s.user_id == who.user_id for s in room.seats.values())
    if state.policy.is_locked and not is_known and not may(role, "enter-locked-room"):
        raise RoomLocked("the tutor has locked the room")
    return is_known


def join(room: Room, who: Principal, connection: str, key_hash: str, new_id: str, now: datetime) -> Change:
    """Take a new seat with ``new_id``, or the one kept for this key; or a place at the door."""
    role, state = role_in(room, who), room.state
    seat = room.by_key(key_hash)
    if seat is not None and who.user_id not in state.banned:
        return _resume(room, seat, who, connection, now)
    is_known = require_entry(room, who, role)
    if len(room.seats) >= room.max_participants and not may(role, "enter-full-class"):
        raise ClassFull(f"the live class is full ({room.max_participants} participants)")
    draft = Draft(room, now)
    waiting = room.waiting_by_key(key_hash)
    if not is_known and must_wait(state.policy, role):
        wait_at_door(draft, waiting, who, connection, key_hash, new_id)
        return draft.change()
    if waiting is not None:
        stop_waiting(draft, [waiting])
    _sit_down(draft, who, role, connection, key_hash, new_id if waiting is None else waiting.id)
    # with a seat here, the same person's other devices need not wait
    open_door(draft, [one for one in draft.state.waiting.values() if one.user_id == who.user_id])
    return draft.change()


def _sit_down(draft: Draft, who: Principal, role: Role, connection: str, key_hash: str, seat_id: str) -> None:
    seat = draft.put(
        Seat(
            id=seat_id,
            user_id=who.user_id,
            name=who.name,
            role=role,
            own_role=who.role,
            key_hash=key_hash,
            connection=connection,
            joined_at=draft.now,
        )
    )
    draft.record(
        SeatTaken(
            participant_id=seat.id,
            user_id=seat.user_id,
            name=seat.name,
            role=seat.own_role,
            key_hash=key_hash,
            joined_at=draft.now,
        )
    )
    draft.broadcast(UserJoined(seq=draft.next(), user=seat.participant()))
    draft.people_changed()
    draft.enter(connection)


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
            seat,
            name=who.name,
            role=role_in(room, who),
            own_role=who.role,
            connection=connection,
            away=None,
            publishing=frozenset(),
        )
    )
    draft.record(SeatResumed(participant_id=seat.id, name=seat.name, role=seat.own_role, at=now))
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
