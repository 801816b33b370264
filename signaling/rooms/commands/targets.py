"""Whom a command is about."""

from __future__ import annotations

from signaling.errors import NotFound
from signaling.protocol.moderation import Removed
from signaling.rooms.draft import Draft
from signaling.rooms.room import Room
from signaling.rooms.seat import Seat


def seat_of(room: Room, participant_id: str) -> Seat:
    seat = room.seats.get(participant_id)
    if seat is None:
        raise NotFound("there is no such participant in the session")
    return seat


def take_out(draft: Draft, user_id: str, message: str) -> None:
    """A user loses every seat and player, and is told why."""
    seats = [seat for seat in draft.seats.values() if seat.user_id == user_id]
    for seat in seats:
        if seat.away is None:
            draft.tell_seat(seat, Removed(reason="removed", message=message))
            draft.exit(seat.connection)
        draft.close(seat, "removed")
    if seats:
        draft.people_changed()
    draft.send_off([viewer.id for viewer in draft.state.viewers.values() if viewer.user_id == user_id])
