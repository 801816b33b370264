"""The waiting room: people who were not let in yet. They get nothing of the room."""

from __future__ import annotations

from datetime import datetime

from signaling.protocol.base import Id, Role, Wire


class WaitingPerson(Wire, frozen=True, kw_only=True):
    """Somebody at the door. ``participantId`` will be that of the seat."""

    participant_id: str
    user_id: str
    name: str
    role: Role
    since: datetime


class Admit(Wire, frozen=True, kw_only=True):
    """Tutor only: let somebody in, for the rest of the session and with every device."""

    participant_id: Id


class AdmitAll(Wire, frozen=True, kw_only=True):
    """Tutor only: let everyone in who waits now."""


class Deny(Wire, frozen=True, kw_only=True):
    """Tutor only: send somebody away who waits; with ``ban`` for the rest of the session."""

    participant_id: Id
    ban: bool = False


class WaitingChanged(Wire, frozen=True, kw_only=True):
    """To tutors: everyone who waits, first come, first. Not numbered: the next one replaces it."""

    people: list[WaitingPerson]


class Admitted(Wire, frozen=True, kw_only=True):
    """To one client that waits: send `join-session` again, the seat is free."""
