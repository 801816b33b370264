"""Captions: told, and forgotten."""

from __future__ import annotations

from datetime import datetime

from signaling.errors import BadRequest
from signaling.permissions import require
from signaling.protocol.captions import Caption
from signaling.protocol.text import clean_text
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def send_caption(room: Room, by: Seat, text: str, now: datetime) -> Change:
    require(by.role, "write-captions")
    line = clean_text(text).strip()
    if not line:
        raise BadRequest("a caption needs text")
    draft = Draft(room, now)
    draft.shout(Caption(name=by.name, text=line))
    return draft.change()
