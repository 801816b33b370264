"""What is told beyond one room: to a user, a course, a chat room, on whichever server they are.

An announcement is made in the transaction that makes it true (`signaling.store.database`), and is delivered once,
in the order of the commits.
"""

from __future__ import annotations

import msgspec

from signaling.protocol.events import event_name


class Announcement(msgspec.Struct, frozen=True):
    """An event for every connection that follows ``topic``. ``data`` is the event's struct, or its JSON."""

    topic: str
    event: str
    data: msgspec.Struct | msgspec.Raw

    @classmethod
    def of(cls, topic: str, body: msgspec.Struct) -> Announcement:
        return cls(topic, event_name(body), body)


class Follow(msgspec.Struct, frozen=True):
    """From here on a connection of this server gets what is announced there, for as long as it follows each of
    ``along`` that it follows now."""

    connection: str
    topic: str
    along: tuple[str, ...] = ()


class Unfollow(msgspec.Struct, frozen=True):
    connection: str
    topic: str


def user_topic(user_id: str) -> str:
    return f"user:{user_id}"


def course_topic(course_id: str, section_id: str | None = None) -> str:
    return f"course:{course_id}" if section_id is None else f"course:{course_id}:{section_id}"


def course_chat_topic(course_id: str) -> str:
    """The chat of a course, which guests are not in. Left with the course: it begins as its topics do."""
    return f"course:{course_id}:#chat"


def course_topics(course_id: str, section_id: str | None, role: str) -> list[str]:
    """All that somebody in a course follows."""
    topics = [course_topic(course_id)]
    if section_id is not None:
        topics.append(course_topic(course_id, section_id))
    if role != "guest":
        topics.append(course_chat_topic(course_id))
    return topics


def chat_topic(chat_room_id: str) -> str:
    return f"chat:{chat_room_id}"


def session_topic(session_id: str) -> str:
    """The room of a running session: numbered by the room, told by the server that hosts it alone."""
    return f"session:{session_id}"
