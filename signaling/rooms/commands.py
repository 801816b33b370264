"""What can happen in a room. Every command takes the room and the time and returns a `Change`; the room stays as
it is until the change is committed. What may not be raises a `Refusal` and changes nothing."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.errors import AlreadyExists, BadRequest, ClassFull, Forbidden, NotFound
from signaling.identity import Principal
from signaling.permissions import may, require, require_publish
from signaling.protocol.base import Reception, Source
from signaling.protocol.chat import ChatMessage, NewMessage, SendMessage
from signaling.protocol.session import Muted, Removed, UpdateMediaState, UserJoined
from signaling.records import HandChanged, MessageSaid, SeatAway, SeatResumed, SeatTaken
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Away, Seat


def join(room: Room, who: Principal, connection: str, key_hash: str, new_id: str, now: datetime) -> Change:
    """Take a new seat with ``new_id``, or the one kept for this key."""
    if who.user_id in room.removed_users:
        raise Forbidden("you were removed from this session")
    seat = room.by_key(key_hash)
    if seat is not None:
        return _resume(room, seat, who, connection, now)
    if len(room.seats) >= room.rules.max_participants and not may(who.role, "enter-full-class"):
        raise ClassFull(f"the live class is full ({room.rules.max_participants} participants)")
    draft = Draft(room, now)
    seat = draft.put(
        Seat(
            id=new_id,
            user_id=who.user_id,
            name=who.name,
            role=who.role,
            key_hash=key_hash,
            connection=connection,
            joined_at=now,
        )
    )
    draft.record(
        SeatTaken(
            participant_id=seat.id,
            user_id=seat.user_id,
            name=seat.name,
            role=seat.role,
            key_hash=key_hash,
            joined_at=now,
        )
    )
    draft.broadcast(UserJoined(seq=draft.next(), user=seat.participant()))
    draft.people_changed()
    draft.enter(connection)
    return draft.change()


def _resume(room: Room, seat: Seat, who: Principal, connection: str, now: datetime) -> Change:
    draft = Draft(room, now)
    if seat.connection == connection and seat.away is None:
        return draft.change()
    if seat.away is None:
        message = "you joined from another connection"
        draft.tell(seat.connection, Removed(reason="replaced", message=message))
        draft.exit(seat.connection, drop=True)
    # the token is newer than the seat, so it decides about name and role
    seat = draft.put(
        msgspec.structs.replace(
            seat, name=who.name, role=who.role, connection=connection, away=None, publishing=frozenset()
        )
    )
    draft.record(SeatResumed(participant_id=seat.id, name=seat.name, role=seat.role, at=now))
    draft.updated(seat)
    draft.enter(connection)
    return draft.change()


def leave(room: Room, seat: Seat, now: datetime) -> Change:
    draft = Draft(room, now)
    draft.exit(seat.connection)
    draft.close(seat, "left")
    draft.people_changed()
    return draft.change()


def lose(room: Room, seat: Seat, now: datetime) -> Change:
    """The connection is gone: the seat is kept for a while."""
    draft = Draft(room, now)
    away = Away(since=now, until=now + room.rules.seat_keep)
    seat = draft.put(msgspec.structs.replace(seat, away=away, publishing=frozenset()))
    draft.record(SeatAway(participant_id=seat.id, at=now))
    draft.updated(seat)
    return draft.change()


def tick(room: Room, now: datetime) -> Change:
    """Close the seats whose time is over, and send a list that is due."""
    draft = Draft(room, now)
    expired = [seat for seat in room.seats.values() if seat.away is not None and seat.away.until <= now]
    for seat in expired:
        draft.close(seat, "timed-out")
    if expired or room.list_pending:
        draft.people_changed()
    return draft.change()


def update_media(room: Room, seat: Seat, state: UpdateMediaState, now: datetime) -> Change:
    wanted: dict[Source, bool] = {
        "mic": state.is_audio_on,
        "camera": state.is_video_on,
        "screen": state.is_screen_on,
    }
    publishing = frozenset(source for source, on in wanted.items() if on)
    for source in publishing:
        require_publish(seat.role, source)
    return _publish(room, seat, publishing, now).change()


def _publish(room: Room, seat: Seat, publishing: frozenset[Source], now: datetime) -> Draft:
    draft = Draft(room, now)
    if publishing != seat.publishing:
        draft.updated(draft.put(msgspec.structs.replace(seat, publishing=publishing)))
    return draft


def set_reception(room: Room, seat: Seat, reception: Reception, now: datetime) -> Change:
    draft = Draft(room, now)
    draft.put(msgspec.structs.replace(seat, reception=reception))
    return draft.change()


def mute(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Switch somebody's mic off; they can switch it on again."""
    require(by.role, "mute-others")
    seat = _seat(room, participant_id)
    draft = _publish(room, seat, seat.publishing - {"mic"}, now)
    if seat.away is None:
        draft.tell(seat.connection, Muted(by_name=by.name))
    return draft.change()


def remove(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Take a user out with all devices, for the rest of the session."""
    require(by.role, "remove-others")
    target = _seat(room, participant_id)
    if target.role == "tutor":
        raise Forbidden("a tutor cannot be removed")
    draft = Draft(room, now)
    draft.removed_users |= {target.user_id}
    for seat in [seat for seat in room.seats.values() if seat.user_id == target.user_id]:
        if seat.away is None:
            draft.tell(seat.connection, Removed(reason="removed", message=f"{by.name} removed you from the class"))
            draft.exit(seat.connection)
        draft.close(seat, "removed")
    draft.people_changed()
    return draft.change()


def raise_hand(room: Room, seat: Seat, now: datetime) -> Change:
    require(seat.role, "raise-hand")
    return _set_hand(room, seat, seat.hand_raised_at or now, now)


def lower_hand(room: Room, by: Seat, participant_id: str | None, now: datetime) -> Change:
    """One's own, or as a tutor anybody's."""
    if participant_id is None or participant_id == by.id:
        return _set_hand(room, by, None, now)
    require(by.role, "lower-others-hand")
    return _set_hand(room, _seat(room, participant_id), None, now)


def _set_hand(room: Room, seat: Seat, raised_at: datetime | None, now: datetime) -> Change:
    draft = Draft(room, now)
    if raised_at != seat.hand_raised_at:
        seat = draft.put(msgspec.structs.replace(seat, hand_raised_at=raised_at))
        draft.record(HandChanged(participant_id=seat.id, raised_at=raised_at))
        draft.updated(seat)
        draft.hands_changed()
    return draft.change()


def say(room: Room, seat: Seat, command: SendMessage, now: datetime) -> tuple[Change, ChatMessage]:
    """A message and what follows from it; nothing follows from one that the room still remembers."""
    require(seat.role, "chat")
    if not command.text.strip():
        raise BadRequest("the message is empty")
    draft = Draft(room, now)
    known = room.said(command.id)
    if known is not None:
        return draft.change(), own_message(known, seat)
    message = ChatMessage(
        id=command.id,
        participant_id=seat.id,
        name=seat.name,
        role=seat.role,
        type=command.type,
        text=command.text,
        sent_at=now,
    )
    draft.say(message, seat.user_id)
    draft.broadcast(NewMessage(seq=draft.next(), message=message))
    return draft.change(), message


def own_message(said: MessageSaid, seat: Seat) -> ChatMessage:
    """The message, if it is the user's, from this seat or another. Raises `AlreadyExists` when somebody else took
    the id."""
    if said.user_id != seat.user_id:
        raise AlreadyExists("another message has this id")
    return said.message


def end(room: Room, now: datetime) -> Change:
    """Close the room; that the live class has ended is announced to its course."""
    draft = Draft(room, now)
    draft.close_room()
    return draft.change()


def _seat(room: Room, participant_id: str) -> Seat:
    seat = room.seats.get(participant_id)
    if seat is None:
        raise NotFound("there is no such participant in the session")
    return seat
