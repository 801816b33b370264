"""What people send and receive."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.protocol.base import Reception, Source
from signaling.protocol.session import UpdateMediaState
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


def set_reception(room: Room, seat: Seat, reception: Reception, now: datetime) -> Change:
    draft = Draft(room, now)
    draft.put(msgspec.structs.replace(seat, reception=reception))
    return draft.change()
