"""A room in virtual time, with what its changes told the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from signaling.identity import Principal
from signaling.protocol.base import Role
from signaling.protocol.live_classes import LiveClass
from signaling.records import LiveSession, Record, SeatClosed, SeatTaken
from signaling.rooms import commands
from signaling.rooms.events import Broadcast, MediaEffect, Notice, Tell
from signaling.rooms.room import Change, Room, Rules
from signaling.rooms.seat import Seat, hash_key

T = TypeVar("T")

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
LIVE_CLASS = LiveClass(
    id="class",
    course_id="course",
    section_id=None,
    title="T",
    description="",
    type="lecture",
    status="live",
    scheduled_at=None,
    duration_minutes=None,
    max_participants=None,
    waiting_room=False,
    auto_start=False,
    recording=False,
    series_id=None,
    created_by=None,
    cancel_reason=None,
    session_id="session",
    started_at=START,
    ended_at=None,
    participant_count=0,
)


def person(name: str, role: Role = "student") -> Principal:
    return Principal(user_id=name, name=name, role=role, course_id="course")


class Stage:
    """Applies changes the way the service does, and keeps what followed."""

    def __init__(self, rules: Rules | None = None, **of_class: object) -> None:
        self.now = START
        live_class = msgspec.structs.replace(LIVE_CLASS, **of_class)
        session = LiveSession(session_id="session", live_class=live_class, started_at=START)
        self.room = Room(session, rules or Rules(), self.now)
        self.notices: list[Notice] = []
        self.records: list[Record] = []
        self.media: list[MediaEffect] = []
        self._ids = 0

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def apply(self, change: Change) -> None:
        self.room.commit(change)
        self.notices += change.notices
        self.records += change.records
        self.media += change.media

    def join(self, who: Principal, key: str = "", connection: str = "") -> Seat:
        self._ids += 1
        key_hash = hash_key(who.user_id, key or who.user_id)
        connection = connection or f"c{self._ids}"
        self.apply(commands.join(self.room, who, connection, key_hash, f"p{self._ids}", self.now))
        seat = self.room.by_key(key_hash)
        assert seat is not None
        return seat

    def knock(self, who: Principal, connection: str = "") -> str:
        """Ask to come in where one has to wait; the id of the place at the door."""
        self._ids += 1
        key_hash = hash_key(who.user_id, who.user_id)
        connection = connection or f"c{self._ids}"
        self.apply(commands.join(self.room, who, connection, key_hash, f"p{self._ids}", self.now))
        place = self.room.waiting_by_key(key_hash)
        assert place is not None
        return place.id

    def seat(self, participant_id: str) -> Seat:
        return self.room.seats[participant_id]

    def tick(self) -> None:
        self.apply(commands.tick(self.room, self.now))

    def run_until(self, seconds: float) -> None:
        """Let so many seconds pass, with a tick whenever one is due, at most four times a second."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.room.next_due()) is not None and due <= end and self.now < end:
            self.now = min(end, max(due, self.now + timedelta(seconds=0.25)))
            self.tick()
        self.now = end

    def broadcasts(self) -> list[msgspec.Struct]:
        return [notice.body for notice in self.notices if isinstance(notice, Broadcast)]

    def numbered(self) -> list[Any]:
        return [body for body in self.broadcasts() if hasattr(body, "seq")]

    def told(self, connection: str, kind: type[T]) -> list[T]:
        """What one connection alone was told."""
        tells = (notice for notice in self.notices if isinstance(notice, Tell) and notice.connection == connection)
        return [notice.body for notice in tells if isinstance(notice.body, kind)]

    def of(self, kind: type[T]) -> list[T]:
        """Records and broadcasts of a kind."""
        return [one for one in (*self.records, *self.broadcasts()) if isinstance(one, kind)]

    def open_rows(self) -> set[str]:
        """The participants whose attendance is open, as the records say."""
        taken = {record.participant_id for record in self.records if isinstance(record, SeatTaken)}
        return taken - {record.participant_id for record in self.records if isinstance(record, SeatClosed)}
