"""Short signs of feeling, told together."""

from __future__ import annotations

from datetime import datetime

from signaling.permissions import require
from signaling.protocol.reactions import ReactionCount, ReactionKind, RoomReactions
from signaling.rooms.draft import Draft
from signaling.rooms.room import PACE, Change, Room
from signaling.rooms.seat import Seat


def react(room: Room, seat: Seat, kind: ReactionKind, now: datetime) -> Change:
    require(seat.role, "react")
    draft = Draft(room, now)
    counts = draft.state.reactions
    draft.set(reactions={**counts, kind: counts.get(kind, 0) + 1})
    draft.reacted(seat)
    send_reactions(draft)
    return draft.change()


def send_reactions(draft: Draft) -> None:
    """Tell what was shown since the last time, unless that was just now."""
    state = draft.state
    if not state.reactions or (state.reactions_sent_at is not None and draft.now < state.reactions_sent_at + PACE):
        return
    counts = [ReactionCount(kind=kind, count=count) for kind, count in sorted(state.reactions.items())]
    draft.set(reactions={}, reactions_sent_at=draft.now)
    draft.shout(RoomReactions(counts=counts))
