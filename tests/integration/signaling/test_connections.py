"""A connection lives as long as its token and its sign-in, and follows the courses its user is in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from signaling.announcements import Announcement, course_topic, user_topic
from signaling.identity import Identity, Principal
from signaling.protocol.base import Role
from signaling.store.devices import DeviceRow, DeviceStore
from signaling.store.people import PeopleStore
from tests.integration.signaling.harness import COURSE, Client, Harness

pytestmark = pytest.mark.integration


def link(live: Harness, seconds: float, *, role: Role = "student", user: str = "u", course: str = COURSE) -> str:
    who = Principal(user_id=user, name=user, role=role, course_id=course)
    return live.server.tokens.issue(who, live.clock(), timedelta(seconds=seconds))


async def announce(live: Harness, topic: str, event: str, **data: Any) -> None:
    async with live.server.database.transaction() as tx:
        tx.announcements.append(Announcement(topic, event, msgspec.Raw(msgspec.json.encode(data))))


async def hears(live: Harness, client: Client, topic: str) -> bool:
    """Is what is announced there heard on this connection? Told by an announcement there, and one to the user."""
    client.clear()
    await announce(live, topic, "live-class-progress", probe=True)
    await announce(live, user_topic(client.name), "live-class-progress", last=True)
    await client.wait("live-class-progress", lambda data: "last" in data)
    return any("probe" in data for data in client.all("live-class-progress"))


async def test_a_token_that_expires_is_told_and_then_ends_the_connection(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.connect("student", "u", token=link(live, 100))
    await student.join()
    live.clock.advance(45)
    told = await student.wait("token-expiring")
    assert told["expiresAt"]
    assert student.connected
    live.clock.advance(56)
    closing = await student.wait("closing")
    assert (closing["reason"], closing["retryAfterMs"]) == ("token-expired", None)
    await student.wait("(disconnected)")
    assert len(student.all("token-expiring")) == 1
    await tutor.wait("user-updated", lambda data: data["user"]["isReconnecting"])
    assert tutor.connected


async def test_nobody_waits_for_somebody_who_is_blocked(live: Harness) -> None:
    tutor, student = await live.join("tutor"), await live.connect("student", "u", token=link(live, 1000))
    await student.join()
    await announce(live, user_topic("u"), "signed-out", reason="blocked", deviceId=None)
    left = await tutor.wait("user-left")
    assert left["participantId"] == student.id


async def test_a_renewed_token_keeps_the_connection(live: Harness) -> None:
    student = await live.connect("student", "u", token=link(live, 100))
    await student.join()
    renewed = await student.must("renew-token", token=link(live, 1000))
    assert renewed["expiresAt"]
    live.clock.advance(500)
    other = await live.connect("student", "v", token=link(live, 61, user="v"))
    live.clock.advance(30)
    await other.wait("token-expiring")
    assert not student.all("token-expiring")
    live.clock.advance(40)
    await other.wait("closing")
    await student.must("get-session-users")


@pytest.mark.parametrize("change", [{"user": "somebody-else"}, {"role": "tutor"}, {"course": "another"}])
async def test_only_the_same_token_again_renews(live: Harness, change: dict[str, Any]) -> None:
    student = await live.connect("student", "u", token=link(live, 100))
    assert await student.refused("renew-token", token=link(live, 1000, **change)) == "forbidden"
    assert await student.refused("renew-token", token="not a token") == "unauthorized"
    assert await student.refused("renew-token", token=link(live, -10)) == "unauthorized"
    live.clock.advance(101)
    await student.wait("(disconnected)")


async def test_signing_out_closes_the_connections_of_the_device(live: Harness) -> None:
    async with live.server.database.transaction() as tx:
        await PeopleStore().add(tx, "u", "u", live.clock())

    async def device(device_id: str) -> Client:
        now = live.clock()
        until = now + timedelta(hours=1)
        row = DeviceRow(
            id=device_id,
            user_id="u",
            label=device_id,
            address="",
            salt="",
            generation=0,
            rotated_at=None,
            created_at=now,
            last_used_at=now,
            expires_at=until,
            revoked_at=None,
        )
        async with live.server.database.transaction() as tx:
            await DeviceStore().add(tx, row)
        who = Identity(user_id="u", name="u", expires_at=until, device_id=device_id)
        return await live.connect("student", "u", token=live.server.tokens.issue_access(who, live.clock()))

    phone, laptop, guest = await device("phone"), await device("laptop"), await live.connect("student", "v")
    await announce(live, user_topic("u"), "signed-out", reason="signed-out", deviceId="phone")
    assert (await phone.wait("closing"))["reason"] == "signed-out"
    await phone.wait("(disconnected)")
    assert laptop.connected
    await announce(live, user_topic("u"), "signed-out", reason="blocked", deviceId=None)
    await laptop.wait("(disconnected)")
    assert guest.connected


async def test_who_leaves_a_course_hears_no_more_of_it_and_leaves_its_rooms(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student", "u")
    second = await live.connect("student", "u")
    assert await hears(live, student, course_topic(COURSE))
    await announce(live, user_topic("u"), "enrolment-changed", courseId=COURSE, sectionId=None, role=None)
    await student.wait("removed")
    await tutor.wait("user-left", lambda data: data["participantId"] == student.id)
    assert not await hears(live, student, course_topic(COURSE))
    assert not await hears(live, second, course_topic(COURSE))
    assert await student.refused("get-session-users") == "not_joined"


async def test_sections_are_followed_as_the_enrolment_says(live: Harness) -> None:
    student = await live.connect("student", "u")
    red, blue = course_topic(COURSE, "red"), course_topic(COURSE, "blue")
    assert not await hears(live, student, red)
    for section, follows in (("red", (True, False)), ("blue", (False, True)), (None, (False, False))):
        change = {"courseId": COURSE, "sectionId": section, "role": "student"}
        await announce(live, user_topic("u"), "enrolment-changed", **change)
        assert (await hears(live, student, red), await hears(live, student, blue)) == follows
        assert await hears(live, student, course_topic(COURSE))
    await announce(live, user_topic("u"), "enrolment-changed", courseId="other", sectionId=None, role="tutor")
    # the token is a link to one course: it opens no other
    assert not await hears(live, student, course_topic("other"))


async def test_courses_can_be_left_and_joined_again(live: Harness) -> None:
    student = await live.connect("student", "u")
    await student.must("leave-course", courseId=COURSE)
    assert not await hears(live, student, course_topic(COURSE))
    joined = await student.must("join-course", courseId=COURSE)
    assert (joined["courseId"], joined["sectionId"], joined["role"]) == (COURSE, None, "student")
    assert await hears(live, student, course_topic(COURSE))
    assert await student.refused("join-course", courseId="another") == "not_found"
    assert await student.refused("join-course", courseId=COURSE, sectionId="red") == "forbidden"
    assert not await hears(live, student, course_topic(COURSE, "red"))
    tutor = await live.connect("tutor", "t")
    await tutor.must("join-course", courseId=COURSE, sectionId="red")
    assert await hears(live, tutor, course_topic(COURSE, "red"))
    # what one does on one connection is of that connection alone
    second = await live.connect("student", "u")
    await student.must("leave-course", courseId=COURSE)
    assert await hears(live, second, course_topic(COURSE))
