"""What wrong, old and hostile clients get: a typed error, never a traceback, never somebody else's trouble."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import aiohttp
import jwt
import pytest
import socketio

from tests.integration.signaling.harness import CLASS, SECRET, WAIT_S, Harness, config, serving

pytestmark = pytest.mark.integration

CLAIMS = {"sub": "u", "name": "n", "role": "student", "course": "maths", "iss": "podium"}


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.exc_info]


def claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {**CLAIMS, "iat": now, "exp": now + timedelta(hours=1), **changes}


BAD_TOKENS = {
    "none": None,
    "number": 5,
    "empty": "",
    "garbage": "a.b.c",
    "huge": "x" * 5_000,
    "unsigned": jwt.encode(claims(), "", algorithm="none"),
    "another key": jwt.encode(claims(), "another secret, just as long as the first", algorithm="HS256"),
    "another algorithm": jwt.encode(claims(), SECRET * 2, algorithm="HS512"),
    "expired": jwt.encode(claims(exp=1), SECRET, algorithm="HS256"),
    "no role": jwt.encode({k: v for k, v in claims().items() if k != "role"}, SECRET, algorithm="HS256"),
    "role of its own": jwt.encode(claims(role="admin"), SECRET, algorithm="HS256"),
    "no expiry": jwt.encode({k: v for k, v in claims().items() if k != "exp"}, SECRET, algorithm="HS256"),
    "name of 10 kB": jwt.encode(claims(name="n" * 101), SECRET, algorithm="HS256"),
}


async def test_a_bad_token_is_refused_with_a_reason(live: Harness) -> None:
    for kind, token in BAD_TOKENS.items():
        told: list[dict[str, object]] = []
        client = socketio.AsyncClient(reconnection=False)
        client.on("connect_error", told.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(live.url, auth={"token": token}, transports=["websocket"], wait_timeout=WAIT_S)
        await client.eio.wait()
        assert told[0]["data"]["code"] == "unauthorized", kind  # type: ignore[index]
        assert told[0]["message"], kind
        header = token if isinstance(token, str) else ""
        status, problem = await live.rest("GET", "/api/v1/live-classes", header)
        assert (status, problem["code"]) == (401, "unauthorized"), kind


BAD_PAYLOADS: list[tuple[str, object]] = [
    ("join-session", {"liveClassId": CLASS}),
    ("join-session", {"liveClassId": CLASS, "seatKey": "short"}),
    ("join-session", {"liveClassId": CLASS, "seatKey": "x" * 20, "role": "tutor"}),
    ("join-session", {"liveClassId": "../etc", "seatKey": "x" * 20}),
    ("join-session", [1, 2]),
    ("join-session", "text"),
    ("join-session", 5),
    ("resync", {"lastSeq": "1"}),
    ("resync", {"lastSeq": 1.5}),
    ("update-media-state", {"isAudioOn": 1, "isVideoOn": False, "isScreenOn": False}),
    ("send-message", {"id": "a b", "text": "x"}),
    ("send-message", {"id": "a", "text": ""}),
    ("send-message", {"id": "a", "text": "x" * 4001}),
    ("send-message", {"id": "a", "text": "x", "type": "system"}),
    ("set-reception", {"reception": "everything"}),
    ("connect-media", {"offer": "v=0", "sources": {"0": "desk"}}),
    ("connect-media", {"offer": "v=0", "sources": {str(n): "mic" for n in range(4)}}),
    ("raise-hand", {"participantId": "x"}),
]


async def test_a_bad_payload_is_refused_and_nothing_happens(live: Harness) -> None:
    for count, (event, payload) in enumerate(BAD_PAYLOADS, 1):
        student = await live.join("student")  # another one: there is a limit to how many events somebody sends
        assert await student.refused(event, payload) == "bad_request", (event, payload)
        assert len((await student.must("get-session-users"))["users"]) == count, (event, payload)


async def test_sizes(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student")
    assert await student.refused("send-message", id="a", text="x" * 40_000) == "too_large"
    assert await student.refused("raise-hand", {"x": "y" * 40_000}) == "too_large"
    await student.send("send-message", {"id": "a", "text": "x" * 1_000_000})
    await student.wait("(disconnected)")
    await tutor.wait("user-updated", lambda data: data["user"]["isReconnecting"])
    await tutor.must("get-session-users")


async def test_unknown_and_reserved_events(live: Harness) -> None:
    student = await live.join("student")
    for event in ("nothing", "connect", "disconnect", "", "message", "x" * 5000):
        assert await student.refused(event) == "unknown_event"
    await student.must("get-session-users")


NO_PACKETS = [
    *("", "2", "2[]", "2[5]", "2{}", "2[", '2["raise-hand"', "20[null]", "9", "x", "3", "4", "0", "0{}"),
    *("51-[{}]", '5999999999-["a"]', '2["raise-hand",' + "[" * 5000, '2/other,["raise-hand"]'),
    *('2["raise-hand",{"a":1},{"b":2}]', '2["connect",{}]', '2["disconnect","x"]'),
]


async def test_what_is_no_packet_hurts_nobody(live: Harness, caplog: pytest.LogCaptureFixture) -> None:
    tutor = await live.join("tutor")
    for text in NO_PACKETS:
        student = await live.join("student")
        await student.raw(text)
        await student.must("get-session-users")
        assert not tracebacks(caplog), text[:50]
    await tutor.must("get-session-users")


async def test_garbage_below_socket_io_ends_that_connection_alone(
    live: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    tutor = await live.join("tutor")
    url = f"{live.url}/socket.io/?EIO=4&transport=websocket"
    for garbage in ("zzz", "9", "", "b!!!!", "1", "6"):
        async with live.http.ws_connect(url) as socket:
            await socket.receive()
            await socket.send_str(garbage)
            await socket.send_bytes(b"\x00")
    for path in (
        "/socket.io/",
        "/socket.io/?EIO=4&transport=carrier-pigeon",
        "/socket.io/?EIO=4&transport=polling&sid=x",
    ):
        async with live.http.get(live.url + path) as answer:
            assert answer.status == 400
    await tutor.must("get-session-users")
    assert not tracebacks(caplog)


async def test_without_an_acknowledgement_events_work_too(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student")
    await student.send("raise-hand", {})
    await student.send("raise-hand", {"wrong": 1})
    await student.send("nothing", None)
    await tutor.wait("hands-changed")
    await student.must("get-session-users")


async def test_a_flood_is_slowed_down_then_ended(tmp_path_factory: pytest.TempPathFactory) -> None:
    from signaling.config import LimitsConfig

    settings = config(tmp_path_factory.mktemp("data"))
    settings = type(settings)(
        data_dir=settings.data_dir, http=settings.http, auth=settings.auth, limits=LimitsConfig()
    )
    async with serving(settings) as live:
        await live.plan()
        await live.start()
        tutor = await live.join("tutor")
        student = await live.join("student")
        replies = await asyncio.gather(
            *(student.ask("send-message", id=f"m{n}", text="x") for n in range(40)), return_exceptions=True
        )
        codes = [reply["error"]["code"] for reply in replies if isinstance(reply, dict) and not reply["ok"]]
        assert codes
        assert set(codes) == {"rate_limited"}
        for n in range(20_000):  # a slow machine sends too slowly for a thousand to be a flood
            if n % 100 == 0 and any(name == "(disconnected)" for name, _ in student.events):
                break
            await student.send("raise-hand", {"n": n})
        await student.wait("(disconnected)")
        await tutor.wait("user-updated", lambda data: data["user"]["isReconnecting"])
        await tutor.must("get-session-users")


async def test_pages_of_other_origins_cannot_connect(live: Harness) -> None:
    url = f"{live.url}/socket.io/?EIO=4&transport=websocket"
    for origin in ("https://evil.example", "null", "http://["):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await live.http.ws_connect(url, origin=origin)
    async with live.http.ws_connect(url, origin=live.url) as socket:
        assert (await socket.receive()).data.startswith("0{")
