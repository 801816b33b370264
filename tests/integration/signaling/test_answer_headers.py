"""What every answer carries, wherever the server lives: behind a path prefix, behind HTTPS, for other origins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import socketio

from demo.tutor import DemoTutor
from signaling.config import Config
from signaling.http.errors import SECURITY_HEADERS
from tests.integration.signaling.harness import CLASS, WAIT_S, config, serving

pytestmark = pytest.mark.integration

OPTIONS = "/api/v1/auth/options"
HTTPS = {"public_url": "https://class.example.org"}


def reached(directory: Path, **http: Any) -> Config:
    settings = config(directory)
    return msgspec.structs.replace(settings, http=msgspec.structs.replace(settings.http, **http))


async def test_what_is_outside_of_a_prefix_is_answered_like_everything_else(tmp_path: Path) -> None:
    """Also the way in, for those who ask for the host alone."""
    async with serving(reached(tmp_path, public_url="https://example.org/school")) as harness:
        for path, status in (("/", 302), ("/school", 302), (OPTIONS, 404), (f"/school{OPTIONS}", 200)):
            async with harness.http.get(harness.url + path, allow_redirects=False) as answer:
                assert answer.status == status, path
                headers = answer.headers
                assert {name: headers.getall(name) for name in SECURITY_HEADERS} == {
                    name: [value] for name, value in SECURITY_HEADERS.items()
                }
                assert len(headers.getall("X-Request-Id")) == 1
                assert headers.get("Location") == ("/school/" if status == 302 else None)
                if status == 404:
                    assert (await answer.json(content_type="application/problem+json"))["code"] == "not_found"


async def test_programs_find_their_way_into_a_class_behind_a_prefix(tmp_path: Path) -> None:
    async with serving(reached(tmp_path, public_url="https://example.org/school")) as harness:
        harness.url += "/school"
        await harness.plan()
        await harness.start()
        ada, counts = harness.token("student", "Ada"), harness.server.control.sessions.counts
        _, info = await harness.rest("POST", f"/api/v1/live-classes/{CLASS}/join", ada)
        program = socketio.AsyncClient(reconnection=False)
        await program.connect(harness.url, auth={"token": ada}, socketio_path=info["socketPath"])
        try:
            seat = {"liveClassId": CLASS, "seatKey": "seat-key-of-a-program-0123456789"}
            assert (await program.call("join-session", seat, timeout=WAIT_S))["ok"]
        finally:
            await program.disconnect()
        assert counts() == (1, 1), "the seat is kept"
        tutor = asyncio.create_task(DemoTutor(harness.url, CLASS, harness.token("tutor")).run())
        try:
            await harness.eventually(lambda: counts() == (1, 2) or tutor.done())
            assert counts() == (1, 2)
        finally:
            tutor.cancel()
            await asyncio.wait([tutor])


@pytest.mark.parametrize(
    ("http", "headers", "is_told"),
    [
        (HTTPS, {}, True),
        ({**HTTPS, "proxies": 1}, {"X-Forwarded-Proto": "https"}, True),
        ({**HTTPS, "proxies": 1}, {"X-Forwarded-Proto": "http"}, False),
        ({"public_url": "https://example.org/school"}, {}, False),
        ({"public_url": "http://class.example.org"}, {}, False),
        ({"public_url": "https://localhost:8443"}, {}, False),
        ({}, {"X-Forwarded-Proto": "https"}, False),
    ],
)
async def test_browsers_are_told_to_come_by_https_alone_where_the_whole_host_is_ours(
    tmp_path: Path, http: dict[str, Any], headers: Mapping[str, str], is_told: bool
) -> None:
    async with (
        serving(reached(tmp_path, **http)) as harness,
        harness.http.get(f"{harness.url}/class/demo", headers=headers) as answer,
    ):
        told = answer.headers.get("Strict-Transport-Security")
        assert told == ("max-age=31536000" if is_told else None)


async def test_no_cache_gives_one_origin_what_was_answered_to_another(tmp_path: Path) -> None:
    lms = "https://lms.example"
    async with serving(reached(tmp_path, cors_origins=[lms])) as harness:
        for origin in (lms, "https://evil.example", ""):
            asked = {"Origin": origin} if origin else {}
            async with harness.http.get(harness.url + OPTIONS, headers=asked) as answer:
                assert "Origin" in answer.headers["Vary"]
                assert answer.headers.get("Access-Control-Allow-Origin") == (origin if origin == lms else None)


async def test_the_directory_of_the_web_client_may_have_any_name(tmp_path: Path) -> None:
    web = tmp_path / "client-0.1"
    web.mkdir(parents=True)
    (web / "index.html").write_text("<title>Podium</title>")
    async with serving(reached(tmp_path, web_client=str(web))) as harness:
        for path in ("/", "/class/demo"):
            async with harness.http.get(harness.url + path) as answer:
                assert (answer.status, await answer.text()) == (200, "<title>Podium</title>")
