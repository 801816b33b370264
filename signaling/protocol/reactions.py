"""Short signs of feeling: counted together, never kept."""

from __future__ import annotations

from typing import Literal

from signaling.protocol.base import Wire

ReactionKind = Literal["thumbs-up", "thumbs-down", "clap", "heart", "laugh", "wow", "party", "wave"]


class React(Wire, frozen=True, kw_only=True):
    """Show a feeling to everyone."""

    kind: ReactionKind


class ReactionCount(Wire, frozen=True, kw_only=True):
    kind: ReactionKind
    count: int


class RoomReactions(Wire, frozen=True, kw_only=True):
    """What was shown since the last one of these, at most every 500 ms. Not numbered, not kept."""

    counts: list[ReactionCount]
