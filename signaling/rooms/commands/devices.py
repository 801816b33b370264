"""What people send and receive."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.permissions import require_publish
from signaling.protocol.base import Reception, Source
from signaling.protocol.session import UpdateMediaState
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def update_media(room: Room, seat: Seat, state: UpdateMediaState, now: datetime) -> Change:
    wanted: dict[Source, bool] = {
        "mic": state.is_audio_on,
        "camera": state.is_video_on,
        "screen": state.is_screen_on,
    }
    publishing = frozenset(source for source, on in wanted.items() if on)
    for source in publishing:
        require_publish(seat.role, source)
    return publish(room, seat, publishing, now).change()


def publish(room: Room, seat: Seat, publishing: frozenset[Source], now: datetime) -> Draft:
    draft = Draft(room, now)
    if publishing != seat.publishing:
        draft.updated(draft.put(msgspec.structs.replace(seat, publishing=publishing)))
    return draft


def set_reception(room: Room, seat: Seat, reception: Reception, now: datetime) -> Change:
    draft = Draft(room, now)
    draft.put(msgspec.structs.replace(seat, reception=reception))
    return draft.change()
