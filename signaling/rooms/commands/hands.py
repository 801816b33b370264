"""The queue of raised hands, and letting somebody speak."""

from __future__ import annotations

from datetime import datetime

from signaling.permissions import require
from signaling.protocol.hands import MaySpeak
from signaling.records import HandChanged
from signaling.rooms.commands.targets import seat_of
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def raise_hand(room: Room, seat: Seat, now: datetime) -> Change:
    require(seat.role, "raise-hand")
    draft = Draft(room, now)
    if seat.hand_raised_at is None:
        _set_hand(draft, seat, now, None, is_new=True)
        draft.hands_changed()
    return draft.change()


def lower_hand(room: Room, by: Seat, participant_id: str | None, now: datetime) -> Change:
    """One's own, or as a tutor anybody's. Whoever was let speak is locked again like the others."""
    if participant_id is None or participant_id == by.id:
        seat = by
    else:
        require(by.role, "lower-others-hand")
        seat = seat_of(room, participant_id)
    draft = Draft(room, now)
    if seat.hand_raised_at is not None:
        _set_hand(draft, seat, None, None)
        draft.hands_changed()
    return draft.change()


def lower_all_hands(room: Room, by: Seat, now: datetime) -> Change:
    require(by.role, "lower-others-hand")
    draft = Draft(room, now)
    raised = [seat for seat in room.seats.values() if seat.hand_raised_at is not None]
    for seat in raised:
        _set_hand(draft, seat, None, None)
    if raised:
        draft.hands_changed()
    return draft.change()


def let_speak(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Answer a hand: its owner may speak until it is lowered. Somebody who raised none gets one."""
    require(by.role, "let-others-speak")
    seat = seat_of(room, participant_id)
    draft = Draft(room, now)
    if seat.answered_at is None:
        _set_hand(draft, seat, seat.hand_raised_at or now, now)
        draft.hands_changed()
    draft.tell_seat(seat, MaySpeak(by_name=by.name))
    return draft.change()


def _set_hand(
    draft: Draft, seat: Seat, raised_at: datetime | None, answered_at: datetime | None, *, is_new: bool = False
) -> None:
    draft.change_seat(seat, hand_raised_at=raised_at, answered_at=answered_at)
    draft.record(HandChanged(participant_id=seat.id, raised_at=raised_at, answered_at=answered_at, is_new=is_new))
