"""What a page is told before its user joins: the class, what it costs, and how good the line is."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from tests.integration.signaling.harness import CLASS, Harness

pytestmark = pytest.mark.integration

TEST = "/api/v1/network-test"


async def test_who_is_about_to_join_is_told_the_class_its_tutors_and_its_cost(live: Harness) -> None:
    token = live.token("student", "Ada")
    before = live.clock()
    status, info = await live.rest("POST", f"/api/v1/live-classes/{CLASS}/join", token)
    assert (status, info["canJoin"], info["role"]) == (200, True, "student")
    assert info["tutors"] and all(name.startswith("tutor-") for name in info["tutors"])
    assert before <= datetime.fromisoformat(info["now"]) <= live.clock()
    ada = await live.join("student", "Ada")
    costs = [use["megabytesPerHour"] for use in info["receptionUse"]]
    assert costs == sorted(costs, reverse=True) and costs[-1] > 0
    assert ada.joined["receptionUse"] == info["receptionUse"]
    lines = {"audioSlots", "videoSlots"}
    assert {name: info["media"][name] for name in lines} == {name: ada.joined["limits"][name] for name in lines}


async def test_an_offer_may_follow_the_wish_to_join_at_once(live: Harness) -> None:
    ada = await live.connect("student", "Ada")
    offer = {"offer": "v=0", "sources": {}}
    joined, connected = await asyncio.gather(
        ada.must("join-session", liveClassId=CLASS, seatKey=ada.seat_key), ada.must("connect-media", **offer)
    )
    assert joined["admission"] == "admitted" and connected["answer"]
    ben = await live.connect("student", "Ben")
    wish, offered = await asyncio.gather(
        ben.refused("join-session", liveClassId="unknown", seatKey=ben.seat_key),
        ben.refused("connect-media", offer),
    )
    assert (wish, offered) == ("not_found", "not_joined")


async def test_octets_are_sent_and_taken_to_be_timed(live: Harness) -> None:
    headers = {"Authorization": f"Bearer {live.token('student', 'Ada')}"}
    seen = []
    for size in (0, 1, 128_000):
        async with live.http.get(f"{live.url}{TEST}?bytes={size}", headers=headers) as answer:
            seen.append(await answer.read())
            assert (answer.status, len(seen[-1])) == (200, size)
            assert "no-store" in answer.headers["Cache-Control"]
            assert "Content-Encoding" not in answer.headers
    assert len(set(seen[-1])) == 256
    for size, status in ((1, 204), (128_000, 204), (128_001, 413)):
        async with live.http.post(live.url + TEST, headers=headers, data=b"\0" * size) as answer:
            assert answer.status == status
    for query in ("bytes=-1", "bytes=128001", "bytes=x", "size=1"):
        assert (await live.rest("GET", f"{TEST}?{query}", live.token("student", "Ada")))[0] == 400
    assert (await live.rest("GET", TEST))[0] == 401


async def test_nobody_makes_the_server_send_without_end(live: Harness) -> None:
    headers = {"Authorization": f"Bearer {live.token('student', 'Ada')}"}

    async def ask(size: int, name: str = "") -> int:
        sender = {"Authorization": f"Bearer {live.token('student', name)}"} if name else headers
        async with live.http.get(f"{live.url}{TEST}?bytes={size}", headers=sender) as answer:
            return answer.status

    answers = [await ask(1) for _ in range(40)]
    assert set(answers) == {200, 429}
    # a round trip costs nothing, and others are not held up
    assert (await ask(0), await ask(1, "Ben")) == (200, 200)
