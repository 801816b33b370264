"""Who is writing now: kept in memory alone, told to those who follow the chat room, forgotten soon."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from signaling.protocol.chat import TypingUser, UserTyping

FORGOTTEN_AFTER = timedelta(seconds=5)
PAUSE = timedelta(seconds=1)
"""Between two events about one room."""
MOST_SHOWN = 5


class _Room:
    def __init__(self) -> None:
        self.users: dict[str, tuple[str, datetime]] = {}
        """Name, and until when; in the order of beginning."""
        self.told: tuple[str, ...] = ()
        self.told_at: datetime | None = None


class Typists(msgspec.Struct, frozen=True, kw_only=True):
    """An event, and the chat room whose followers get it."""

    room_id: str
    body: UserTyping


class TypingBoard:
    """Takes who writes, and the time; `due` answers what there is to tell."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    def set(self, room_id: str, user_id: str, name: str, is_typing: bool, now: datetime) -> None:
        room = self._rooms.get(room_id)
        if is_typing:
            room = self._rooms.setdefault(room_id, _Room())
            room.users[user_id] = (name, now + FORGOTTEN_AFTER)
        elif room is not None:
            room.users.pop(user_id, None)

    def due(self, now: datetime) -> list[Typists]:
        """What changed since it was told last, at most once per room and `PAUSE`."""
        events: list[Typists] = []
        for room_id, room in list(self._rooms.items()):
            for user_id in [user for user, (_, until) in room.users.items() if until <= now]:
                del room.users[user_id]
            current = tuple(room.users)
            rested = room.told_at is None or now >= room.told_at + PAUSE
            if current != room.told and rested:
                room.told, room.told_at = current, now
                shown = list(room.users.items())[:MOST_SHOWN]
                users = [TypingUser(user_id=user_id, name=name) for user_id, (name, _) in shown]
                events.append(
                    Typists(room_id=room_id, body=UserTyping(room_id=room_id, users=users, count=len(current)))
                )
            if not room.users and not room.told:
                del self._rooms[room_id]
        return events
