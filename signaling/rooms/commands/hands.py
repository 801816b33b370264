"""The queue of raised hands."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.permissions import require
from signaling.records import HandChanged
from signaling.rooms.commands.targets import seat_of
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def raise_hand(room: Room, seat: Seat, now: datetime) -> Change:
    require(seat.role, "raise-hand")
    return _set_hand(room, seat, seat.hand_raised_at or now, now)


def lower_hand(room: Room, by: Seat, participant_id: str | None, now: datetime) -> Change:
    """One's own, or as a tutor anybody's."""
    if participant_id is None or participant_id == by.id:
        return _set_hand(room, by, None, now)
    require(by.role, "lower-others-hand")
    return _set_hand(room, seat_of(room, participant_id), None, now)


def _set_hand(room: Room, seat: Seat, raised_at: datetime | None, now: datetime) -> Change:
    draft = Draft(room, now)
    if raised_at != seat.hand_raised_at:
        seat = draft.put(msgspec.structs.replace(seat, hand_raised_at=raised_at))
        draft.record(HandChanged(participant_id=seat.id, raised_at=raised_at))
        draft.updated(seat)
        draft.hands_changed()
    return draft.change()
