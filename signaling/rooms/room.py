"""The state of one room, and what can be read from it. Changed by `Room.commit` alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from signaling.protocol.session import Hand, MissedEvent, Participant, RoomSnapshot
from signaling.records import LiveSession, MessageSaid, Record
from signaling.rooms.events import EventLog, MediaEffect, Notice
from signaling.rooms.seat import Away, Seat

LOG_SIZE = 512
QUIET_ROOM = 20
"""Up to so many people everyone gets the whole list at every coming and going."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator sets about rooms."""

    seat_keep: timedelta = timedelta(seconds=120)
    max_participants: int = 500
    chat_history: int = 100


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a command leads to. Persist ``records``, then `Room.commit`, then answer, then carry out ``notices``
    and ``media`` in their order."""

    seats: dict[str, Seat]
    removed_users: frozenset[str]
    closed: bool = False
    said: tuple[MessageSaid, ...] = ()
    numbered: tuple[tuple[int, msgspec.Struct], ...] = ()
    list_sent_at: datetime | None = None
    list_pending: bool = False
    records: tuple[Record, ...] = ()
    notices: tuple[Notice, ...] = ()
    media: tuple[MediaEffect, ...] = ()


class Room:
    """One running session."""

    def __init__(self, session: LiveSession, rules: Rules, now: datetime) -> None:
        """A new room, or one restored after a restart: its people are then expected back from ``now`` on.

        Numbers start at the milliseconds since the session started, so that they are higher than any given out
        before a restart.
        """
        self.session_id = session.session_id
        self.live_class = session.live_class
        self.rules = rules
        self.removed_users = session.removed_users
        self.active_speaker_id: str | None = None
        self.closed = False
        self.list_sent_at: datetime | None = None
        self.list_pending = False
        self._messages: deque[MessageSaid] = deque(session.messages, maxlen=max(rules.chat_history, 1))
        self._seats = {
            seat.participant_id: Seat(
                id=seat.participant_id,
                user_id=seat.user_id,
                name=seat.name,
                role=seat.role,
                key_hash=seat.key_hash,
                connection="",
                joined_at=seat.joined_at,
                hand_raised_at=seat.hand_raised_at,
                away=Away(since=seat.last_seen_at, until=now + rules.seat_keep),
            )
            for seat in session.seats
        }
        elapsed = max(now - session.started_at, timedelta())
        self._log = EventLog(elapsed // timedelta(milliseconds=1), LOG_SIZE)

    @property
    def seq(self) -> int:
        return self._log.last

    @property
    def seats(self) -> dict[str, Seat]:
        """Read only: the dictionary is replaced by the next change."""
        return self._seats

    def commit(self, change: Change) -> None:
        self._seats = change.seats
        self.removed_users = change.removed_users
        self.closed = change.closed
        self.list_sent_at = change.list_sent_at
        self.list_pending = change.list_pending
        self._messages.extend(change.said)
        self._log.extend(change.numbered)
        if self.active_speaker_id not in self._seats:
            self.active_speaker_id = None

    # --- reading ------------------------------------------------------------------------------------

    def by_key(self, key_hash: str) -> Seat | None:
        return next((seat for seat in self._seats.values() if seat.key_hash == key_hash), None)

    def said(self, message_id: str) -> MessageSaid | None:
        """One of the latest messages."""
        return next((said for said in self._messages if said.message.id == message_id), None)

    def users(self) -> list[Participant]:
        return participants(self._seats)

    def snapshot(self) -> RoomSnapshot:
        return RoomSnapshot(
            session_id=self.session_id,
            live_class=msgspec.structs.replace(self.live_class, participant_count=len(self._seats)),
            seq=self.seq,
            existing_users=self.users(),
            hands=hands(self._seats),
            messages=[said.message for said in self._messages] if self.rules.chat_history else [],
            active_speaker_id=self.active_speaker_id,
        )

    def catch_up(self, last_seq: int | None) -> tuple[RoomSnapshot | None, list[MissedEvent]]:
        """What somebody who has everything up to ``last_seq`` needs: the rest, or a snapshot."""
        weight = max(256, 2 * len(self._seats))
        missed = None if last_seq is None else self._log.since(last_seq, weight)
        return (self.snapshot(), []) if missed is None else (None, missed)

    def next_due(self) -> datetime | None:
        """When `commands.tick` has something to do, if nothing else happens."""
        times = [seat.away.until for seat in self._seats.values() if seat.away is not None]
        if self.list_pending and self.list_sent_at is not None:
            times.append(self.list_sent_at + list_pause(len(self._seats)))
        return min(times, default=None)


def list_pause(people: int) -> timedelta:
    """How long a room waits between two lists of everyone, so that a burst of joins stays affordable: the cost
    of a list grows with the square of the people."""
    return timedelta() if people <= QUIET_ROOM else timedelta(seconds=people / 50)


def participants(seats: dict[str, Seat]) -> list[Participant]:
    return [seat.participant() for seat in seats.values()]


def hands(seats: dict[str, Seat]) -> list[Hand]:
    """First raised, first."""
    return sorted(_raised(seats.values()), key=lambda hand: (hand.raised_at, hand.participant_id))


def _raised(seats: Iterable[Seat]) -> Iterable[Hand]:
    return (hand for seat in seats if (hand := seat.hand()) is not None)
