"""Live classes as people use them: joined, left, counted, told how long they go; and races about their start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.integration.signaling.courses_support import CLASSES, COURSES, School
from tests.integration.signaling.harness import Harness, config, serving

pytestmark = pytest.mark.integration


@pytest.fixture
def school(planned: Harness) -> School:
    return School(planned)


async def test_what_is_needed_to_join_says_whether_one_can(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    ada, bo = [await school.student(tutor, course, name) for name in ("ada", "bo")]
    one = f"{CLASSES}/{(await tutor.plan(course, id='one', maxParticipants=1))['id']}"
    before = await ada.must("POST", f"{one}/join")
    assert (before["canJoin"], before["reason"], before["sessionId"]) == (False, "not-started", None)
    assert (before["role"], before["waits"], before["url"], before["media"]) == ("student", False, None, None)
    started = await tutor.must("POST", f"{one}/start")
    info = await ada.must("POST", f"{one}/join")
    assert (info["canJoin"], info["sessionId"], info["socketPath"]) == (True, started["sessionId"], "/socket.io/")
    client = await ada.connect()
    await client.join("one")
    full = await bo.must("POST", f"{one}/join")
    assert (full["canJoin"], full["reason"], full["liveClass"]["participantCount"]) == (False, "full", 1)
    refused = await bo.connect()
    code = await refused.refused("join-session", liveClassId="one", seatKey=refused.seat_key)
    assert code == "class_full"
    assert full["media"] is None
    again = await ada.must("POST", f"{one}/join")
    assert again["canJoin"] and again["media"]["audioSlots"] > 0
    assert (await tutor.must("POST", f"{one}/join"))["canJoin"]
    await tutor.must("PATCH", one, {"maxParticipants": 2})
    await refused.join("one")
    await tutor.must("POST", f"{one}/end")
    assert (await ada.must("POST", f"{one}/join"))["reason"] == "ended"
    other = (await tutor.plan(course, waitingRoom=True))["id"]
    assert (await ada.must("POST", f"{CLASSES}/{other}/join"))["waits"]
    assert not (await tutor.must("POST", f"{CLASSES}/{other}/join"))["waits"]
    await tutor.must("POST", f"{CLASSES}/{other}/cancel", {})
    assert (await ada.must("POST", f"{CLASSES}/{other}/join"))["reason"] == "cancelled"


async def test_who_is_there_and_who_was(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    ada, bo = [await school.student(tutor, course, name) for name in ("ada", "bo")]
    await tutor.plan(course, id="one")
    one = f"{CLASSES}/one"
    await tutor.must("POST", f"{one}/start")
    phone, laptop, other = await ada.connect(), await ada.connect(), await bo.connect()
    laptop.seat_key = "another-device-0123456789"
    for client in (phone, laptop, other):
        await client.join("one")
    details = await bo.must("GET", one)
    assert details["participantCount"] == 3
    assert [(p["name"], p["devices"], p["role"]) for p in details["connected"]] == [
        ("Ada", 2, "student"),
        ("Bo", 1, "student"),
    ]
    guest = school.harness.token("guest", "Guest", course)
    status, seen = await school.harness.rest("GET", one, guest)
    assert (status, seen["connected"], seen["participantCount"]) == (200, None, 3)
    await other.vanish()
    await phone.wait("user-updated", lambda data: bool(data["user"]["isReconnecting"]))
    connected = (await tutor.must("GET", one))["connected"]
    assert {p["name"]: p["isReconnecting"] for p in connected} == {"Ada": False, "Bo": True}
    assert (await ada.must("POST", f"{one}/leave")) == {"devices": 2}
    assert (await ada.must("POST", f"{one}/leave")) == {"devices": 0}
    assert await phone.refused("raise-hand") == "not_joined"

    async def attendees(query: str = "") -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        cursor = ""
        while cursor is not None:
            page = await tutor.must("GET", f"{one}/attendees?limit=1{query}{cursor and '&cursor=' + cursor}")
            found += [(person["name"], person["isConnected"]) for person in page["items"]]
            cursor = page["nextCursor"]
        return found

    assert await attendees() == [("Ada", False), ("Bo", True)]
    assert await attendees("&connected=true") == [("Bo", True)]
    assert await attendees("&connected=false") == [("Ada", False)]
    assert await ada.refused("GET", f"{one}/attendees") == "forbidden"
    await tutor.must("POST", f"{one}/end")
    assert (await tutor.must("GET", one))["connected"] == []
    assert await attendees("&connected=true") == []


async def test_a_room_is_told_how_long_it_goes(tmp_path: Path, database_url: str) -> None:
    settings = config(tmp_path, database_url, progress_seconds=0.2, tutor_absence_minutes=0)
    async with serving(settings) as harness:
        school = School(harness)
        tutor = await school.person("tutor")
        course = await school.course(tutor)
        student = await school.student(tutor, course, "ada")
        await tutor.plan(course, id="one", durationMinutes=45)
        session = (await tutor.must("POST", f"{CLASSES}/one/start"))["sessionId"]
        inside, outside = await student.connect(), await tutor.connect()
        await inside.join("one")
        told = await inside.wait("live-class-progress")
        assert (told["liveClassId"], told["sessionId"], told["participantCount"]) == ("one", session, 1)
        assert told["elapsedSeconds"] + told["remainingSeconds"] in (2699, 2700)
        harness.clock.advance(600)
        await inside.wait("live-class-progress", lambda data: bool(data["elapsedSeconds"] >= 600))
        link = harness.token("tutor", course=course)
        await harness.rest("PATCH", f"{CLASSES}/one", link, {"durationMinutes": 5})
        changed = await outside.wait("live-class-duration-updated")
        assert changed["durationMinutes"] == 5
        later = await inside.wait("live-class-progress", lambda data: bool(data["remainingSeconds"] < 0))
        assert later["remainingSeconds"] <= changed["remainingSeconds"] <= -300
        assert later["elapsedSeconds"] + later["remainingSeconds"] in (299, 300)
        await harness.rest("PATCH", f"{CLASSES}/one", link, {"durationMinutes": None})
        await inside.wait("live-class-progress", lambda data: data["remainingSeconds"] is None)
        assert not outside.all("live-class-progress")


RACES = 6


async def test_of_two_starts_one_gets_the_session_and_the_other_its_id(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    client = await tutor.connect()
    for n in range(RACES):
        await tutor.plan(course, id=f"c{n}")
        answers = await asyncio.gather(*(tutor("POST", f"{CLASSES}/c{n}/start") for _ in range(4)))
        (won,) = [body for status, body in answers if status == 200]
        lost = [body for status, body in answers if status == 409]
        assert [body["code"] for body in lost] == ["already_live"] * 3
        assert {body["sessionId"] for body in lost} == {won["sessionId"]}
        await client.wait("live-class-started", lambda data, n=n: bool(data["liveClass"]["id"] == f"c{n}"))  # type: ignore[misc]
    assert len(client.all("live-class-started")) == RACES


async def test_of_start_and_cancel_one_wins(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    for n in range(RACES):
        one = f"{CLASSES}/c{n}"
        await tutor.plan(course, id=f"c{n}")
        acts = [tutor("POST", f"{one}/start"), tutor("POST", f"{one}/cancel", {})]
        answers = await asyncio.gather(*(acts if n % 2 else acts[::-1]))
        assert sorted(status for status, _ in answers) == [200, 409]
        status = (await tutor.must("GET", one))["status"]
        (won,) = [body for code, body in answers if code == 200]
        (lost,) = [body for code, body in answers if code == 409]
        assert won["status"] == status
        assert lost["code"] == ("already_live" if status == "live" else "wrong_status")


async def test_of_start_and_delete_one_wins(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    for n in range(RACES):
        one = f"{CLASSES}/c{n}"
        await tutor.plan(course, id=f"c{n}")
        acts = [tutor("POST", f"{one}/start"), tutor("DELETE", one)]
        answers = await asyncio.gather(*(acts if n % 2 else acts[::-1]))
        codes = sorted(status for status, _ in answers)
        assert codes in ([200, 409], [204, 404])
        status, _ = await tutor("GET", one)
        assert status == (200 if codes == [200, 409] else 404)


async def test_of_start_and_archive_one_wins(school: School) -> None:
    tutor = await school.person("tutor")
    for n in range(RACES):
        course = await school.course(tutor, f"course{n}")
        await tutor.plan(course, id=f"c{n}")
        acts = [tutor("POST", f"{CLASSES}/c{n}/start"), tutor("POST", f"{COURSES}/{course}/archive")]
        answers = await asyncio.gather(*(acts if n % 2 else acts[::-1]))
        assert sorted(status for status, _ in answers) == [200, 409]
        archived = (await tutor.must("GET", f"{COURSES}/{course}"))["archivedAt"] is not None
        status = (await tutor.must("GET", f"{CLASSES}/c{n}"))["status"]
        assert (archived, status) in ((True, "cancelled"), (False, "live"))


async def test_of_two_ends_one_wins_and_a_new_start_is_a_new_session(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    await tutor.plan(course, id="one")
    sessions = set()
    for _ in range(3):
        sessions.add((await tutor.must("POST", f"{CLASSES}/one/start"))["sessionId"])
        answers = await asyncio.gather(*(tutor("POST", f"{CLASSES}/one/end") for _ in range(3)))
        assert sorted(status for status, _ in answers) == [200, 409, 409]
    assert len(sessions) == 3
