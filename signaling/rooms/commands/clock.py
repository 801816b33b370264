"""What is due in a room by the time alone, and its end."""

from __future__ import annotations

from datetime import datetime

from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room


def tick(room: Room, now: datetime) -> Change:
    """Close the seats whose time is over, and send a list that is due."""
    draft = Draft(room, now)
    expired = [seat for seat in room.seats.values() if seat.away is not None and seat.away.until <= now]
    for seat in expired:
        draft.close(seat, "timed-out")
    if expired or room.list_pending:
        draft.people_changed()
    return draft.change()


def end(room: Room, now: datetime) -> Change:
    """Close the room; that the live class has ended is announced to its course."""
    draft = Draft(room, now)
    draft.close_room()
    return draft.change()
