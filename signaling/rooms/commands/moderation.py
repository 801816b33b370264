"""What tutors do to others."""

from __future__ import annotations

from datetime import datetime

from signaling.errors import Forbidden
from signaling.permissions import require
from signaling.protocol.session import Muted, Removed
from signaling.rooms.commands.devices import publish
from signaling.rooms.commands.targets import seat_of
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def mute(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Switch somebody's mic off; they can switch it on again."""
    require(by.role, "mute-others")
    seat = seat_of(room, participant_id)
    draft = publish(room, seat, seat.publishing - {"mic"}, now)
    if seat.away is None:
        draft.tell(seat.connection, Muted(by_name=by.name))
    return draft.change()


def remove(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Take a user out with all devices, for the rest of the session."""
    require(by.role, "remove-others")
    target = seat_of(room, participant_id)
    if target.role == "tutor":
        raise Forbidden("a tutor cannot be removed")
    draft = Draft(room, now)
    draft.removed_users |= {target.user_id}
    for seat in [seat for seat in room.seats.values() if seat.user_id == target.user_id]:
        if seat.away is None:
            draft.tell(seat.connection, Removed(reason="removed", message=f"{by.name} removed you from the class"))
            draft.exit(seat.connection)
        draft.close(seat, "removed")
    draft.people_changed()
    return draft.change()
