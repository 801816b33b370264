"""How much one may ask for, and the name that each request has in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from signaling.config import LimitsConfig
from tests.integration.signaling.harness import Harness, config, serving

pytestmark = pytest.mark.integration

ALL = "/api/v1/live-classes"


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Harness]:
    # as slow as can be set: a busy machine must not earn another request between two
    limits = LimitsConfig(user_per_second=0.1, user_burst=20, address_per_second=0.1, address_burst=10)
    settings = msgspec.structs.replace(config(tmp_path), limits=limits)
    async with serving(settings) as harness:
        await harness.plan()
        await harness.start()
        yield harness


async def test_a_user_is_counted_over_rest_and_all_connections(narrow: Harness) -> None:
    token = narrow.token("student", "u")
    first, second = [await narrow.connect("student", "u", token=token) for _ in range(2)]
    for _ in range(5):
        await first.must("leave-course", courseId="maths")
        await second.must("leave-course", courseId="maths")
    for _ in range(10):
        assert (await narrow.rest("GET", ALL, token))[0] == 200
    assert await first.refused("leave-course", courseId="maths") == "rate_limited"
    reply = await second.ask("leave-course", {"courseId": "maths"})
    assert 0 < reply["error"]["retryAfterMs"] <= 10_000
    headers = {"Authorization": f"Bearer {token}"}
    async with narrow.http.get(narrow.url + ALL, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (429, "application/problem+json")
        assert 1 <= int(answer.headers["Retry-After"]) <= 10
        assert (await answer.json())["code"] == "rate_limited"
    assert (await narrow.rest("GET", ALL, narrow.token("student", "v")))[0] == 200


async def test_strangers_are_counted_by_address(narrow: Harness) -> None:
    answers = [await narrow.rest("GET", ALL, "no token") for _ in range(12)]
    assert [status for status, _ in answers] == [401] * 10 + [429] * 2
    # who is known is not held up by strangers, nor is who asks for the health
    assert (await narrow.rest("GET", ALL, narrow.token("student")))[0] == 200
    for _ in range(20):
        assert (await narrow.rest("GET", "/healthz"))[0] == 200


async def test_every_answer_names_its_request(planned: Harness, caplog: pytest.LogCaptureFixture) -> None:
    asks = [
        ("GET", ALL),
        ("GET", "/healthz"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/no-page.js"),
        ("OPTIONS", ALL),
    ]
    names = set()
    for method, path in asks:
        async with planned.http.request(method, planned.url + path) as answer:
            names.add(answer.headers["X-Request-Id"])
            if answer.content_type == "application/problem+json":
                assert (await answer.json())["requestId"] == answer.headers["X-Request-Id"]
    assert len(names) == len(asks)

    async def asked(name: str) -> str:
        async with planned.http.get(planned.url + ALL, headers={"X-Request-Id": name}) as answer:
            return answer.headers["X-Request-Id"]

    assert await asked("trace-1.A_b:c") == "trace-1.A_b:c"
    for name in ("", "x" * 65, "a b", "<script>", "é"):
        assert await asked(name) not in ("", name)


async def test_the_log_names_the_request(planned: Harness, capfd: pytest.CaptureFixture[str]) -> None:
    from signaling import logs
    from signaling.config import LogConfig

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.set_up(LogConfig(format="json"))
    try:
        await planned.start()
        student = await planned.connect("student")
        await student.join()
        await asyncio.sleep(0)
    finally:
        root.handlers[:], root.level = handlers, level
    lines = [msgspec.json.decode(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    started = next(line for line in lines if "started" in line["message"])
    joined = next(line for line in lines if line["message"] == "student joined")
    assert len(started["request"]) == 16
    assert joined["request"] == f"{student.sid}-1"
    assert joined["event"] == "join-session"
