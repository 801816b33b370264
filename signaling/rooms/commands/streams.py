"""Streams in a room: publishers by WHIP, who have a seat without a socket, and viewers by WHEP, who have none.

A publisher's key stands for one seat: whoever comes with it again, as a program does after a lost network, takes
the place of what was there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from signaling.errors import ClassFull, Forbidden, NotFound
from signaling.identity import Principal
from signaling.permissions import require
from signaling.protocol.base import Source
from signaling.protocol.session import UserJoined
from signaling.records import SeatResumed, SeatTaken
from signaling.rooms.commands.joining import require_entry, role_in
from signaling.rooms.commands.waiting import must_wait
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room
from signaling.rooms.seat import Seat
from signaling.rooms.state import Viewer

LONGEST_NAME = 100
_STREAM = " (stream)"


def require_stream(room: Room, who: Principal) -> None:
    """Raises `Forbidden` when they may not publish by a program."""
    role = role_in(room, who)
    require(role, "publish-stream")
    require_entry(room, who, role)


def seat_for(room: Room, key_hash: str, new_id: str) -> str:
    """The participant that a publisher with this key will be."""
    seat = room.by_key(key_hash)
    return new_id if seat is None or seat.id in room.lost_streams else seat.id


def stream(
    room: Room,
    who: Principal,
    connection: str,
    key_hash: str,
    participant_id: str,
    sources: Collection[Source],
    now: datetime,
) -> Change:
    """Take the seat ``participant_id`` of `seat_for` and publish. Raises `Forbidden`."""
    require_stream(room, who)
    draft = Draft(room, now)
    before = room.by_key(key_hash)
    if before is not None and before.id != participant_id:
        # it lost its media, or another with the same key was quicker
        draft.close(before, "left")
        before = None
    seat = Seat(
        id=participant_id,
        user_id=who.user_id,
        name=who.name[: LONGEST_NAME - len(_STREAM)] + _STREAM,
        role=role_in(room, who),
        own_role=who.role,
        key_hash=key_hash,
        connection=connection,
        joined_at=now if before is None else before.joined_at,
        publishing=frozenset() if before is None else before.publishing,
        is_stream=True,
    )
    draft.put(seat)
    seat = draft.put(msgspec.structs.replace(seat, publishing=frozenset(sources)))
    if before is not None:
        if before.away is not None:
            draft.record(SeatResumed(participant_id=seat.id, name=who.name, role=seat.own_role, at=now))
        draft.updated(seat)
        return draft.change()
    draft.record(
        SeatTaken(
            participant_id=seat.id,
            user_id=seat.user_id,
            # the devices of a person are one in the attendance
            name=who.name,
            role=seat.own_role,
            key_hash=key_hash,
            joined_at=now,
        )
    )
    draft.broadcast(UserJoined(seq=draft.next(), user=seat.participant()))
    draft.people_changed()
    return draft.change()


def watch(room: Room, who: Principal, viewer_id: str, now: datetime) -> Change:
    """Let a viewer see the stage who may be in the room. Raises `Forbidden`, `RoomLocked`, `ClassFull`."""
    role = role_in(room, who)
    require(role, "play-stream")
    is_known = require_entry(room, who, role)
    if not is_known and must_wait(room.policy, role):
        raise Forbidden("a tutor has to let you into the class first")
    if len(room.state.viewers) >= room.rules.max_viewers:
        raise ClassFull(f"{room.rules.max_viewers} players watch already")
    draft = Draft(room, now)
    draft.set(viewers={**room.state.viewers, viewer_id: Viewer(id=viewer_id, user_id=who.user_id)})
    return draft.change()


def unwatch(room: Room, viewer_id: str, now: datetime) -> Change:
    """Raises `NotFound`."""
    if viewer_id not in room.state.viewers:
        raise NotFound("this viewer has gone")
    draft = Draft(room, now)
    draft.send_off([viewer_id])
    return draft.change()


def close_lost(draft: Draft) -> None:
    """Streams end with their media: nobody is there to connect it anew."""
    room = draft.room
    seats = [seat for one in room.lost_streams if (seat := room.seats.get(one)) is not None]
    for seat in seats:
        draft.close(seat, "left")
    if seats:
        draft.people_changed()
    draft.send_off([one for one in room.lost_streams if one in room.state.viewers])
