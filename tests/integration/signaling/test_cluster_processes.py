"""Two real programs on one PostgreSQL and one Redis; one is killed in the middle of a class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.signaling.harness import Client
from tests.support.databases import PostgresCluster
from tests.support.redis_server import RedisServer
from tests.support.server import PodiumServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

DEAD_S = 2


@pytest.fixture
def environment(tmp_path: Path, postgres: PostgresCluster) -> Iterator[dict[str, str]]:
    redis = RedisServer(tmp_path)
    redis.start()
    url = postgres.database()
    yield {
        "PODIUM__DATABASE__URL": url,
        "PODIUM__REDIS__URL": redis.url,
        "PODIUM__CLUSTER__SPREAD": "false",
        "PODIUM__CLUSTER__DEAD_SECONDS": str(DEAD_S),
    }
    postgres.drop(url)
    redis.kill()


@pytest.mark.long
async def test_a_killed_server_is_replaced_by_another(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        PodiumServer(tmp_path / "one", env=environment) as one,
        PodiumServer(tmp_path / "two", env=environment) as two,
    ):
        await one.plan_class("fractions")
        session_id = await one.start_class("fractions")
        student, witness = Client("student"), Client("witness")
        await student.connect(one.url, one.token("student", "student"), ["websocket"])
        await witness.connect(two.url, two.token("student", "witness"), ["websocket"])
        seat = {"liveClassId": "fractions", "seatKey": "seat-key-of-student-0123456789"}
        joined = await student.must("join-session", **seat)
        said = await student.must("send-message", id="m1", text="still here")
        assert said["message"]["text"] == "still here"
        await one.kill()
        await student.wait("(disconnected)")
        again = Client("student")
        await again.connect(two.url, two.token("student", "student"), ["websocket"])

        async def join() -> bool:
            reply = await again.ask("join-session", seat)
            if reply["ok"]:
                again.joined = reply
            else:
                assert reply["error"]["code"] == "elsewhere"
            return bool(reply["ok"])

        await eventually(join, "the other server takes the class over", every=0.5)
        assert again.joined["sessionId"] == session_id
        assert again.joined["participantId"] == joined["participantId"]
        # and the first, when it is back, sends people to the second
        await one.start()
        late = Client("late")
        await late.connect(one.url, one.token("student", "late"), ["websocket"])
        reply = await late.ask("join-session", {**seat, "seatKey": "seat-key-of-late-0123456789"})
        assert (reply["error"]["code"], reply["error"]["url"]) == ("elsewhere", two.url)
        for client in (student, witness, again, late):
            await client.close()
