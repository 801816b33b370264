"""Carries out notices and announcements on this server's connections, and reacts to those that change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from signaling.announcements import Announcement, Follow, Unfollow, session_topic
from signaling.protocol.events import event_name
from signaling.realtime.engine import SocketServer
from signaling.realtime.fanout import Fanout
from signaling.rooms.events import Broadcast, Enter, Exit, Notice, RoomClosed, Tell

Reaction = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Takes the topic and the event's data, as JSON has it; called after the event was delivered."""


class Delivery:
    def __init__(self, sockets: SocketServer, fanout: Fanout) -> None:
        self._sockets = sockets
        self._fanout = fanout
        self._reactions: dict[str, list[Reaction]] = {}

    def react(self, event: str, reaction: Reaction) -> None:
        """Have this called for every announcement of that name, wherever it was made."""
        self._reactions.setdefault(event, []).append(reaction)

    async def carry_out(self, notice: Notice | Announcement | Follow | Unfollow) -> None:
        match notice:
            case Broadcast(session_id=session_id, body=body):
                await self._fanout.publish(session_topic(session_id), event_name(body), body)
            case Announcement():
                await self._announce(notice)
            case Follow(connection=connection, topic=topic, along=along):
                self._fanout.follow(connection, topic, along)
            case Unfollow(connection=connection, topic=topic):
                self._fanout.unfollow(connection, topic)
            case Tell(connection=connection, body=body):
                self._fanout.tell(connection, body)
            case Enter(session_id=session_id, connection=connection):
                self._fanout.follow(connection, session_topic(session_id))
            case Exit(session_id=session_id, connection=connection, drop=drop):
                self._fanout.unfollow(connection, session_topic(session_id))
                if drop and self._sockets.manager.is_connected(connection, "/"):
                    await self._sockets.disconnect(connection)
            case RoomClosed(session_id=session_id):
                self._fanout.close_topic(session_topic(session_id))

    async def _announce(self, announcement: Announcement) -> None:
        await self._fanout.publish(announcement.topic, announcement.event, announcement.data)
        if reactions := self._reactions.get(announcement.event):
            data = msgspec.json.decode(msgspec.json.encode(announcement.data))
            for reaction in reactions:
                await reaction(announcement.topic, data)
