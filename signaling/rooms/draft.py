"""A `Change` while it is being worked out: a copy of the room's state, and what follows from changing it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from signaling.protocol.hands import HandsChanged
from signaling.protocol.reception import HealthChanged
from signaling.protocol.session import (
    ParticipantsList,
    SessionEndingCancelled,
    UserLeft,
    UserUpdated,
)
from signaling.protocol.waiting import WaitingChanged
from signaling.records import LeftReason, Moderated, Record, SeatClosed, StandingSet, TutorsGone
from signaling.rooms.events import (
    Broadcast,
    Enter,
    Exit,
    Gone,
    MediaEffect,
    Notice,
    Publishing,
    RoomClosed,
    Tell,
)
from signaling.rooms.publishing import may_send
from signaling.rooms.room import Change, Room, hands, list_pause, participants, waiting_people
from signaling.rooms.seat import Seat


class Draft:
    def __init__(self, room: Room, now: datetime) -> None:
        self.room = room
        self.now = now
        self.seats = dict(room.seats)
        self.state = room.state
        self.seq = room.seq
        self._closed = False
        self._numbered: list[tuple[int, msgspec.Struct]] = []
        self._records: list[Record] = []
        self._notices: list[Notice] = []
        self._media: list[MediaEffect] = []
        self._reacted: list[str] = []
        self._flushed = False
        self._health: HealthChanged | None = None

    def change(self) -> Change:
        if not self._closed:
            self._watch_tutors()
        return Change(
            at=self.now,
            seats=self.seats,
            state=self.state,
            closed=self._closed,
            numbered=tuple(self._numbered),
            records=tuple(self._records),
            notices=tuple(self._notices),
            media=tuple(self._media),
            reacted=tuple(self._reacted),
            flushed=self._flushed,
            health=self._health,
        )

    # --- the state ----------------------------------------------------------------------------------

    def set(self, **fields: Any) -> None:
        """Change fields of the `RoomState`."""
        self.state = msgspec.structs.replace(self.state, **fields)

    def put(self, seat: Seat) -> Seat:
        """Take or change a seat. Whatever is changed, it publishes nothing that it may not."""
        publishing = seat.publishing & may_send(seat, self.state.policy)
        if publishing != seat.publishing:
            seat = msgspec.structs.replace(seat, publishing=publishing)
        before = self.seats.get(seat.id)
        self.seats[seat.id] = seat
        if before is not None and before.publishing != seat.publishing:
            self._media.append(Publishing(seat.id, seat.publishing))
        return seat

    def change_seat(self, seat: Seat, **fields: Any) -> Seat:
        """`put` a seat with other fields, and tell the room when that can be seen."""
        before = seat.participant()
        seat = self.put(msgspec.structs.replace(seat, **fields))
        if seat.participant() != before:
            self.updated(seat)
        return seat

    def settle_seats(self) -> None:
        """After a change of the policy: whatever is not allowed any more stops."""
        for seat in list(self.seats.values()):
            self.change_seat(seat)

    def close(self, seat: Seat, reason: LeftReason) -> None:
        """Take a seat away and tell the room; its hand goes with it."""
        del self.seats[seat.id]
        left_at = self.now if seat.away is None else seat.away.since
        self.record(SeatClosed(participant_id=seat.id, at=left_at, reason=reason))
        self.count_activity(seat.id)
        self._media.append(Gone(seat.id))
        self.broadcast(UserLeft(seq=self.next(), participant_id=seat.id, reason=reason))
        if seat.hand_raised_at is not None:
            self.hands_changed()

    def send_off(self, viewer_ids: Collection[str]) -> None:
        """These players get nothing any more."""
        if viewer_ids:
            left = {one: viewer for one, viewer in self.state.viewers.items() if one not in viewer_ids}
            self.set(viewers=left)
            self._media += [Gone(one) for one in viewer_ids]

    def set_standing(
        self,
        user_id: str,
        *,
        admitted: bool | None = None,
        co_tutor: bool | None = None,
        banned: bool | None = None,
    ) -> None:
        """Decide about a user for the rest of the session; None leaves it as it is."""
        state = self.state
        self.set(
            admitted=_with(state.admitted, user_id, admitted),
            co_tutors=_with(state.co_tutors, user_id, co_tutor),
            banned=_with(state.banned, user_id, banned),
        )
        before = (state.admitted, state.co_tutors, state.banned)
        if before != (self.state.admitted, self.state.co_tutors, self.state.banned):
            self.record(
                StandingSet(
                    user_id=user_id,
                    is_admitted=user_id in self.state.admitted,
                    is_co_tutor=user_id in self.state.co_tutors,
                    is_banned=user_id in self.state.banned,
                )
            )

    def record(self, record: Record) -> None:
        self._records.append(record)

    def audit(self, by: Seat, action: str, target: str) -> None:
        """Keep in the audit log what somebody did to a user."""
        course_id = self.room.live_class.course_id
        self.record(Moderated(actor_id=by.user_id, action=action, target=target, course_id=course_id, at=self.now))

    def count_activity(self, participant_id: str | None = None) -> None:
        """Write down what people did since the last time."""
        self._records += self.room.activity.counted(self.now, participant_id)
        self._flushed = self._flushed or participant_id is None

    def reacted(self, seat: Seat) -> None:
        self._reacted.append(seat.id)

    def _watch_tutors(self) -> None:
        """Note when the last tutor's seat is gone, or one is there again."""
        has_tutor = any(seat.role == "tutor" for seat in self.seats.values())
        state = self.state
        if has_tutor == (state.tutors_gone_at is None):
            return
        self.set(tutors_gone_at=None if has_tutor else self.now, warnings=0)
        self.record(TutorsGone(at=self.state.tutors_gone_at))
        if has_tutor and state.warnings:
            self.broadcast(SessionEndingCancelled(seq=self.next()))

    # --- what is told -------------------------------------------------------------------------------

    def next(self) -> int:
        """The number of the broadcast that is being made."""
        self.seq += 1
        return self.seq

    def broadcast(self, body: msgspec.Struct) -> None:
        """A numbered broadcast; its ``seq`` has just been taken from `next`."""
        self._numbered.append((self.seq, body))
        self.shout(body)

    def shout(self, body: msgspec.Struct) -> None:
        """A broadcast without a number: the next one of its kind replaces it."""
        self._notices.append(Broadcast(self.room.session_id, body))

    def updated(self, seat: Seat) -> None:
        self.broadcast(UserUpdated(seq=self.next(), user=seat.participant()))

    def hands_changed(self) -> None:
        self.broadcast(HandsChanged(seq=self.next(), hands=hands(self.seats)))

    def people_changed(self) -> None:
        """Send the list of everyone now, or remember to: see `list_pause`."""
        sent = self.state.list_sent_at
        if sent is not None and self.now < sent + list_pause(len(self.seats)):
            self.set(list_pending=True)
            return
        self.set(list_sent_at=self.now, list_pending=False)
        users = participants(self.seats)
        self.broadcast(ParticipantsList(seq=self.next(), count=len(users), users=users))

    def health_changed(self) -> None:
        """Tell tutors how people's connections fare, as far as they have not been told."""
        self._health = self.room.health.change(self.seats)
        self.tell_tutors(self._health)

    def waiting_changed(self) -> None:
        self.tell_tutors(WaitingChanged(people=waiting_people(self.state)))

    def tell(self, connection: str, body: msgspec.Struct) -> None:
        self._notices.append(Tell(connection, body))

    def tell_seat(self, seat: Seat, body: msgspec.Struct) -> None:
        if seat.away is None and not seat.is_stream:
            self.tell(seat.connection, body)

    def tell_tutors(self, body: msgspec.Struct) -> None:
        for seat in self.seats.values():
            if seat.role == "tutor":
                self.tell_seat(seat, body)

    def enter(self, connection: str) -> None:
        self._notices.append(Enter(self.room.session_id, connection))

    def exit(self, connection: str, *, drop: bool = False) -> None:
        self._notices.append(Exit(self.room.session_id, connection, drop))

    def close_room(self) -> None:
        """Everyone leaves the room."""
        self._closed = True
        self.seats = {}
        self.set(waiting={}, viewers={})
        self._notices.append(RoomClosed(self.room.session_id))


def _with(users: frozenset[str], user_id: str, is_in: bool | None) -> frozenset[str]:
    return users if is_in is None else users | {user_id} if is_in else users - {user_id}
