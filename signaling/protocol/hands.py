"""Raised hands, and letting somebody speak."""

from __future__ import annotations

from datetime import datetime

from signaling.protocol.base import Id, Wire


class Hand(Wire, frozen=True, kw_only=True):
    """A raised hand. The list of hands is ordered: first raised, first. ``isAnswered``: it is this person's turn,
    who may speak also while microphones are locked, until the hand is lowered."""

    participant_id: str
    raised_at: datetime
    is_answered: bool


class RaiseHand(Wire, frozen=True, kw_only=True):
    """Join the queue of raised hands; nothing changes when already in it."""


class LowerHand(Wire, frozen=True, kw_only=True):
    """Leave the queue; a tutor may name somebody else. Whoever was let speak is then locked like the others."""

    participant_id: Id | None = None


class LowerAllHands(Wire, frozen=True, kw_only=True):
    """Tutor only: empty the queue."""


class LetSpeak(Wire, frozen=True, kw_only=True):
    """Tutor only: give somebody the right to speak, also under locked microphones. They are asked to switch the
    mic on (`may-speak`); nobody is forced on. Ends when the hand is lowered."""

    participant_id: Id


class MaySpeak(Wire, frozen=True, kw_only=True):
    """To one client: a tutor lets this person speak; offer to switch the mic on."""

    by_name: str


class HandsChanged(Wire, frozen=True, kw_only=True):
    seq: int
    hands: list[Hand]
