"""What people send and receive."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.permissions import require
from signaling.protocol.base import Source
from signaling.protocol.reception import ReceptionSuggested, SetReception, SuggestReception
from signaling.protocol.session import UpdateMediaState
from signaling.rooms.commands.targets import seat_of
from signaling.rooms.draft import Draft
from signaling.rooms.publishing import require_publish
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def update_media(room: Room, seat: Seat, state: UpdateMediaState, now: datetime) -> Change:
    """Raises `Forbidden` and `SourceLocked`: nothing changes then."""
    wanted: dict[Source, bool] = {
        "mic": state.is_audio_on,
        "camera": state.is_video_on,
        "screen": state.is_screen_on,
    }
    publishing = frozenset(source for source, on in wanted.items() if on)
    for source in sorted(publishing):
        require_publish(seat, room.policy, source)
    draft = Draft(room, now)
    draft.change_seat(seat, publishing=publishing)
    return draft.change()


def set_reception(room: Room, seat: Seat, command: SetReception, now: datetime) -> Change:
    """Choose a step of the ladder; the seat is on it at once."""
    draft = Draft(room, now)
    draft.put(msgspec.structs.replace(seat, reception=command.reception, pinned=command.pinned))
    return draft.change()


def suggest_reception(room: Room, by: Seat, command: SuggestReception, now: datetime) -> Change:
    """To one participant, or to everyone but tutors. Raises `Forbidden`, `NotFound`."""
    require(by.role, "suggest-reception")
    if command.participant_id is None:
        seats = [seat for seat in room.seats.values() if seat.role != "tutor"]
    else:
        seats = [seat_of(room, command.participant_id)]
    draft = Draft(room, now)
    for seat in seats:
        draft.tell_seat(seat, ReceptionSuggested(reception=command.reception, by=by.name))
    return draft.change()
