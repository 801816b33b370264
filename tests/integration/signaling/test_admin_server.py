"""What admins see of the server: running classes, room that is taken, settings. That nobody else sees it is in the
table of permissions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.integration.signaling.accounts_support import admin
from tests.integration.signaling.harness import CLASS, COURSE, SECRET, Harness, config, serving
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

ADMIN = "/api/v1/admin"


async def test_running_classes_with_who_is_in_them(live: Harness) -> None:
    _, token = await admin(live)
    await live.join("tutor", "Noether")
    ada, _ = await live.join("student", "Ada"), await live.join("student", "Ben")
    status, found = await live.rest("GET", f"{ADMIN}/sessions", token)
    assert status == 200
    (one,) = found["items"]
    assert (one["liveClassId"], one["title"], one["courseId"]) == (CLASS, "Fractions", COURSE)
    assert (one["participants"], one["tutors"], one["waiting"]) == (3, 1, 0)
    assert (one["isHere"], one["serverUrl"], found["total"]) == (True, live.server.url, 1)
    assert one["health"]["participants"] == 2
    (server,) = found["servers"]
    assert (server["url"], server["isHere"], server["mediaLoads"]) == (live.server.url, True, [0.25])

    await ada.vanish()

    async def there() -> int:
        _, found = await live.rest("GET", f"{ADMIN}/sessions", token)
        return int(found["items"][0]["participants"])

    await eventually(there, "who lost the connection is not counted", until=lambda count: count == 2)
    assert (await live.rest("POST", f"/api/v1/live-classes/{CLASS}/end", token))[0] == 200
    _, found = await live.rest("GET", f"{ADMIN}/sessions", token)
    assert (found["items"], found["total"]) == ([], 0)


async def test_a_class_of_another_server_is_listed_with_what_the_database_knows(live: Harness) -> None:
    """The other server is a row here; real ones are in `test_cluster`."""
    _, token = await admin(live)
    await live.join("student", "Ada")
    sessions = live.server.control.sessions
    hosted = sessions._hosted.copy()
    sessions._hosted.clear()
    _, found = await live.rest("GET", f"{ADMIN}/sessions", token)
    sessions._hosted.update(hosted)
    (one,) = found["items"]
    assert (one["isHere"], one["participants"], one["tutors"]) == (False, 1, 0)
    assert (one["waiting"], one["health"]) == (None, None)


async def test_storage_counts_what_people_attached(planned: Harness) -> None:
    _, token = await admin(planned)
    _, before = await planned.rest("GET", f"{ADMIN}/storage", token)
    assert (before["files"], before["fileBytes"], before["largest"]) == (0, 0, [])
    assert before["databaseBytes"] > 10_000
    assert 0 < before["fileDisk"]["freeBytes"] <= before["fileDisk"]["totalBytes"]
    assert (before["databaseDisk"] is None) == (before["database"] == "postgresql")

    ada = planned.token("student", "Ada")
    _, room = await planned.rest("POST", "/api/v1/chat-rooms", ada, {"kind": "course", "courseId": COURSE})
    for name in ("a.txt", "b.txt"):
        headers = {"Authorization": f"Bearer {ada}", "Content-Type": "text/plain"}
        path = f"{planned.url}/api/v1/chat-rooms/{room['id']}/attachments?name={name}"
        async with planned.http.post(path, headers=headers, data=b"the same text") as answer:
            assert answer.status == 201, await answer.text()
    _, after = await planned.rest("GET", f"{ADMIN}/storage", token)
    assert (after["files"], after["fileBytes"], after["keptBytes"]) == (2, 26, 13)
    assert after["largest"] == [{"userId": "Ada", "name": "Ada", "files": 2, "bytes": 26}]


async def test_settings_are_told_without_secrets(tmp_path: Path, database_url: str) -> None:
    async with serving(config(tmp_path, database_url, audio_slots=3)) as harness:
        _, token = await admin(harness)
        status, found = await harness.rest("GET", f"{ADMIN}/settings", token)
        assert status == 200
        assert SECRET not in msgspec.json.encode(found).decode()
        settings = {one["name"]: one for one in found["items"]}
        assert (settings["session.audio_slots"]["value"], settings["session.audio_slots"]["default"]) == ("3", "4")
        assert (settings["auth.secret"]["value"], settings["auth.secret"]["isSet"]) == (None, True)
