"""What tutors do to others in a room."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from signaling.protocol.base import Id, Wire


class MuteUser(Wire, frozen=True, kw_only=True):
    """Tutor only: switch somebody's mic off. They can switch it on again; nobody can be forced on."""

    participant_id: Id


class MuteAll(Wire, frozen=True, kw_only=True):
    """Tutor only: switch every mic off but the tutors' and those named. People can switch on again, unless the
    room's policy locks microphones."""

    except_: Annotated[list[Id], Meta(max_length=1000)] = msgspec.field(name="except", default_factory=list)


class RemoveUser(Wire, frozen=True, kw_only=True):
    """Tutor only: take somebody out of the session, with all devices; with ``ban`` for the rest of it."""

    participant_id: Id
    ban: bool = True


class PromoteUser(Wire, frozen=True, kw_only=True):
    """Tutor only: make somebody a co-tutor of this session (``tutor``), or take that back (``student``). Tutors of
    the course stay what they are. A co-tutor may do in the room what a tutor may, but not end it."""

    participant_id: Id
    role: Literal["tutor", "student"]


class Muted(Wire, frozen=True, kw_only=True):
    """To one client: a tutor switched its mic off; it should stop capturing."""

    by_name: str


class Removed(Wire, frozen=True, kw_only=True):
    """To one client: it is no longer in the session and should not come back by itself. ``denied``: it was
    waiting, and was not let in."""

    reason: Literal["removed", "ended", "replaced", "denied"]
    message: str
