"""One participant's side of the media plane: what is wanted of it, what the worker knows, what it said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec

from sfu.messages import Command, Reception, SetPublishing, SetReception, SetWishes, View, Wish
from signaling.protocol import base
from signaling.protocol import session as wire
from signaling.services.sessions.media_words import sources, wishes


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Levels: whatever the worker was told before, this is to hold."""

    publishing: frozenset[base.Source] = frozenset()
    reception: base.Reception = "full"
    pinned: bool = False
    wishes: tuple[Wish, ...] | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one media connection from its start to its end."""

    lead: bool = False
    view: View = View.CLASS
    opus_bps: int = 32_000


class Link:
    """``known`` is what the worker was told, None when it does not have the participant."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = Wanted()
        self.known: Wanted | None = None
        self.slots: list[wire.Slot] = []
        self.layers: dict[base.Source, list[str]] = {}
        """The simulcast layers that are taken, by source; where it is not known all of them are."""
        self.closed = False
        self.is_updating = False
        """Somebody is about to tell the worker what is wanted then."""

    def want(self, **levels: object) -> bool:
        """Change what is wanted; whether somebody has to tell it to the worker."""
        self.wanted = msgspec.structs.replace(self.wanted, **levels)
        if self.is_updating:
            return False
        self.is_updating = True
        return True

    def lost(self) -> None:
        """The worker does not have the participant any more."""
        self.known = None
        self.slots, self.layers = [], {}


def differences(session_id: str, participant_id: str, known: Wanted, wanted: Wanted) -> Iterator[Command]:
    """The commands that lead from one to the other."""
    if wanted.publishing != known.publishing:
        yield SetPublishing(
            session_id=session_id, participant_id=participant_id, publishing=sources(wanted.publishing)
        )
    if (wanted.reception, wanted.pinned) != (known.reception, known.pinned):
        yield SetReception(
            session_id=session_id,
            participant_id=participant_id,
            reception=Reception(wanted.reception),
            pinned=wanted.pinned,
        )
    if wanted.wishes != known.wishes:
        yield SetWishes(session_id=session_id, participant_id=participant_id, wishes=wishes(wanted.wishes))
