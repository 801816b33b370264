"""What a change of a room asks of the world outside it, and the log of numbered broadcasts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from signaling.protocol.base import Source
from signaling.protocol.events import event_name
from signaling.protocol.session import MissedEvent, ParticipantsList


class Broadcast(msgspec.Struct, frozen=True):
    """To every connection in the room of the session."""

    session_id: str
    body: msgspec.Struct


class Tell(msgspec.Struct, frozen=True):
    """To one connection."""

    connection: str
    body: msgspec.Struct


class Enter(msgspec.Struct, frozen=True):
    """From here on the connection gets the room's broadcasts."""

    session_id: str
    connection: str


class Exit(msgspec.Struct, frozen=True):
    """From here on it does not; ``drop`` closes it."""

    session_id: str
    connection: str
    drop: bool = False


class RoomClosed(msgspec.Struct, frozen=True):
    """Every connection leaves the room of the session."""

    session_id: str


Notice = Broadcast | Tell | Enter | Exit | RoomClosed
"""In the order they are to be carried out."""


class Publishing(msgspec.Struct, frozen=True):
    """The media plane is to forward these sources of a participant and no other."""

    participant_id: str
    sources: frozenset[Source]


class Gone(msgspec.Struct, frozen=True):
    """The media plane is to forget a participant."""

    participant_id: str


MediaEffect = Publishing | Gone


class EventLog:
    """The latest numbered broadcasts, for those who come back."""

    def __init__(self, first: int, size: int) -> None:
        self._entries: deque[tuple[int, msgspec.Struct]] = deque(maxlen=size)
        self._last = first

    @property
    def last(self) -> int:
        """The number of the latest broadcast, or the number before the first."""
        return self._last

    def extend(self, numbered: Iterable[tuple[int, msgspec.Struct]]) -> None:
        for seq, body in numbered:
            assert seq == self._last + 1, "broadcasts are numbered one by one"
            self._entries.append((seq, body))
            self._last = seq

    def since(self, seq: int, weight: int) -> list[MissedEvent] | None:
        """Every broadcast after ``seq``; None when they are no longer all here, when ``seq`` was never given out,
        or when they are heavier than ``weight`` (a list of people weighs as many as it names): a snapshot is
        cheaper then."""
        if not self._last - len(self._entries) <= seq <= self._last:
            return None
        missed = [body for number, body in self._entries if number > seq]
        if sum(len(body.users) if isinstance(body, ParticipantsList) else 1 for body in missed) > weight:
            return None
        return [MissedEvent(event=event_name(body), data=msgspec.to_builtins(body)) for body in missed]
