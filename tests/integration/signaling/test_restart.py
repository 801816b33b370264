"""What is left after a stop, and after a kill -9: seats, hands, attendance, messages, numbers."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.signaling.harness import CLASS, Client, Clock, Harness, config, serving
from tests.support.server import PodiumServer

pytestmark = pytest.mark.integration


async def attendance(harness: Harness) -> dict[str, dict[str, Any]]:
    _, body = await harness.rest("GET", f"/api/v1/live-classes/{CLASS}/attendance/stays", harness.token("tutor"))
    return {row["name"]: row for row in body["items"]}


async def test_a_new_server_on_the_same_database_takes_the_sessions_up_again(
    tmp_path: Path, database_url: str
) -> None:
    settings, clock = config(tmp_path, database_url), Clock()
    async with serving(settings, clock) as before:
        await before.plan()
        session_id = await before.start()
        tutor = await before.join("tutor", "Hypatia")
        ada, eve, bob = [await before.join("student", name) for name in ("Ada", "Eve", "Bob")]
        await ada.must("raise-hand")
        await ada.must("send-message", id="m1", text="before")
        await tutor.must("remove-user", participantId=eve.id)
        last = (await ada.must("get-session-users"))["seq"]
    clock.advance(10)
    async with serving(settings, clock) as after:
        rows = await attendance(after)
        assert [name for name, row in rows.items() if row["leftAt"] is None] == ["Hypatia", "Ada", "Bob"]
        again = await after.connect("student", "Ada")
        joined = await again.join(lastSeq=last, sessionId=session_id)
        assert joined["resumed"]
        assert not joined["mediaKept"]
        assert joined["participantId"] == ada.id
        assert joined["sessionId"] == session_id
        assert joined["seq"] > last
        snapshot = joined["snapshot"]
        assert [hand["participantId"] for hand in snapshot["hands"]] == [ada.id]
        assert [message["text"] for message in joined["chat"]["messages"]] == ["before"]
        away = {user["name"] for user in snapshot["existingUsers"] if user["isReconnecting"]}
        assert away == {"Hypatia", "Bob"}
        removed = await after.connect("student", "Eve")
        assert await removed.refused("join-session", liveClassId=CLASS, seatKey=eve.seat_key) == "forbidden"
        retry = await again.must("send-message", id="m1", text="before")
        assert retry["message"]["text"] == "before"
        assert not again.all("new-message")
        assert (await after.rest("POST", f"/api/v1/live-classes/{CLASS}/start", after.token("tutor")))[0] == 409

        clock.advance(121)
        left = await again.wait("user-left", lambda data: data["participantId"] == bob.id)
        assert left["reason"] == "timed-out"
        rows = await attendance(after)
        assert [name for name, row in rows.items() if row["leftAt"] is None] == ["Ada"]
        assert rows["Bob"]["leftAt"] == rows["Bob"]["lastSeenAt"] < rows["Ada"]["lastSeenAt"]


async def test_a_message_older_than_the_room_remembers_is_still_there_once(
    tmp_path: Path, database_url: str
) -> None:
    async with serving(config(tmp_path, database_url, chat_history=2)) as live:
        await live.plan()
        await live.start()
        ada, eve = await live.join("student", "Ada"), await live.join("student", "Eve")
        first = await ada.must("send-message", id="m0", text="0")
        for n in range(1, 5):
            await ada.must("send-message", id=f"m{n}", text=str(n))
        assert await ada.must("send-message", id="m0", text="0") == first
        assert await eve.refused("send-message", id="m0", text="mine") == "already_exists"
        await ada.must("leave-session")
        back = await live.join("student", "Ada")
        assert back.id != ada.id
        assert await back.must("send-message", id="m0", text="0") == first
        await eve.wait("new-message", lambda data: data["message"]["id"] == "m4")
        assert len(eve.all("new-message")) == 5


async def test_two_servers_cannot_share_a_data_directory(tmp_path: Path) -> None:
    from signaling.errors import CannotStart

    async with serving(config(tmp_path)):
        with pytest.raises(CannotStart, match="in use by another podium"):
            async with serving(config(tmp_path)):
                raise AssertionError("it started")


@pytest.fixture
async def real(tmp_path: Path, database_url: str) -> AsyncIterator[PodiumServer]:
    async with PodiumServer(tmp_path, env={"PODIUM__DATABASE__URL": database_url}) as server:
        yield server


async def _join(server: PodiumServer, role: Any, name: str) -> Client:
    client = Client(name)
    await client.connect(server.url, server.token(role, name), ["websocket"])
    await client.join()
    return client


async def test_after_kill_9_everyone_is_back_in_the_same_seat(real: PodiumServer) -> None:
    await real.plan_class(CLASS)
    session_id = await real.start_class(CLASS)
    tutor = await _join(real, "tutor", "Hypatia")
    ada = await _join(real, "student", "Ada")
    await _join(real, "student", "Bob")
    await ada.must("raise-hand")
    await ada.must("update-media-state", isAudioOn=True, isVideoOn=False, isScreenOn=False)
    await real.kill()
    for client in (tutor, ada):
        await client.wait("(disconnected)")
    await real.start()

    again = await _join(real, "student", "Ada")
    assert again.joined["resumed"]
    assert again.id == ada.id
    assert again.joined["sessionId"] == session_id
    assert [hand["participantId"] for hand in again.joined["snapshot"]["hands"]] == [ada.id]
    hypatia = await _join(real, "tutor", "Hypatia")
    assert hypatia.id == tutor.id
    users = (await hypatia.must("get-session-users"))["users"]
    token = real.token("tutor", "Reader")
    rows = (await real.call("GET", f"/live-classes/{CLASS}/attendance/stays", token))["items"]
    assert {row["participantId"] for row in rows if row["leftAt"] is None} == {user["id"] for user in users}
    await hypatia.must("end-session")
    rows = (await real.call("GET", f"/live-classes/{CLASS}/attendance/stays", token))["items"]
    assert all(row["leftAt"] is not None for row in rows)
    for client in (again, hypatia):
        await client.close()
    assert await real.stop() == 0
    with socket.create_server(("127.0.0.1", real.port)):
        pass
