"""A school's first class, without a browser: from an empty server to a class that has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.signaling.harness import Client, Harness, config, serving

PASSWORD = "correct horse battery"
STUDENTS = ("Ada", "Ben", "Çiğdem")
ROSTER = "name,email\nAda,ada@school.example\nBen,ben@school.example\n\nÇiğdem,cigdem@school.example\nDora\n"


@pytest.fixture
async def school(tmp_path: Path, database_url: str) -> AsyncIterator[Harness]:
    async with serving(config(tmp_path, database_url)) as harness:
        yield harness


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, harness: Harness, token: str) -> None:
        self._harness = harness
        self.token = token

    async def __call__(self, method: str, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        found, answer = await self._harness.rest(method, f"/api/v1{path}", self.token, body)
        assert found == status, answer
        return answer

    async def connect(self, name: str) -> Client:
        return await self._harness.connect("student", name, token=self.token)


async def sign_in(harness: Harness, name: str) -> Person:
    credentials = {"name": name, "password": PASSWORD}
    status, answer = await harness.rest("POST", "/api/v1/auth/sign-in", body=credentials)
    assert status == 200, answer
    return Person(harness, answer["accessToken"])


async def first_admin(harness: Harness) -> Person:
    setup = await harness.server.control.people.accounts.new_setup_token()
    body = {"token": setup, "username": "head", "name": "The head", "password": PASSWORD}
    status, answer = await harness.rest("POST", "/api/v1/setup", body=body)
    assert status in (200, 201), answer
    return Person(harness, answer["accessToken"])


async def test_from_an_empty_server_to_a_class_that_has_ended(school: Harness) -> None:
    admin = await first_admin(school)
    await admin("POST", "/users", {"name": "Hypatia", "username": "hypatia", "password": PASSWORD}, 201)
    for name, email in zip(STUDENTS, ("ada", "ben", "cigdem"), strict=True):
        body = {"name": name, "email": f"{email}@school.example", "password": PASSWORD}
        await admin("POST", "/users", body, 201)

    tutor = await sign_in(school, "hypatia")
    course = await tutor("POST", "/courses", {"title": "Number theory"}, 201)
    report = await import_roster(school, tutor, course["id"])
    assert [(line["line"], line["status"]) for line in report["lines"]] == [
        (2, "added"),
        (3, "added"),
        (5, "added"),
        (6, "failed"),
    ]
    assert report["lines"][-1]["reason"]

    students = [await sign_in(school, f"{email}@school.example") for email in ("ada", "ben", "cigdem")]
    sockets = [await person.connect(name) for person, name in zip(students, STUDENTS, strict=True)]
    stranger = await school.connect("student", "Mallory", token=school.token("student", course="physics"))

    at = (school.clock() + timedelta(hours=1)).isoformat()
    plan = {"courseId": course["id"], "title": "Primes", "scheduledAt": at, "durationMinutes": 45}
    live_class = await tutor("POST", "/live-classes", plan, 201)
    for socket in sockets:
        told = await socket.wait("live-class-scheduled")
        assert told["liveClass"]["title"] == "Primes"
    assert [c["id"] for c in (await students[0]("GET", "/live-classes?status=upcoming"))["items"]] == [
        live_class["id"]
    ]

    started = await tutor("POST", f"/live-classes/{live_class['id']}/start")
    for socket in sockets:
        told = await socket.wait("live-class-started")
        assert told["liveClass"]["sessionId"] == started["sessionId"]
        kept = await socket.wait("notification", lambda data: data["notification"]["kind"] == "live-class-started")
        assert kept["notification"]["liveClassId"] == live_class["id"]
        await socket.join(live_class["id"])
    teaching = await tutor.connect("Hypatia")
    await teaching.join(live_class["id"])
    assert (await tutor("GET", f"/live-classes/{live_class['id']}"))["participantCount"] == 4

    await sockets[0].must("send-message", id="q1", text="Is 1 a prime?", type="question")
    for client in (*sockets, teaching):
        said = await client.wait("new-message")
        assert (said["message"]["text"], said["message"]["name"]) == ("Is 1 a prime?", "Ada")
    await teaching.must("send-message", id="a1", text="It is not.", type="answer", replyTo="q1")
    await sockets[1].wait("new-message", lambda data: data["message"]["replyTo"] == "q1")

    await tutor("POST", f"/live-classes/{live_class['id']}/end")
    for socket in sockets:
        await socket.wait("live-class-ended")
    (session,) = (await tutor("GET", f"/live-classes/{live_class['id']}/attendance"))["sessions"]
    assert {person["name"] for person in session["people"]} == {"Hypatia", *STUDENTS}
    assert [person["questions"] for person in session["people"] if person["name"] == "Ada"] == [1]
    assert not {name for name, _ in stranger.events} & {
        "live-class-scheduled",
        "live-class-started",
        "new-message",
    }


async def import_roster(harness: Harness, tutor: Person, course_id: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {tutor.token}", "Content-Type": "text/csv"}
    url = f"{harness.url}/api/v1/courses/{course_id}/roster/import"
    async with harness.http.post(url, data=ROSTER.encode(), headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        report: dict[str, Any] = await answer.json()
        return report


async def test_who_was_away_finds_the_notice_when_coming_back(school: Harness) -> None:
    admin = await first_admin(school)
    for name in ("hypatia", "ada"):
        await admin("POST", "/users", {"name": name, "username": name, "password": PASSWORD}, 201)
    tutor, ada = await sign_in(school, "hypatia"), await sign_in(school, "ada")
    course = await tutor("POST", "/courses", {"title": "Number theory"}, 201)
    me = await ada("GET", "/me")
    await tutor("POST", f"/courses/{course['id']}/roster", {"userId": me["id"]}, 201)
    live_class = await tutor("POST", "/live-classes", {"courseId": course["id"], "title": "Primes"}, 201)
    await tutor("POST", f"/live-classes/{live_class['id']}/start")

    socket = await ada.connect("Ada")
    missed = await socket.must("sync-notifications", lastSeq=0)
    started = [n for n in missed["items"] if n["kind"] == "live-class-started"]
    assert [n["liveClassId"] for n in started] == [live_class["id"]]
    await socket.join(live_class["id"])
