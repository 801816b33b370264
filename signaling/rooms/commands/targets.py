"""Whom a command is about."""

from __future__ import annotations

from signaling.errors import NotFound
from signaling.rooms.room import Room
from signaling.rooms.seat import Seat


def seat_of(room: Room, participant_id: str) -> Seat:
    seat = room.seats.get(participant_id)
    if seat is None:
        raise NotFound("there is no such participant in the session")
    return seat
