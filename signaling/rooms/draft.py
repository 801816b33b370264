"""A `Change` while it is being worked out: a copy of the room's state, and what follows from changing it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.protocol.chat import ChatMessage
from signaling.protocol.session import HandsChanged, ParticipantsList, UserLeft, UserUpdated
from signaling.records import LeftReason, MessageSaid, Record, SeatClosed
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
from signaling.rooms.room import Change, Room, hands, list_pause, participants
from signaling.rooms.seat import Seat


class Draft:
    def __init__(self, room: Room, now: datetime) -> None:
        self.room = room
        self.now = now
        self.seats = dict(room.seats)
        self.removed_users = room.removed_users
        self.seq = room.seq
        self._closed = False
        self._list_sent_at = room.list_sent_at
        self._list_pending = room.list_pending
        self._said: list[MessageSaid] = []
        self._numbered: list[tuple[int, msgspec.Struct]] = []
        self._records: list[Record] = []
        self._notices: list[Notice] = []
        self._media: list[MediaEffect] = []

    def change(self) -> Change:
        return Change(
            seats=self.seats,
            removed_users=self.removed_users,
            closed=self._closed,
            said=tuple(self._said),
            numbered=tuple(self._numbered),
            list_sent_at=self._list_sent_at,
            list_pending=self._list_pending,
            records=tuple(self._records),
            notices=tuple(self._notices),
            media=tuple(self._media),
        )

    # --- the state ----------------------------------------------------------------------------------

    def put(self, seat: Seat) -> Seat:
        before = self.seats.get(seat.id)
        self.seats[seat.id] = seat
        if before is not None and before.publishing != seat.publishing:
            self._media.append(Publishing(seat.id, seat.publishing))
        return seat

    def close(self, seat: Seat, reason: LeftReason) -> None:
        """Take a seat away and tell the room; its hand goes with it."""
        del self.seats[seat.id]
        left_at = self.now if seat.away is None else seat.away.since
        self.record(SeatClosed(participant_id=seat.id, at=left_at, reason=reason))
        self._media.append(Gone(seat.id))
        self.broadcast(UserLeft(seq=self.next(), participant_id=seat.id, reason=reason))
        if seat.hand_raised_at is not None:
            self.hands_changed()

    def say(self, message: ChatMessage, user_id: str) -> None:
        said = MessageSaid(user_id=user_id, message=message)
        self._said.append(said)
        self.record(said)

    def record(self, record: Record) -> None:
        self._records.append(record)

    # --- what is told -------------------------------------------------------------------------------

    def next(self) -> int:
        """The number of the broadcast that is being made."""
        self.seq += 1
        return self.seq

    def broadcast(self, body: msgspec.Struct) -> None:
        """A numbered broadcast; its ``seq`` has just been taken from `next`."""
        self._numbered.append((self.seq, body))
        self._notices.append(Broadcast(self.room.session_id, body))

    def updated(self, seat: Seat) -> None:
        self.broadcast(UserUpdated(seq=self.next(), user=seat.participant()))

    def hands_changed(self) -> None:
        self.broadcast(HandsChanged(seq=self.next(), hands=hands(self.seats)))

    def people_changed(self) -> None:
        """Send the list of everyone now, or remember to: see `list_pause`."""
        sent = self._list_sent_at
        if sent is not None and self.now < sent + list_pause(len(self.seats)):
            self._list_pending = True
            return
        self._list_sent_at = self.now
        self._list_pending = False
        users = participants(self.seats)
        self.broadcast(ParticipantsList(seq=self.next(), count=len(users), users=users))

    def tell(self, connection: str, body: msgspec.Struct) -> None:
        self._notices.append(Tell(connection, body))

    def enter(self, connection: str) -> None:
        self._notices.append(Enter(self.room.session_id, connection))

    def exit(self, connection: str, *, drop: bool = False) -> None:
        self._notices.append(Exit(self.room.session_id, connection, drop))

    def close_room(self) -> None:
        """Everyone leaves the room."""
        self._closed = True
        self.seats = {}
        self._notices.append(RoomClosed(self.room.session_id))
