"""Programs of a test: one that publishes for a tutor, one that plays for a student."""

from __future__ import annotations

from tests.integration.signaling.harness import CLASS, Harness
from tests.support.streams import StreamClient

WHIP, WHEP = f"/whip/{CLASS}", f"/whep/{CLASS}"
KEYS = f"/api/v1/live-classes/{CLASS}/stream-keys"


def program(harness: Harness, token: str) -> StreamClient:
    return StreamClient(harness.http, harness.url, token)


def obs(harness: Harness) -> StreamClient:
    return program(harness, harness.token("tutor", "Hypatia"))


def player(harness: Harness, name: str = "Ada") -> StreamClient:
    return program(harness, harness.token("student", name))


async def key(harness: Harness, token: str, **fields: object) -> dict[str, str]:
    status, answer = await harness.rest("POST", KEYS, token, fields)
    assert status == 201, answer
    return answer
