"""Invites: guests come in by their name, students with their account, and not one more than was said."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.signaling.accounts_support import access_token, account, admin
from tests.integration.signaling.harness import CLASS, COURSE, Data, Harness

pytestmark = pytest.mark.integration

OF_COURSE = f"/api/v1/courses/{COURSE}/invites"


async def invite(harness: Harness, token: str = "", **fields: Any) -> Data:
    status, made = await harness.rest("POST", OF_COURSE, token or harness.token("tutor"), fields)
    assert status == 201, made
    return made


def path(made: Data) -> str:
    return f"/api/v1/invites/{made['token']}"


async def test_a_guest_comes_in_by_name(live: Harness) -> None:
    made = await invite(live, liveClassId=CLASS, label="Parents")
    status, info = await live.rest("GET", path(made))
    about = {"courseTitle": COURSE, "liveClassTitle": "Fractions", "role": "guest"}
    assert (status, {name: info[name] for name in about}) == (200, about)
    assert info["startedAt"] is not None and "tutor-1" in info["tutors"]
    status, accepted = await live.rest("POST", f"{path(made)}/accept", body={"name": " Grace\u202e "})
    assert (status, accepted["role"], accepted["liveClassId"]) == (200, "guest", CLASS)
    guest = await live.connect("guest", token=accepted["token"])
    assert (await guest.join())["participantId"]
    _, me = await live.rest("GET", "/api/v1/me", accepted["token"])
    assert (me["name"], me["provider"]) == ("Grace", "guest")
    _, listed = await live.rest("GET", OF_COURSE, live.token("tutor"))
    assert [(one["id"], one["uses"], one["label"]) for one in listed["items"]] == [(made["id"], 1, "Parents")]
    assert listed["items"][0]["token"] == made["token"]
    assert (await live.rest("POST", f"{path(made)}/accept", body={}))[0] == 400
    assert (await live.rest("GET", "/api/v1/courses/other/roster", accepted["token"]))[0] == 404


async def test_of_those_who_race_for_the_last_use_one_wins(planned: Harness) -> None:
    made = await invite(planned, maxUses=3)
    answers = await asyncio.gather(
        *(planned.rest("POST", f"{path(made)}/accept", body={"name": f"Guest {n}"}) for n in range(8))
    )
    assert sorted(status for status, _ in answers) == [200] * 3 + [410] * 5
    _, listed = await planned.rest("GET", OF_COURSE, planned.token("tutor"))
    assert listed["items"][0]["uses"] == 3


async def test_an_invite_ends(planned: Harness) -> None:
    tutor = planned.token("tutor", "Tutor")
    soon = (planned.clock() + timedelta(hours=1)).isoformat()
    expiring = await invite(planned, tutor, expiresAt=soon)
    revoked = await invite(planned, tutor)
    of_class = await invite(planned, tutor, liveClassId=CLASS)
    used_up = await invite(planned, tutor, maxUses=1)
    assert (await planned.rest("POST", f"{path(used_up)}/accept", body={"name": "Ada"}))[0] == 200
    _, guest = await planned.rest("POST", f"{path(expiring)}/accept", body={"name": "Grace"})
    assert guest["expiresAt"].startswith(soon[:19])
    assert (await planned.rest("DELETE", f"{OF_COURSE}/{revoked['id']}", tutor))[0] == 204
    assert (await planned.rest("DELETE", f"{OF_COURSE}/nothing", tutor))[0] == 404
    await planned.start()
    await planned.rest("POST", f"/api/v1/live-classes/{CLASS}/end", tutor)
    planned.clock.advance(3601)
    forged = {"token": expiring["token"][:-1] + ("A" if expiring["token"][-1] != "A" else "B")}
    answers = [
        (expiring, 410, "invite_expired"),
        (revoked, 410, "invite_revoked"),
        (of_class, 410, "invite_expired"),
        (used_up, 410, "invite_used_up"),
        # who makes up a link is told nothing
        *((made_up, 404, "not_found") for made_up in (forged, {"token": "nothing"}, {"token": "x" * 64})),
    ]
    for made, *expected in answers:
        for method, where, body in (("GET", path(made), None), ("POST", f"{path(made)}/accept", {"name": "x"})):
            status, problem = await planned.rest(method, where, body=body)
            assert [status, problem["code"]] == expected
    assert (await planned.rest("GET", "/api/v1/me", guest["token"]))[0] == 401


async def test_only_tutors_invite(planned: Harness) -> None:
    made = await invite(planned)
    _, guest = await planned.rest("POST", f"{path(made)}/accept", body={"name": "Grace"})
    stranger = access_token(planned, await account(planned, "stranger"))
    for token, wanted in ((planned.token("student"), 403), (guest["token"], 403), (stranger, 404)):
        for method, where, body in (
            ("POST", OF_COURSE, {}),
            ("GET", OF_COURSE, None),
            ("DELETE", f"{OF_COURSE}/{made['id']}", None),
        ):
            assert (await planned.rest(method, where, token, body))[0] == wanted
    _, root = await admin(planned)
    assert (await planned.rest("POST", OF_COURSE, root, {}))[0] == 201


NO_INVITES: list[Data] = [
    {"role": "tutor"},
    {"maxUses": 0},
    {"expiresAt": "2001-01-01T00:00:00Z"},
    {"expiresAt": "2199-01-01T00:00:00Z"},
    {"expiresAt": "2030-01-01T00:00:00"},
    {"label": "x" * 10_240},
]


async def test_an_invite_that_makes_no_sense_is_refused(planned: Harness) -> None:
    for body in NO_INVITES:
        status, problem = await planned.rest("POST", OF_COURSE, planned.token("tutor"), body)
        assert (status, problem["code"]) == (400, "bad_request"), body


async def test_a_class_of_another_course_is_not_there(planned: Harness) -> None:
    body = {"title": "Other", "id": "other"}
    await planned.rest("POST", "/api/v1/live-classes", planned.token("tutor", course="physics"), body)
    status, _ = await planned.rest("POST", OF_COURSE, planned.token("tutor"), {"liveClassId": "other"})
    assert status == 404


async def test_a_student_invite_enrols_an_account_once(planned: Harness) -> None:
    made = await invite(planned, role="student", maxUses=2)
    user_id = await account(planned, "ada")
    token = access_token(planned, user_id)
    accept = f"{path(made)}/accept"
    status, problem = await planned.rest("POST", accept, body={"name": "Ada"})
    assert (status, problem["code"]) == (401, "unauthorized")
    assert (await planned.rest("POST", accept, "nonsense", {"name": "Ada"}))[0] == 401
    socket = await planned.connect("student", token=token)
    answers = await asyncio.gather(*(planned.rest("POST", accept, token, {}) for _ in range(3)))
    assert [(status, answer["role"], answer["token"]) for status, answer in answers] == [
        (200, "student", None)
    ] * 3
    assert (await socket.wait("enrolment-changed"))["courseId"] == COURSE
    _, classes = await planned.rest("GET", "/api/v1/live-classes", token)
    assert [one["id"] for one in classes["items"]] == [CLASS]
    _, listed = await planned.rest("GET", OF_COURSE, planned.token("tutor"))
    assert listed["items"][0]["uses"] == 1


async def test_a_guest_stays_what_the_roster_says(planned: Harness) -> None:
    made = await invite(planned)
    _, guest = await planned.rest("POST", f"{path(made)}/accept", body={"name": "Grace"})
    tutor = planned.token("tutor")
    roster = f"/api/v1/courses/{COURSE}/roster/{guest['userId']}"
    assert (await planned.rest("PATCH", roster, tutor, {"role": "student"}))[0] == 200
    assert (await planned.rest("GET", "/api/v1/live-classes", guest["token"]))[0] == 200
    _, entries = await planned.rest("GET", f"/api/v1/courses/{COURSE}/roster?role=student", tutor)
    assert [entry["userId"] for entry in entries["items"]] == [guest["userId"]]
    assert (await planned.rest("DELETE", roster, tutor))[0] == 204
    assert (await planned.rest("GET", "/api/v1/live-classes", guest["token"]))[0] == 401
