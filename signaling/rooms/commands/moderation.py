"""What tutors do to others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from signaling.errors import Forbidden
from signaling.permissions import require
from signaling.protocol.base import Source
from signaling.protocol.moderation import Muted, PromoteUser
from signaling.protocol.polls import PollChanged
from signaling.protocol.room_policy import RoomPolicyChanged, SetRoomPolicy
from signaling.protocol.session import MediaReset
from signaling.protocol.waiting import WaitingChanged
from signaling.records import Allowed, ChatLocked, PolicySet
from signaling.rooms.commands.targets import seat_of, take_out
from signaling.rooms.commands.waiting import must_wait, open_door, places_of, send_away
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat


def mute(room: Room, by: Seat, participant_id: str, now: datetime) -> Change:
    """Switch somebody's mic off; they can switch it on again."""
    require(by.role, "mute-others")
    seat = seat_of(room, participant_id)
    draft = Draft(room, now)
    _mute(draft, by, seat)
    return draft.change()


def mute_all(room: Room, by: Seat, spared: Collection[str], now: datetime) -> Change:
    """Switch every mic off that is on, but tutors' and those of ``spared`` participants."""
    require(by.role, "mute-others")
    draft = Draft(room, now)
    for seat in room.seats.values():
        if seat.role != "tutor" and seat.id not in spared and "mic" in seat.publishing:
            _mute(draft, by, seat)
    return draft.change()


def _mute(draft: Draft, by: Seat, seat: Seat) -> None:
    draft.change_seat(seat, publishing=seat.publishing - {"mic"})
    draft.tell_seat(seat, Muted(by_name=by.name))


def remove(room: Room, by: Seat, participant_id: str, ban: bool, now: datetime) -> Change:
    """Take a user out with all devices; with ``ban`` for the rest of the session, else they may ask again."""
    require(by.role, "remove-others")
    target = seat_of(room, participant_id)
    if target.role == "tutor":
        raise Forbidden("a tutor cannot be removed")
    draft = Draft(room, now)
    user_id = target.user_id
    draft.set_standing(user_id, admitted=False, banned=ban or None)
    draft.audit(by, "ban" if ban else "remove", user_id)
    message = f"{by.name} removed you from the class"
    take_out(draft, user_id, message)
    if ban:
        send_away(draft, places_of(room, user_id), message)
    return draft.change()


def expel(room: Room, user_id: str, now: datetime) -> Change:
    """Take out with all devices who is no longer in the course."""
    draft = Draft(room, now)
    message = "you are no longer in this course"
    take_out(draft, user_id, message)
    send_away(draft, places_of(room, user_id), message)
    return draft.change()


def promote(room: Room, by: Seat, command: PromoteUser, now: datetime) -> Change:
    """Make a user a co-tutor of this session with all devices, or take that back."""
    require(by.role, "promote-others")
    target = seat_of(room, command.participant_id)
    if target.own_role == "tutor":
        if command.role != "tutor":
            raise Forbidden("a tutor of the course stays a tutor")
        return Draft(room, now).change()
    is_tutor = command.role == "tutor"
    draft = Draft(room, now)
    if (target.user_id in room.state.co_tutors) == is_tutor:
        return draft.change()
    draft.set_standing(target.user_id, co_tutor=is_tutor)
    draft.audit(by, "promote" if is_tutor else "demote", target.user_id)
    for seat in [seat for seat in room.seats.values() if seat.user_id == target.user_id]:
        if seat.is_stream and not is_tutor:
            draft.close(seat, "removed")
            continue
        draft.change_seat(seat, role="tutor" if is_tutor else seat.own_role)
        # the media plane is told who leads when media is connected
        draft.tell_seat(seat, MediaReset(reason="your role has changed"))
        if is_tutor:
            _introduce(draft, seat)
    return draft.change()


def _introduce(draft: Draft, seat: Seat) -> None:
    """Tell a new tutor what tutors see."""
    tutor = draft.room.own(draft.seats[seat.id]).tutor
    assert tutor is not None
    draft.tell_seat(seat, WaitingChanged(people=tutor.waiting))
    for report in tutor.polls:
        draft.tell_seat(seat, PollChanged(report=report))


def set_policy(room: Room, by: Seat, command: SetRoomPolicy, now: datetime) -> Change:
    """What is locked now is switched off; who does not have to wait any more is told to come in."""
    require(by.role, "control-room")
    wanted = {name: value for name, value in msgspec.structs.asdict(command).items() if value is not None}
    policy = msgspec.structs.replace(room.policy, **wanted)
    draft = Draft(room, now)
    if policy == room.policy:
        return draft.change()
    draft.set(policy=policy)
    draft.record(PolicySet(policy=policy))
    if policy.chat_locked != room.policy.chat_locked:
        draft.record(ChatLocked(is_locked=policy.chat_locked))
    draft.broadcast(RoomPolicyChanged(seq=draft.next(), policy=policy, by_name=by.name))
    draft.settle_seats()
    open_door(draft, [one for one in draft.state.waiting.values() if not must_wait(policy, one.role)])
    return draft.change()


def allow_publish(room: Room, by: Seat, participant_id: str, sources: Collection[Source], now: datetime) -> Change:
    """Exceptions from the policy for one participant."""
    require(by.role, "control-room")
    seat = seat_of(room, participant_id)
    draft = Draft(room, now)
    allowed = frozenset(sources)
    if allowed != seat.allowed:
        draft.change_seat(seat, allowed=allowed)
        draft.record(Allowed(participant_id=seat.id, sources=allowed))
    return draft.change()
