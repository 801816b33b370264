"""Kill -9 at seeded points while people join and write and classes fall due: what was acknowledged is there, once.

Clients do what the web client does: whoever lost the connection comes back to the same seat and repeats what was
not acknowledged, with the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
import sqlalchemy as sa

from signaling.store import models as m
from signaling.store.engine import database_url as url_of
from signaling.store.engine import open_engine
from tests.integration.signaling.harness import CLASS, Client, Data
from tests.support.server import PodiumServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

MESSAGES = 200
WRITERS = 5
JOINS = 20
KILLS = 3
DUE = 4
SEEDS = [int(seed) for seed in os.environ.get("CRASH_SEEDS", "1").split(",")]
TOGETHER_S = 240.0
"""A bound for a machine that does other things, too; alone it takes a fraction."""

SETTINGS = {
    "PODIUM__LIMITS__MESSAGES_PER_SECOND": "1000",
    "PODIUM__LIMITS__MESSAGE_BURST": "1000",
    "PODIUM__LIMITS__EVENTS_PER_SECOND": "1000",
    "PODIUM__LIMITS__EVENT_BURST": "1000",
    "PODIUM__LIMITS__ADDRESS_PER_SECOND": "1000",
    "PODIUM__LIMITS__ADDRESS_BURST": "1000",
}


class Interrupted(Exception):
    """The connection was lost before the acknowledgement came."""


class Person:
    """Keeps at it until every message is acknowledged, over any number of connections."""

    def __init__(self, server: PodiumServer, name: str) -> None:
        self.server = server
        self.name = name
        self.client: Client | None = None
        self.seats: set[str] = set()

    async def ask(self, event: str, **fields: object) -> Data:
        """The acknowledgement, for what is asked again and again until there is one."""
        while True:
            try:
                client = self.client or await self._come_back()
                return await _ask(client, event, fields)
            except (Interrupted, socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError):
                await self.away()
                await asyncio.sleep(0.05)  # a server that is gone refuses at once

    async def _come_back(self) -> Client:
        client = Client(self.name)
        try:
            await client.connect(self.server.url, self.server.token("student", self.name), ["websocket"])
            reply = await _ask(client, "join-session", {"liveClassId": CLASS, "seatKey": client.seat_key})
        except BaseException:
            await _close(client)
            raise
        if not reply["ok"]:
            await _close(client)
            raise Interrupted(reply["error"])
        self.client = client
        self.seats.add(reply["participantId"])
        return client

    async def away(self) -> None:
        if self.client is not None:
            client, self.client = self.client, None
            await _close(client)


async def _ask(client: Client, event: str, fields: dict[str, object]) -> Data:
    call = asyncio.create_task(client.ask(event, **fields))
    lost = asyncio.create_task(client.wait("(disconnected)"))
    try:
        await asyncio.wait({call, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            raise Interrupted
        return call.result()
    finally:
        for task in (call, lost):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _close(client: Client) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.close(), 30)


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[PodiumServer]:
    async with PodiumServer(tmp_path, env={**SETTINGS, "PODIUM__DATABASE__URL": database_url}) as server:
        yield server


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.long
async def test_after_crashes_everything_acknowledged_is_there_once(
    server: PodiumServer, database_url: str, seed: int
) -> None:
    chance = random.Random(seed)
    await server.plan_class(CLASS)
    await server.start_class(CLASS)
    due = await _plan_due(server)
    writers = [Person(server, f"writer-{n}") for n in range(WRITERS)]
    joiners = [Person(server, f"joiner-{n}") for n in range(JOINS)]
    acknowledged: list[str] = []
    kills: list[int] = []
    progress = asyncio.Condition()

    async def write(person: Person, number: int) -> None:
        for n in range(MESSAGES // WRITERS):
            message = f"m-{number}-{n}"
            reply = await person.ask("send-message", id=message, text=f"{message} says {person.name}")
            assert reply["ok"], reply
            async with progress:
                acknowledged.append(message)
                progress.notify_all()

    async def join(person: Person, after: int) -> None:
        async with progress:
            await progress.wait_for(lambda: len(acknowledged) >= after)
        reply = await person.ask("get-session-users")
        assert reply["ok"], reply

    async def kill() -> None:
        for point in sorted(chance.sample(range(5, MESSAGES - 10), KILLS)):
            async with progress:
                await progress.wait_for(lambda at=point: len(acknowledged) >= at)  # type: ignore[misc]
            await server.kill()
            await server.start(60)
            kills.append(point)

    async with asyncio.timeout(TOGETHER_S), asyncio.TaskGroup() as tasks:
        for number, writer in enumerate(writers):
            tasks.create_task(write(writer, number))
        for joiner in joiners:
            tasks.create_task(join(joiner, chance.randrange(MESSAGES - 20)))
        tasks.create_task(kill())
    assert (len(acknowledged), len(kills)) == (MESSAGES, KILLS)
    await _check_messages(server, acknowledged)
    await _check_seats(server, [*writers, *joiners])
    await _check_due(server, due, database_url)
    for person in (*writers, *joiners):
        await person.away()


async def _plan_due(server: PodiumServer) -> list[str]:
    """Classes that fall due one after the other while the server is killed."""
    planned = []
    for n in range(DUE):
        at = datetime.now(UTC) + timedelta(seconds=2 + 2 * n)
        body = {"id": f"due-{n}", "title": "Due", "scheduledAt": at.isoformat(), "autoStart": True}
        await server.call("POST", "/live-classes", server.token("tutor", "Planner"), **body, durationMinutes=60)
        planned.append(body["id"])
    return [str(name) for name in planned]


async def _check_messages(server: PodiumServer, acknowledged: list[str]) -> None:
    token = server.token("tutor", "Reader")
    room = (await server.call("POST", "/chat-rooms", token, kind="live_class", liveClassId=CLASS))["id"]
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = await server.call("GET", f"/chat-rooms/{room}/messages?after={after}&limit=100", token)
        found += page["items"]
        if not page["hasNewer"]:
            break
        after = max(item["seq"] for item in page["items"])
    said = [item for item in found if item["id"].startswith("m-")]
    assert Counter(item["id"] for item in said) == Counter(acknowledged)
    for item in said:
        assert item["text"] == f"{item['id']} says writer-{item['id'].split('-')[1]}"
    numbers = [item["seq"] for item in sorted(found, key=lambda item: item["seq"])]
    assert len(set(numbers)) == len(numbers)
    for writer in range(WRITERS):
        own = [
            item["id"]
            for item in sorted(said, key=lambda one: one["seq"])
            if item["id"].startswith(f"m-{writer}-")
        ]
        assert own == [f"m-{writer}-{n}" for n in range(MESSAGES // WRITERS)], "out of order"


async def _check_seats(server: PodiumServer, people: list[Person]) -> None:
    """Everybody has the seat of the first join, and an open row of attendance is a seat in the room."""
    for person in people:
        assert len(person.seats) == 1, (person.name, person.seats)
    one = people[0]
    users = (await one.ask("get-session-users"))["users"]
    assert {user["id"] for user in users} == {seat for person in people for seat in person.seats}
    token = server.token("tutor", "Reader")
    stays = (await server.call("GET", f"/live-classes/{CLASS}/attendance/stays", token))["items"]
    assert {row["participantId"] for row in stays if row["leftAt"] is None} == {user["id"] for user in users}
    assert len(stays) == len(people), "somebody was counted twice"


async def _check_due(server: PodiumServer, due: list[str], database_url: str) -> None:
    token = server.token("tutor", "Reader")

    async def states() -> dict[str, str]:
        found = {}
        for name in due:
            found[name] = (await server.call("GET", f"/live-classes/{name}", token))["status"]
        return found

    await eventually(
        states, "every class is live", within=180, until=lambda s: set(s.values()) == {"live"}, every=0.2
    )
    engine = open_engine(url_of(database_url, server.directory / "data"))
    try:
        async with engine.connect() as connection:
            started = await connection.scalars(
                sa.select(m.Session.live_class_id).where(m.Session.live_class_id.in_(due))
            )
            assert Counter(started) == Counter(due)
    finally:
        await engine.dispose()
