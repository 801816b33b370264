"""Speaking to chat in tests: over REST as somebody, and what rooms there are."""

from __future__ import annotations

from typing import Any

from tests.integration.signaling.harness import COURSE, Client, Data, Harness

ROOMS = "/api/v1/chat-rooms"


class Person:
    """Somebody over REST. Made by `person`, which makes them known."""

    def __init__(self, harness: Harness, name: str, token: str) -> None:
        self.harness = harness
        self.name = name
        self.token = token

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Data]:
        return await self.harness.rest(method, path, self.token, body)

    async def must(self, method: str, path: str, body: object = None) -> Data:
        status, answer = await self.ask(method, path, body)
        assert status < 300, (status, answer)
        return answer

    async def refused(self, method: str, path: str, body: object = None) -> str:
        """The code."""
        status, answer = await self.ask(method, path, body)
        assert status >= 400, answer
        return str(answer["code"])

    async def say(self, room: str, message_id: str, text: str = "x", **fields: object) -> Data:
        return await self.must("POST", f"{ROOMS}/{room}/messages", {"id": message_id, "text": text, **fields})

    async def messages(self, room: str, query: str = "") -> list[Data]:
        found: list[Data] = (await self.must("GET", f"{ROOMS}/{room}/messages{query}"))["items"]
        return found


async def person(harness: Harness, role: Any, name: str, course: str = COURSE) -> Person:
    token = harness.token(role, name, course)
    who = Person(harness, name, token)
    await who.must("GET", ROOMS)  # who has never asked anything is not known
    return who


async def course_room(who: Person, course: str = COURSE) -> str:
    return str((await who.must("POST", ROOMS, {"kind": "course", "courseId": course}))["id"])


async def direct_room(who: Person, other: Person) -> str:
    return str((await who.must("POST", ROOMS, {"kind": "direct", "userIds": [other.name]}))["id"])


def chat_numbers(client: Client, room: str) -> list[int]:
    """The numbers of a chat room's events, in the order in which they came."""
    return [data["seq"] for _, data in client.events if data.get("roomId") == room and "seq" in data]
