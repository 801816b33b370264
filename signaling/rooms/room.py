"""The state of one room, and what can be read from it. Changed by `Room.commit` alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from signaling import poll as polls
from signaling.protocol.hands import Hand
from signaling.protocol.reception import HealthChanged
from signaling.protocol.room_policy import RoomPolicy, WaitingRoom
from signaling.protocol.session import (
    MissedEvent,
    OwnState,
    Participant,
    RoomSnapshot,
    SessionEnding,
    TutorState,
)
from signaling.protocol.waiting import WaitingPerson
from signaling.records import ActivityCounted, LiveSession, Record
from signaling.rooms import absence
from signaling.rooms.activity import FLUSH_EVERY, Activity
from signaling.rooms.events import EventLog, MediaEffect, Notice, Publishing
from signaling.rooms.health import Health
from signaling.rooms.seat import Away, Seat
from signaling.rooms.state import RoomState, Waiting

LOG_SIZE = 512
QUIET_ROOM = 20
"""Up to so many people everyone gets the whole list at every coming and going."""
SHOWN_POLLS = 20
"""So many polls are in a snapshot, the latest."""
PACE = timedelta(milliseconds=500)
"""Reactions and results of polls are told at most this often."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator sets about rooms."""

    seat_keep: timedelta = timedelta(seconds=120)
    max_participants: int = 500
    max_viewers: int = 100
    """Players by WHEP."""
    tutor_absence: timedelta = timedelta(minutes=10)
    """Without a tutor's seat for so long a session ends by itself; zero: never."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a command leads to. Persist ``records``, then `Room.commit`, then answer, then carry out ``notices``
    and ``media`` in their order."""

    at: datetime
    seats: dict[str, Seat]
    state: RoomState
    closed: bool = False
    numbered: tuple[tuple[int, msgspec.Struct], ...] = ()
    records: tuple[Record, ...] = ()
    notices: tuple[Notice, ...] = ()
    media: tuple[MediaEffect, ...] = ()
    reacted: tuple[str, ...] = ()
    """Participants that showed a feeling."""
    flushed: bool = False
    """All that was counted of what people do is in the records."""
    health: HealthChanged | None = None
    """What tutors are told of people's connections."""


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
        self.closed = False
        self.activity = Activity(now)
        self.health = Health()
        self._lost_streams: dict[str, datetime] = {}
        self._active_speaker_id: str | None = None
        self._state = _restored(session)
        self._seats = {seat.id: seat for seat in _seats(session, self._state, now + rules.seat_keep)}
        has_tutor = any(seat.role == "tutor" for seat in self._seats.values())
        gone_at = None if has_tutor else session.tutors_gone_at or session.started_at
        self._state = msgspec.structs.replace(self._state, tutors_gone_at=gone_at)
        self._no_end_before = now + absence.leads(rules.tutor_absence)[1]
        elapsed = max(now - session.started_at, timedelta())
        self._log = EventLog(elapsed // timedelta(milliseconds=1), LOG_SIZE)

    @property
    def seq(self) -> int:
        return self._log.last

    @property
    def seats(self) -> dict[str, Seat]:
        """Read only: the dictionary is replaced by the next change."""
        return self._seats

    @property
    def state(self) -> RoomState:
        return self._state

    @property
    def policy(self) -> RoomPolicy:
        return self._state.policy

    @property
    def max_participants(self) -> int:
        return self.live_class.max_participants or self.rules.max_participants

    @property
    def lost_streams(self) -> Collection[str]:
        """Publishers and players whose media connection is gone, and who are about to go with it."""
        return self._lost_streams.keys()

    @property
    def active_speaker_id(self) -> str | None:
        return self._active_speaker_id

    def commit(self, change: Change) -> None:
        for effect in change.media:
            is_heard = isinstance(effect, Publishing) and "mic" in effect.sources
            self.activity.hears(effect.participant_id, is_heard, change.at)
        for record in change.records:
            if isinstance(record, ActivityCounted):
                self.activity.written(record)
        if change.flushed:
            self.activity.flush_at = change.at + FLUSH_EVERY
        for participant_id in change.reacted:
            self.activity.reacted(participant_id)
        if change.health is not None:
            self.health.told(change.health, change.at)
        if change.seats != self._seats:
            self.health.keep(change.seats)
        self._seats = change.seats
        self._state = change.state
        here = self._seats.keys() | self._state.viewers.keys()
        self._lost_streams = {one: at for one, at in self._lost_streams.items() if one in here}
        self.closed = change.closed
        self._log.extend(change.numbered)
        if self._active_speaker_id not in self._seats:
            self._active_speaker_id = None

    def speaks(self, participant_id: str | None, now: datetime) -> None:
        """The media plane hears this participant now. A level that it may tell again at any time: nothing is
        persisted, and so it needs no `Change`."""
        self._active_speaker_id = participant_id if participant_id in self._seats else None
        seat = self._seats.get(participant_id or "")
        is_heard = seat is not None and "mic" in seat.publishing
        self.activity.speaks(self._active_speaker_id, is_heard, now)

    def media_lost(self, participant_id: str | None, now: datetime) -> None:
        """The media connection of a participant, or with None of everyone, is gone."""
        gone = (*self._seats, *self._state.viewers) if participant_id is None else (participant_id,)
        for one in gone:
            self.health.lost(one)
            seat = self._seats.get(one)
            if one in self._state.viewers or (seat is not None and seat.is_stream):
                self._lost_streams[one] = now

    # --- reading ------------------------------------------------------------------------------------

    def by_key(self, key_hash: str) -> Seat | None:
        return next((seat for seat in self._seats.values() if seat.key_hash == key_hash), None)

    def waiting_by_key(self, key_hash: str) -> Waiting | None:
        return next((one for one in self._state.waiting.values() if one.key_hash == key_hash), None)

    def users(self) -> list[Participant]:
        return participants(self._seats)

    def snapshot(self) -> RoomSnapshot:
        """What everyone in the room may know."""
        ends_at = self._ends_at() if self._state.warnings else None
        opened = [poll for poll in self._state.polls.values() if poll.opened_at is not None]
        return RoomSnapshot(
            session_id=self.session_id,
            live_class=msgspec.structs.replace(self.live_class, participant_count=len(self._seats)),
            seq=self.seq,
            existing_users=self.users(),
            hands=hands(self._seats),
            active_speaker_id=self._active_speaker_id,
            policy=self.policy,
            polls=[polls.shown(poll) for poll in _latest(opened)],
            ending=None if ends_at is None else SessionEnding(at=ends_at, reason="no-tutor"),
        )

    def own(self, seat: Seat) -> OwnState:
        """What is for one participant alone."""
        is_tutor = seat.role == "tutor"
        all_polls = list(self._state.polls.values())
        counted = (polls.results(poll, to_tutor=is_tutor) for poll in _latest(all_polls))
        votes = (polls.own_vote(poll, seat.user_id) for poll in _latest(all_polls))
        return OwnState(
            results=[found for found in counted if found is not None],
            votes=[vote for vote in votes if vote is not None],
            tutor=self._tutor_state() if is_tutor else None,
            reception=self.health.reception(seat).reception,
        )

    def _tutor_state(self) -> TutorState:
        return TutorState(
            waiting=waiting_people(self._state),
            polls=[polls.report(poll, self.session_id) for poll in _latest(self._state.polls.values())],
        )

    def catch_up(self, last_seq: int | None) -> tuple[RoomSnapshot | None, list[MissedEvent]]:
        """What somebody who has everything up to ``last_seq`` needs: the rest, or a snapshot."""
        weight = max(256, 2 * len(self._seats))
        missed = None if last_seq is None else self._log.since(last_seq, weight)
        return (self.snapshot(), []) if missed is None else (None, missed)

    # --- time ---------------------------------------------------------------------------------------

    def _ends_at(self) -> datetime | None:
        return absence.deadline(self._state.tutors_gone_at, self.rules.tutor_absence, self._no_end_before)

    def warnings_due(self, now: datetime) -> tuple[int, datetime] | None:
        """How often it should have been told by now that the session ends at this time, if it does."""
        ends_at = self._ends_at()
        return None if ends_at is None else (absence.warnings_due(ends_at, self.rules.tutor_absence, now), ends_at)

    def is_over(self, now: datetime) -> bool:
        """No tutor came, and everyone was told: it is time to end the session."""
        ends_at = self._ends_at()
        return ends_at is not None and ends_at <= now and self._state.warnings > 0

    def next_due(self) -> datetime | None:
        """When `commands.tick` has something to do, if nothing else happens."""
        state = self._state
        times = [seat.away.until for seat in self._seats.values() if seat.away is not None]
        if state.list_pending and state.list_sent_at is not None:
            times.append(state.list_sent_at + list_pause(len(self._seats)))
        if state.reactions and state.reactions_sent_at is not None:
            times.append(state.reactions_sent_at + PACE)
        if state.results_pending and state.results_sent_at is not None:
            times.append(state.results_sent_at + PACE)
        times += self._lost_streams.values()
        if (tell_at := self.health.due_at()) is not None:
            times.append(tell_at)
        if not self.activity.is_idle:
            times.append(self.activity.flush_at)
        if (ends_at := self._ends_at()) is not None:
            times.append(absence.next_step(ends_at, self.rules.tutor_absence, state.warnings))
        return min(times, default=None)


def _restored(session: LiveSession) -> RoomState:
    waiting_room: WaitingRoom = "everyone" if session.live_class.waiting_room else "off"
    standings = session.standings
    return RoomState(
        policy=session.policy or RoomPolicy(waiting_room=waiting_room),
        banned=frozenset(one.user_id for one in standings if one.is_banned),
        admitted=frozenset(one.user_id for one in standings if one.is_admitted),
        co_tutors=frozenset(one.user_id for one in standings if one.is_co_tutor),
        polls={poll.id: poll for poll in session.polls},
    )


def _seats(session: LiveSession, state: RoomState, until: datetime) -> Iterable[Seat]:
    for seat in session.seats:
        yield Seat(
            id=seat.participant_id,
            user_id=seat.user_id,
            name=seat.name,
            role="tutor" if seat.user_id in state.co_tutors else seat.role,
            own_role=seat.role,
            key_hash=seat.key_hash,
            connection="",
            joined_at=seat.joined_at,
            allowed=seat.allowed,
            hand_raised_at=seat.hand_raised_at,
            answered_at=seat.answered_at,
            away=Away(since=seat.last_seen_at, until=until),
        )


def _latest(found: Iterable[polls.Poll]) -> list[polls.Poll]:
    return list(found)[-SHOWN_POLLS:]


def list_pause(people: int) -> timedelta:
    """How long a room waits between two lists of everyone, so that a burst of joins stays affordable: the cost
    of a list grows with the square of the people."""
    return timedelta() if people <= QUIET_ROOM else timedelta(seconds=people / 50)


def participants(seats: dict[str, Seat]) -> list[Participant]:
    return [seat.participant() for seat in seats.values()]


def waiting_people(state: RoomState) -> list[WaitingPerson]:
    return [one.person() for one in state.waiting.values()]


def hands(seats: dict[str, Seat]) -> list[Hand]:
    """First raised, first."""
    return sorted(_raised(seats.values()), key=lambda hand: (hand.raised_at, hand.participant_id))


def _raised(seats: Iterable[Seat]) -> Iterable[Hand]:
    return (hand for seat in seats if (hand := seat.hand()) is not None)
