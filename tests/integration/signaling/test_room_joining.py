"""Every join order, coming back, leaving: who sees whom, over real sockets and a real database."""

from __future__ import annotations

import asyncio
import itertools
from functools import partial
from typing import Any

import pytest

from tests.integration.signaling.harness import CLASS, Client, Harness

pytestmark = pytest.mark.integration


def names(users: list[dict[str, str]]) -> set[str]:
    return {user["name"] for user in users}


def is_about(participant_id: str, data: dict[str, Any]) -> bool:
    return bool(data["user"]["id"] == participant_id)


@pytest.mark.parametrize("order", list(itertools.permutations(["tutor", "student", "guest"])))
async def test_every_join_order_ends_with_everyone_seeing_everyone(live: Harness, order: tuple[str, ...]) -> None:
    clients: list[Client] = []
    for role in order:
        client = await live.join(role, role)  # type: ignore[arg-type]
        existing = await client.wait("existing-users")
        assert names(existing["users"]) == {other.name for other in clients}
        assert names(client.joined["snapshot"]["existingUsers"]) == {other.name for other in [*clients, client]}
        for other in clients:
            joined = await other.wait("user-joined", partial(is_about, client.id))
            assert joined["user"]["socketId"] == client.sid
            assert joined["user"]["role"] == role
            assert not joined["user"]["isAudioOn"]
        clients.append(client)
    for client in clients[:-1]:
        listed = await client.wait("participants-list", lambda data: data["count"] == 3)
        assert names(listed["users"]) == set(order)
        assert client.numbers() == list(range(client.joined["seq"] + 1, client.numbers()[-1] + 1))


async def test_many_at_once_all_get_in_and_agree(live: Harness) -> None:
    clients = await asyncio.gather(*(live.join("student", f"s{n}") for n in range(12)))
    users = [await client.must("get-session-users") for client in clients]
    assert {len(answer["users"]) for answer in users} == {12}
    assert len({client.id for client in clients}) == 12


async def test_a_class_that_is_not_live_is_joined_when_it_starts(planned: Harness) -> None:
    student = await planned.connect("student")
    code = await student.refused("join-session", liveClassId=CLASS, seatKey=student.seat_key)
    assert code == "not_live"
    session_id = await planned.start()
    started = await student.wait("live-class-started")
    assert started["liveClass"]["sessionId"] == session_id
    assert started["liveClass"]["status"] == "live"
    assert (await student.join())["sessionId"] == session_id


async def test_a_refresh_keeps_the_seat_the_hand_and_leaves_no_ghost(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student", "Ada")
    await student.must("update-media-state", isAudioOn=True, isVideoOn=True, isScreenOn=False)
    await student.must("raise-hand")
    tutor.clear()
    await student.vanish()
    away = await tutor.wait("user-updated", lambda data: data["user"]["isReconnecting"])
    assert not away["user"]["isAudioOn"]
    assert away["user"]["isHandRaised"]

    again = await live.connect("student", "Ada")
    joined = await again.join()
    assert joined["resumed"]
    assert joined["participantId"] == student.id
    assert [hand["participantId"] for hand in joined["snapshot"]["hands"]] == [student.id]
    back = await tutor.wait("user-updated", lambda data: data["user"]["socketId"] == again.sid)
    assert not back["user"]["isReconnecting"]
    assert len((await tutor.must("get-session-users"))["users"]) == 2
    assert not tutor.all("user-joined")
    assert not tutor.all("user-left")


async def test_the_same_seat_from_a_new_connection_drops_the_old_one(live: Harness) -> None:
    tutor = await live.join("tutor")
    old = await live.join("student", "Ada")
    new = await live.connect("student", "Ada")
    assert (await new.join())["participantId"] == old.id
    removed = await old.wait("removed")
    assert removed["reason"] == "replaced"
    await old.wait("(disconnected)")
    assert len((await tutor.must("get-session-users"))["users"]) == 2
    await new.must("raise-hand")
    assert not any(user["isReconnecting"] for user in (await tutor.must("get-session-users"))["users"])


async def test_a_seat_key_opens_nobody_elses_seat(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    eve = await live.connect("student", "Eve")
    joined = await eve.join(seatKey=ada.seat_key)
    assert not joined["resumed"]
    assert joined["participantId"] != ada.id


async def test_leaving_frees_the_seat_at_once(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student")
    await student.must("leave-session")
    left = await tutor.wait("user-left")
    assert (left["participantId"], left["reason"]) == (student.id, "left")
    assert (await tutor.wait("participants-list", lambda data: data["count"] == 1))["count"] == 1
    assert await student.refused("raise-hand") == "not_joined"
    assert not (await student.join())["resumed"]


async def test_a_seat_nobody_comes_back_to_is_closed_with_the_time_of_the_loss(live: Harness) -> None:
    tutor = await live.join("tutor", "Tutor")
    student = await live.join("student", "Ada")
    await student.vanish()
    await tutor.wait("user-updated", lambda data: data["user"]["isReconnecting"])
    live.clock.advance(119)
    await live.server.control.sessions.tick()
    await tutor.must("get-session-users")
    assert not tutor.all("user-left")
    live.clock.advance(2)
    assert (await tutor.wait("user-left"))["reason"] == "timed-out"
    path = f"/api/v1/live-classes/{CLASS}/attendance/stays"
    _, attendance = await live.rest("GET", path, live.token("tutor"))
    rows = {row["name"]: row for row in attendance["items"]}
    assert rows["Tutor"]["leftAt"] is None
    assert rows["Ada"]["leftReason"] == "timed-out"
    assert rows["Ada"]["leftAt"] == rows["Ada"]["lastSeenAt"]
    again = await live.connect("student", "Ada")
    assert not (await again.join())["resumed"]


async def test_joining_twice_on_one_connection_changes_nothing(live: Harness) -> None:
    student = await live.join("student")
    first = student.id
    assert (await student.join())["participantId"] == first
    code = await student.refused("join-session", liveClassId=CLASS, seatKey="another-seat-key-1234")
    assert code == "bad_request"
    assert len((await student.must("get-session-users"))["users"]) == 1


async def test_another_course_does_not_get_in(live: Harness) -> None:
    stranger = await live.connect("student", token=live.token("student", course="history"))
    assert await stranger.refused("join-session", liveClassId=CLASS, seatKey=stranger.seat_key) == "not_found"
    assert await stranger.refused("join-session", liveClassId="nothing", seatKey=stranger.seat_key) == "not_found"


async def test_by_long_polling_too(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.connect("student", transports=["polling"])
    await student.join()
    await tutor.must("send-message", id="m1", text="hello")
    assert (await student.wait("new-message"))["message"]["text"] == "hello"


async def test_the_answer_comes_before_what_it_causes(live: Harness) -> None:
    url = f"{live.url}/socket.io/?EIO=4&transport=websocket"
    async with live.http.ws_connect(url) as socket:
        await socket.receive()
        await socket.send_str(f'40{{"token":"{live.token("student")}"}}')
        await socket.receive()
        await socket.send_str(f'421["join-session",{{"liveClassId":"{CLASS}","seatKey":"0123456789abcdef"}}]')

        async def frame() -> str:
            while (text := str((await socket.receive()).data)).startswith('42["presence-changed"'):
                pass  # it is told now and then, whatever else happens
            return text[:20]

        frames = [await frame() for _ in range(2)]
        await socket.send_str('422["raise-hand"]')
        frames += [await frame() for _ in range(3)]
    starts = ['431[{"ok":true', '42["existing-users"', '432[{"ok":true', '42["user-updated"', '42["hands-changed"']
    assert [frame.startswith(start) for frame, start in zip(frames, starts, strict=True)] == [True] * 5, frames
