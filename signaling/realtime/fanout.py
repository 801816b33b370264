"""From topics to connections: an event is encoded once, however many get it.

A hot path: per connection there is one write of bytes that are the same for all (`bench.control_plane`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

import msgspec

from signaling.announcements import course_topic
from signaling.protocol.events import event_name
from signaling.realtime.output import Message, Output

AT_ONCE = 250
"""After so many writes everybody else gets a turn: about 5 ms."""


class Fanout:
    """Connections by the topics they follow."""

    def __init__(self) -> None:
        self._outputs: dict[str, Output] = {}
        self._topics: dict[str, dict[str, Output]] = {}
        self._followed: dict[str, set[str]] = {}
        self._along: dict[tuple[str, str], set[str]] = {}
        """By connection and topic: the topics that are left with it."""

    def add(self, connection: str, output: Output, topics: Iterable[str]) -> None:
        self._outputs[connection] = output
        self._followed[connection] = set()
        for topic in topics:
            self.follow(connection, topic)

    def remove(self, connection: str) -> None:
        for topic in list(self._followed.get(connection, ())):
            self.unfollow(connection, topic)
        self._followed.pop(connection, None)
        self._outputs.pop(connection, None)

    def follow(self, connection: str, topic: str, along: Iterable[str] = ()) -> None:
        """From here on the connection gets what is published there. A connection that is gone follows nothing.
        When it leaves a topic that it follows now and that is in ``along``, it leaves this one too."""
        output = self._outputs.get(connection)
        if output is not None:
            self._topics.setdefault(topic, {})[connection] = output
            self._followed[connection].add(topic)
            for other in along:
                if other in self._followed[connection]:
                    self._along.setdefault((connection, other), set()).add(topic)

    def unfollow(self, connection: str, topic: str) -> None:
        followers = self._topics.get(topic)
        if followers is not None and followers.pop(connection, None) is not None:
            self._followed[connection].discard(topic)
            if not followers:
                del self._topics[topic]
            self._left(connection, topic)

    def unfollow_course(self, connection: str, course_id: str, but: Collection[str] = ()) -> None:
        """With all of its sections, but not these topics."""
        course = course_topic(course_id)
        for topic in self.followed(connection):
            if topic not in but and (topic == course or topic.startswith(f"{course}:")):
                self.unfollow(connection, topic)

    def close_topic(self, topic: str) -> None:
        for connection in self._topics.pop(topic, {}):
            self._followed[connection].discard(topic)
            self._left(connection, topic)

    def _left(self, connection: str, topic: str) -> None:
        for other in self._along.pop((connection, topic), ()):
            self.unfollow(connection, other)

    def followers(self, topic: str) -> list[str]:
        return list(self._topics.get(topic, ()))

    def followed(self, connection: str) -> frozenset[str]:
        return frozenset(self._followed.get(connection, ()))

    async def publish(self, topic: str, event: str, data: msgspec.Struct | msgspec.Raw) -> None:
        """Send to everyone who follows the topic now. One call after the other keeps its order."""
        followers = self._topics.get(topic)
        if not followers:
            return
        message = Message(packet(event, data))
        if len(followers) <= AT_ONCE:
            for output in followers.values():
                output.send(message)
            return
        outputs = list(followers.values())
        for start in range(0, len(outputs), AT_ONCE):
            for output in outputs[start : start + AT_ONCE]:
                output.send(message)
            await asyncio.sleep(0)

    def tell(self, connection: str, body: msgspec.Struct) -> None:
        """Send to one connection; nothing when it is gone."""
        output = self._outputs.get(connection)
        if output is not None:
            output.send(Message(packet(event_name(body), body)))


def packet(event: str, data: msgspec.Struct | msgspec.Raw) -> bytes:
    """A Socket.IO event packet of the default namespace: type 2 and ``[name, data]``."""
    return b'2["%s",%s]' % (event.encode(), msgspec.json.encode(data))
