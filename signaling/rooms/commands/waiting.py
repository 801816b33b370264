"""The waiting room: who stays at the door, and who is let in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from signaling.errors import NotFound
from signaling.identity import Principal
from signaling.permissions import may, require
from signaling.protocol.base import Role
from signaling.protocol.moderation import Removed
from signaling.protocol.room_policy import RoomPolicy
from signaling.protocol.waiting import Admitted
from signaling.rooms.commands.targets import take_out
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat
from signaling.rooms.state import Waiting


def must_wait(policy: RoomPolicy, role: Role) -> bool:
    if may(role, "skip-waiting-room"):
        return False
    return policy.waiting_room == "everyone" or (policy.waiting_room == "guests" and role == "guest")


def wait_at_door(
    draft: Draft, before: Waiting | None, who: Principal, connection: str, key_hash: str, new_id: str
) -> None:
    """``before``: the place that this key has already; it keeps its turn."""
    if before is not None and before.connection == connection:
        return
    if before is not None:
        message = "you joined from another connection"
        draft.tell(before.connection, Removed(reason="replaced", message=message))
        draft.exit(before.connection, drop=True)
    place = Waiting(
        id=new_id if before is None else before.id,
        user_id=who.user_id,
        name=who.name,
        role=who.role,
        key_hash=key_hash,
        connection=connection,
        since=draft.now if before is None else before.since,
    )
    draft.set(waiting={**draft.state.waiting, place.id: place})
    draft.waiting_changed()


def places_of(room: Room, user_id: str) -> list[Waiting]:
    return [one for one in room.state.waiting.values() if one.user_id == user_id]


def stop_waiting(draft: Draft, people: Collection[Waiting]) -> None:
    """These are at the door no longer."""
    if people:
        gone = {one.id for one in people}
        draft.set(waiting={key: one for key, one in draft.state.waiting.items() if key not in gone})
        draft.waiting_changed()


def open_door(draft: Draft, people: Collection[Waiting]) -> None:
    """Tell these that they may come in. They stay on the list until they do."""
    for one in people:
        draft.tell(one.connection, Admitted())


def send_away(draft: Draft, people: Collection[Waiting], message: str) -> None:
    for one in people:
        draft.tell(one.connection, Removed(reason="denied", message=message))
        draft.exit(one.connection)
    stop_waiting(draft, people)


def give_up(room: Room, place: Waiting, now: datetime) -> Change:
    """Somebody at the door went away."""
    draft = Draft(room, now)
    draft.exit(place.connection)
    stop_waiting(draft, [place])
    return draft.change()


def admit(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    require(by.role, "admit-others")
    draft = Draft(room, now)
    _admit(draft, {_place(room, participant_id).user_id})
    return draft.change()


def admit_all(room: Room, by: Seat, now: datetime) -> Change:
    require(by.role, "admit-others")
    draft = Draft(room, now)
    _admit(draft, {one.user_id for one in room.state.waiting.values()})
    return draft.change()


def _admit(draft: Draft, user_ids: set[str]) -> None:
    for user_id in sorted(user_ids):
        draft.set_standing(user_id, admitted=True)
    open_door(draft, [one for one in draft.state.waiting.values() if one.user_id in user_ids])


def deny(room: Room, by: Seat, participant_id: str, ban: bool, now: datetime) -> Change:
    require(by.role, "admit-others")
    user_id = _place(room, participant_id).user_id
    draft = Draft(room, now)
    if ban:
        draft.set_standing(user_id, banned=True)
        draft.audit(by, "ban", user_id)
    message = "you were not let into the class"
    if ban:
        take_out(draft, user_id, message)
    send_away(draft, places_of(room, user_id), message)
    return draft.change()


def _place(room: Room, participant_id: str) -> Waiting:
    place = room.state.waiting.get(participant_id)
    if place is None:
        raise NotFound("nobody waits with this id")
    return place
