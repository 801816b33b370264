"""Several servers on one PostgreSQL and one Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from signaling.announcements import Announcement, course_topic
from signaling.config import ClusterConfig, Config, RedisConfig
from signaling.errors import ConfigError
from signaling.protocol.events import SERVER_EVENTS
from signaling.store.event_log import EventLogStore
from tests.integration.signaling.harness import CLASS, COURSE, Client, Clock, Harness, config, serving
from tests.support.databases import PostgresCluster
from tests.support.redis_server import RedisServer
from tests.support.streams import PUBLISHED, StreamClient

pytestmark = pytest.mark.integration

EVENTS = 150
PROBE = "live-class-progress"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def shared_database(postgres: PostgresCluster) -> Iterator[str]:
    url = postgres.database()
    yield url
    postgres.drop(url)


class Servers:
    """Servers of one cluster, which share a clock."""

    def __init__(self, directory: Path, database_url: str, redis_url: str) -> None:
        self._directory = directory
        self._database_url = database_url
        self._redis = RedisConfig(url=redis_url)
        self._stacks: dict[str, AsyncExitStack] = {}
        self.clock = Clock()

    def settings(self, name: str, **cluster: Any) -> Config:
        (self._directory / name).mkdir(exist_ok=True)
        options = ClusterConfig(**{"node_url": f"http://{name}.test", **cluster})
        return msgspec.structs.replace(
            config(self._directory / name, self._database_url), redis=self._redis, cluster=options
        )

    async def start(self, name: str, **cluster: Any) -> Harness:
        stack = self._stacks[name] = AsyncExitStack()
        return await stack.enter_async_context(serving(self.settings(name, **cluster), self.clock))

    async def stop(self, name: str) -> None:
        await self._stacks.pop(name).aclose()

    async def stop_all(self) -> None:
        for name in list(self._stacks):
            await self.stop(name)


@pytest.fixture
async def servers(tmp_path: Path, shared_database: str, redis: RedisServer) -> AsyncIterator[Servers]:
    found = Servers(tmp_path, shared_database, redis.url)
    yield found
    await found.stop_all()


@pytest.fixture
async def pair(servers: Servers) -> tuple[Harness, Harness]:
    """A new class is hosted where it is started."""
    return await servers.start("one", spread=False), await servers.start("two", spread=False)


async def announce(at: Harness, **data: Any) -> None:
    async with at.server.database.transaction() as tx:
        body = msgspec.Raw(msgspec.json.encode(data))
        tx.announcements.append(Announcement(course_topic(COURSE), PROBE, body))


async def logged(at: Harness) -> list[Any]:
    """What the log says was announced, in its order."""
    async with at.server.database.transaction() as tx:
        entries = await EventLogStore().after(tx, 0, 100_000)
    return [msgspec.json.decode(msgspec.json.encode(one.data)) for _, one in entries if one.event == PROBE]


async def test_everyone_hears_everything_once_in_one_order(pair: tuple[Harness, Harness]) -> None:
    clients = [await at.connect("student") for at in pair for _ in range(2)]

    async def announce_many(at: Harness, name: str) -> None:
        for number in range(EVENTS):
            await announce(at, by=name, n=number)

    writers = [(at, f"{name}{index}") for index in range(3) for at, name in zip(pair, "ab", strict=True)]
    await asyncio.gather(*(announce_many(at, name) for at, name in writers))
    told = await logged(pair[0])
    assert len(told) == EVENTS * len(writers)
    for name in {one["by"] for one in told}:
        assert [one["n"] for one in told if one["by"] == name] == list(range(EVENTS))
    for client in clients:
        await client.wait(PROBE, lambda data: data == told[-1])
        assert client.all(PROBE) == told


async def test_nothing_is_lost_while_redis_is_away(pair: tuple[Harness, Harness], redis: RedisServer) -> None:
    clients = [await at.connect("student") for at in pair]
    for number in range(3 * EVENTS):
        if number == EVENTS:
            redis.kill()
        if number == 2 * EVENTS:
            redis.start()
        await announce(pair[number % 2], n=number)
    for client in clients:
        await client.wait(PROBE, lambda data: data["n"] == 3 * EVENTS - 1)
        assert [data["n"] for data in client.all(PROBE)] == list(range(3 * EVENTS))


async def test_a_class_starts_once_and_all_are_told_once(pair: tuple[Harness, Harness]) -> None:
    one = pair[0]
    await one.plan()
    clients = [await at.connect("student") for at in pair for _ in range(2)]
    token = one.token("tutor")
    path = f"/api/v1/live-classes/{CLASS}/start"
    answers = await asyncio.gather(*(at.rest("POST", path, token) for at in pair for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409, 409]
    sessions = {body["sessionId"] for _, body in answers}
    assert len(sessions) == 1
    await announce(one, last=True)
    for client in clients:
        await client.wait(PROBE)
        assert [data["liveClass"]["sessionId"] for data in client.all("live-class-started")] == list(sessions)


async def test_who_joins_elsewhere_is_told_where_and_everything_works_there(pair: tuple[Harness, Harness]) -> None:
    one, two = pair
    await one.plan()
    await one.start()
    there = await two.connect("student", "s")
    reply = await there.ask("join-session", liveClassId=CLASS, seatKey=there.seat_key)
    assert reply["error"]["code"] == "elsewhere"
    assert reply["error"]["url"] == "http://one.test"
    here = await one.connect("student", "s")
    await here.join()
    assert two.server.control.sessions.counts() == (0, 0)
    assert one.server.control.sessions.counts() == (1, 1)
    # a program is sent there, and asks again in the same way
    program = StreamClient(two.http, two.url, two.token("tutor"))
    query = "source=screen&note=a%0D%0Ab%26c"
    sent = await program.post(f"/whip/{CLASS}?{query}", PUBLISHED)
    assert (sent.status, sent.headers["Location"]) == (307, f"http://one.test/whip/{CLASS}?{query}")
    assert (await StreamClient(one.http, one.url, program.token).post(f"/whip/{CLASS}", PUBLISHED)).status == 201
    status, problem = await two.rest("GET", f"/api/v1/live-classes/{CLASS}/health", program.token)
    assert (status, problem["code"]) == (421, "elsewhere")


async def test_a_key_that_one_server_revokes_ends_the_stream_on_the_other(pair: tuple[Harness, Harness]) -> None:
    one, two = pair
    await one.plan()
    await one.start()
    student = await one.join("student")
    tutor = two.token("tutor", "Hypatia")
    keys = f"/api/v1/live-classes/{CLASS}/stream-keys"
    status, made = await two.rest("POST", keys, tutor, {"kind": "publish"})
    assert status == 201
    program = StreamClient(one.http, one.url, made["token"])
    assert (await program.post(f"/whip/{CLASS}", PUBLISHED)).status == 201
    await student.wait("user-joined")
    assert (await two.rest("DELETE", f"{keys}/{made['id']}", tutor))[0] == 204
    await student.wait("user-left")
    assert (await program.post(f"/whip/{CLASS}", PUBLISHED)).status == 401


async def test_pages_of_one_server_may_connect_to_the_others(servers: Servers) -> None:
    """Also when they live behind a path prefix, which is no part of an origin."""
    pair = await servers.start("one", node_url="http://one.test/school"), await servers.start("two")
    one, two = pair
    await asyncio.gather(*(at.server.control.sessions.beat() for at in pair))
    async with one.http.get(one.url + "/healthz") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "connect-src 'self' http://one.test ws://one.test http://two.test ws://two.test;" in policy
    url = f"{two.url}/socket.io/?EIO=4&transport=websocket"
    async with two.http.ws_connect(url, origin="http://one.test") as socket:
        assert (await socket.receive()).data.startswith("0{")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await two.http.ws_connect(url, origin="http://three.test")


async def test_ending_on_one_server_closes_the_room_on_the_other(pair: tuple[Harness, Harness]) -> None:
    one, two = pair
    await one.plan()
    await one.start()
    student = await one.join("student")
    listener = await two.connect("student")
    status, _ = await two.rest("POST", f"/api/v1/live-classes/{CLASS}/end", two.token("tutor"))
    assert status == 200
    await student.wait("live-class-ended")
    await listener.wait("live-class-ended")
    await one.eventually(lambda: one.server.control.sessions.counts() == (0, 0))
    assert await student.refused("get-session-users") == "not_joined"
    assert len(student.all("live-class-ended")) == 1
    # and it can be started anew, on the other
    await two.start()
    assert (await listener.join())["snapshot"]["existingUsers"][0]["id"] == listener.id


async def test_new_classes_go_where_the_fewest_people_are(servers: Servers) -> None:
    one, two = await servers.start("one"), await servers.start("two")
    await one.plan()
    await one.start()
    for _ in range(3):
        await one.join("student")
    await asyncio.gather(*(at.server.control.sessions.beat() for at in (one, two)))
    await one.plan("second")
    await one.start("second")
    await two.eventually(lambda: two.server.control.sessions.counts()[0] == 1)
    student = await two.connect("student")
    await student.join("second")
    assert one.server.control.sessions.counts() == (1, 3)


async def test_the_sessions_of_a_dead_server_are_taken_over(servers: Servers) -> None:
    one, two = await servers.start("one", spread=False), await servers.start("two", spread=False)
    await one.plan()
    session_id = await one.start()
    student = await one.join("student", "s")
    # it does not stop, it only is not heard of any more: the worst way to die
    one.server.control.hosting.beat = _silent  # type: ignore[method-assign,assignment]
    early = await two.connect("student", "early")
    assert await early.refused("join-session", liveClassId=CLASS, seatKey=early.seat_key) == "elsewhere"
    servers.clock.advance(16)
    await two.server.control.sessions.beat()
    again = await two.connect("student", "s")
    again.seat_key = student.seat_key
    joined = await again.join()
    assert joined["sessionId"] == session_id
    assert joined["participantId"] == student.id
    assert two.server.control.sessions.counts() == (1, 1)
    await early.join()
    del one.server.control.hosting.beat
    await one.server.control.sessions.beat()
    assert (await student.wait("closing"))["reason"] == "moved"
    await student.wait("(disconnected)")
    assert one.server.control.sessions.counts() == (0, 0)


async def test_what_a_dead_server_leaves_is_taken_up_unasked(servers: Servers) -> None:
    one, two = await servers.start("one", spread=False), await servers.start("two", spread=False)
    await one.plan()
    await one.start()
    await one.join("student")
    one.server.control.hosting.beat = _silent  # type: ignore[method-assign,assignment]
    await two.server.control.sessions.adopt()
    assert two.server.control.sessions.counts() == (0, 0)
    servers.clock.advance(16)
    await two.server.control.sessions.adopt()
    assert two.server.control.sessions.counts() == (1, 1)
    await two.server.control.sessions.adopt()
    assert two.server.control.sessions.counts() == (1, 1)
    del one.server.control.hosting.beat


async def _silent(*_: object) -> list[str]:
    return []


async def test_a_server_that_stops_leaves_its_sessions_at_once(servers: Servers) -> None:
    one = await servers.start("one", spread=False)
    two = await servers.start("two", spread=False)
    await one.plan()
    await one.start()
    # not one of the harness, which closes its clients before the server
    student = Client("s")
    await student.connect(one.url, one.token("student", "s"), ["websocket"])
    await student.join()
    await servers.stop("one")
    closing = await student.wait("closing")
    assert closing["reason"] == "stopping"
    assert 0 <= closing["retryAfterMs"] <= 5000
    await student.wait("(disconnected)")
    again = await two.connect("student", "s")
    again.seat_key = student.seat_key
    assert (await again.join())["participantId"] == student.id
    await student.close()


async def test_a_server_takes_its_own_sessions_up_when_it_is_back(servers: Servers) -> None:
    one = await servers.start("one", spread=False)
    two = await servers.start("two", spread=False)
    await one.plan()
    await one.start()
    await one.join("student", "s")
    await servers.stop("one")
    one = await servers.start("one", spread=False)
    assert one.server.control.sessions.counts() == (1, 1)
    other = await two.connect("student", "t")
    assert await other.refused("join-session", liveClassId=CLASS, seatKey=other.seat_key) == "elsewhere"


async def test_the_log_is_trimmed_and_one_server_alone_writes_none(
    pair: tuple[Harness, Harness], tmp_path: Path, shared_database: str
) -> None:
    one, _ = pair
    await announce(one, n=1)
    assert await logged(one) == [{"n": 1}]
    one.clock.advance(timedelta(minutes=11).total_seconds())
    tail = EventLogStore()
    async with one.server.database.transaction() as tx:
        await tail.trim(tx, one.clock() - timedelta(minutes=10))
    assert await logged(one) == []
    (tmp_path / "alone").mkdir()
    async with serving(config(tmp_path / "alone", shared_database)) as alone:
        client = await alone.connect("student")
        await announce(alone, n=2)
        await client.wait(PROBE)
        assert await logged(alone) == []


async def test_a_cluster_needs_postgresql_and_one_secret(servers: Servers, tmp_path: Path) -> None:
    good = servers.settings("one")
    for broken in (
        msgspec.structs.replace(good, database=config(tmp_path).database),
        msgspec.structs.replace(good, auth=msgspec.structs.replace(good.auth, secret="")),
    ):
        with pytest.raises(ConfigError, match=r"redis\.url|auth\.secret"):
            async with serving(broken):
                pass


def test_the_probe_is_an_event() -> None:
    assert PROBE in SERVER_EVENTS
