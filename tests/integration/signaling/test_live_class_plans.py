"""Live classes planned, listed, changed, cancelled and deleted; and who hears of it."""

from __future__ import annotations

import itertools

import pytest

from signaling.announcements import user_topic
from signaling.protocol.courses import EnrolmentChanged
from signaling.store.attendance import AttendanceStore
from tests.integration.signaling.courses_support import CLASSES, COURSES, Person, School
from tests.integration.signaling.harness import Client, Data, Harness

pytestmark = pytest.mark.integration


@pytest.fixture
def school(planned: Harness) -> School:
    return School(planned)


class Cast:
    """A course with sections A and B, and everyone connected whom news may concern or not."""

    def __init__(self, school: School, tutor: Person, course: str, section: str) -> None:
        self.school = school
        self.tutor = tutor
        self.course = course
        self.section = section
        self.people: dict[str, Person] = {}
        self.clients: dict[str, Client] = {}
        self._numbers = itertools.count()

    @classmethod
    async def of(cls, school: School) -> Cast:
        tutor = await school.person("tutor")
        course = await school.course(tutor)
        section = (await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "A"}))["id"]
        other = (await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "B"}))["id"]
        cast = cls(school, tutor, course, section)
        cast.people = {
            "tutor": tutor,
            "in a": await school.student(tutor, course, "ada", sectionId=section),
            "in b": await school.student(tutor, course, "bo", sectionId=other),
            "in none": await school.student(tutor, course, "cy"),
            "second tutor": await school.student(tutor, course, "dee", role="tutor", sectionId=other),
            "removed": await school.student(tutor, course, "eve"),
            "stranger": await school.person("stranger"),
        }
        cast.clients = {name: await person.connect() for name, person in cast.people.items()}
        await tutor.must("DELETE", f"{COURSES}/{course}/roster/{cast.people['removed'].id}")
        await cast.clients["removed"].wait("enrolment-changed")
        return cast

    async def heard(self, event: str, live_class_id: str, expected: set[str]) -> None:
        """Exactly these heard it, once. Announcements come in their order: after a later one for everybody nothing
        more comes."""
        later = f"later-{next(self._numbers)}"
        async with self.school.harness.server.database.transaction() as tx:
            for person in self.people.values():
                tx.announce(user_topic(person.id), EnrolmentChanged(course_id=later, section_id=None, role=None))
        heard: dict[str, int] = {}
        for name, client in self.clients.items():
            await client.wait("enrolment-changed", lambda data: bool(data["courseId"] == later))
            heard[name] = sum(_class_of(data) == live_class_id for data in client.all(event))
        assert {name: count for name, count in heard.items() if count} == dict.fromkeys(expected, 1)


def _class_of(data: Data) -> str:
    found = data["liveClass"]["id"] if "liveClass" in data else data["liveClassId"]
    return str(found)


async def test_only_those_concerned_hear_of_a_class_at_once(school: School) -> None:
    cast = await Cast.of(school)
    everyone = {"tutor", "in a", "in b", "in none", "second tutor"}
    section = {"tutor", "in a", "second tutor"}
    for fields, expected in (({}, everyone), ({"sectionId": cast.section}, section)):
        one = (await cast.tutor.plan(cast.course, **fields))["id"]
        await cast.heard("live-class-scheduled", one, expected)
        await cast.tutor.must("PATCH", f"{CLASSES}/{one}", {"title": "Changed"})
        await cast.heard("live-class-updated", one, expected)
        await cast.tutor.must("POST", f"{CLASSES}/{one}/start")
        await cast.heard("live-class-started", one, expected)
        await cast.tutor.must("PATCH", f"{CLASSES}/{one}", {"durationMinutes": 50})
        await cast.heard("live-class-duration-updated", one, expected)
        await cast.tutor.must("POST", f"{CLASSES}/{one}/end")
        await cast.heard("live-class-ended", one, expected)
        await cast.tutor.must("DELETE", f"{CLASSES}/{one}")
        await cast.heard("live-class-deleted", one, expected)
        other = (await cast.tutor.plan(cast.course, **fields))["id"]
        await cast.tutor.must("POST", f"{CLASSES}/{other}/cancel", {"reason": "snow"})
        await cast.heard("live-class-cancelled", other, expected)


async def test_a_class_of_a_section_is_not_there_for_others(school: School) -> None:
    cast = await Cast.of(school)
    one = (await cast.tutor.plan(cast.course, sectionId=cast.section, scheduledAt=school.at(days=1)))["id"]
    await cast.tutor.must("POST", f"{CLASSES}/{one}/start")
    for name in ("in b", "in none", "stranger", "removed"):
        person, client = cast.people[name], cast.clients[name]
        for method, path in (
            *(("GET", ""), ("POST", "/join"), ("POST", "/leave"), ("POST", "/start"), ("GET", "/calendar.ics")),
            *(("GET", "/attendees"), ("DELETE", ""), ("POST", "/end")),
        ):
            assert await person.refused(method, f"{CLASSES}/{one}{path}") == "not_found", path
        assert await client.refused("join-session", liveClassId=one, seatKey=client.seat_key) == "not_found"
        assert (await person.must("GET", CLASSES))["items"] == []
    for name in ("in a", "second tutor", "tutor"):
        assert len((await cast.people[name].must("GET", CLASSES))["items"]) == 1
        await cast.clients[name].join(one)


async def test_moving_a_class_notifies_those_who_are_not_there(school: School) -> None:
    cast = await Cast.of(school)
    student = cast.people["in none"]
    one = (await cast.tutor.plan(cast.course, scheduledAt=school.at(days=2), durationMinutes=45))["id"]
    await cast.tutor.must("PATCH", f"{CLASSES}/{one}", {"scheduledAt": school.at(days=3)})
    await cast.tutor.must("PATCH", f"{CLASSES}/{one}", {"description": "bring a pen"})
    await cast.tutor.must("POST", f"{CLASSES}/{one}/start")
    await cast.tutor.must("POST", f"{CLASSES}/{one}/end")
    wanted = {"live-class-scheduled", "live-class-moved", "live-class-started"}
    items = (await student.must("GET", "/api/v1/notifications"))["items"]
    assert sorted(item["kind"] for item in items if item["kind"] in wanted) == sorted(wanted)
    assert not await _kinds(cast.tutor) & wanted
    assert not await _kinds(cast.people["removed"]) & wanted


async def _kinds(person: Person) -> set[str]:
    return {item["kind"] for item in (await person.must("GET", "/api/v1/notifications"))["items"]}


async def test_everything_of_a_plan_is_kept_and_comes_with_the_class(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    at = school.at(days=1)
    plan = {
        "description": "Halves\nand thirds",
        "type": "quiz",
        "durationMinutes": 90,
        "maxParticipants": 30,
        "waitingRoom": True,
        "autoStart": True,
        "recording": True,
    }
    made = await tutor.plan(course, scheduledAt=at, **plan)
    assert made | plan == made
    assert (made["scheduledAt"], made["createdBy"], made["status"]) == (at, tutor.id, "scheduled")
    found = await tutor.must("GET", f"{CLASSES}/{made['id']}")
    assert found == {**made, "connected": [], "recurrence": None}
    changed = {**plan, "type": "demo", "maxParticipants": None, "waitingRoom": False, "durationMinutes": 1}
    after = await tutor.must("PATCH", f"{CLASSES}/{made['id']}", changed)
    assert after == {**made, **changed}
    assert await tutor.must("PATCH", f"{CLASSES}/{made['id']}", {}) == after


async def test_plans_that_cannot_be_are_refused_precisely(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    weekly = {"rrule": "FREQ=WEEKLY", "timeZone": "Europe/Berlin"}
    one = (await tutor.plan(course, scheduledAt=school.at(days=1)))["id"]
    for fields, says in (
        ({"scheduledAt": school.at(minutes=-5)}, "is over"),
        ({"scheduledAt": school.at(days=9999)}, "five years"),
        ({"scheduledAt": "2027-01-01T10:00:00"}, "offset"),
        ({"scheduledAt": "tomorrow"}, "scheduledAt"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationMinutes": 1441}, "durationMinutes"),
        ({"maxParticipants": 0}, "maxParticipants"),
        ({"type": "party"}, "type"),
        ({"autoStart": True}, "autoStart needs"),
        ({"title": " \u200b"}, "visible"),
        ({"sectionId": "nowhere"}, "no such section"),
        ({"recurrence": weekly}, "needs scheduledAt"),
        ({"scheduledAt": school.at(days=1), "recurrence": {**weekly, "timeZone": "Mars"}}, "no time zone"),
        ({"scheduledAt": school.at(days=1), "recurrence": {**weekly, "rrule": "FREQ=SECONDLY"}}, "FREQ must be"),
        ({"scheduledAt": school.at(days=1), "recurrence": {**weekly, "count": 1001}}, "count"),
        ({"scheduledAt": school.at(days=1), "recurrence": {**weekly, "until": school.at(hours=1)}}, "before its"),
    ):
        status, problem = await tutor("POST", CLASSES, {"title": "x", "courseId": course, **fields})
        assert status in (400, 404), fields
        assert says in problem["detail"], problem
    wrong_changes: tuple[tuple[Data, str], ...] = (
        ({"scheduledAt": school.at(minutes=-5)}, "is over"),
        ({"scheduledAt": None, "autoStart": True}, "autoStart needs"),
        ({"recurrence": weekly}, "for scope"),
        ({"title": "x", "scope": "following"}, "not one of a series"),
        ({"status": "live"}, "unknown field"),
    )
    for fields, says in wrong_changes:
        status, problem = await tutor("PATCH", f"{CLASSES}/{one}", fields)
        assert (status, problem["code"]) == (400, "bad_request"), fields
        assert says in problem["detail"], problem
    assert await tutor.refused("POST", CLASSES, {"title": "x"}) == "bad_request"
    assert await tutor.refused("POST", CLASSES, {"title": "x", "courseId": "nowhere"}) == "not_found"
    assert len((await tutor.must("GET", CLASSES))["items"]) == 1


async def test_while_it_runs_and_afterwards_only_what_makes_sense_changes(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    student = await school.student(tutor, course, "ada")
    one = f"{CLASSES}/{(await tutor.plan(course, scheduledAt=school.at(hours=1)))['id']}"
    assert await student.refused("PATCH", one, {"title": "mine"}) == "forbidden"
    await tutor.must("POST", f"{one}/start")
    for fields in ({"scheduledAt": school.at(days=1)}, {"sectionId": None}, {"type": "quiz"}, {"autoStart": True}):
        assert await tutor.refused("PATCH", one, fields) == "wrong_status"
    live = {"title": "Now", "durationMinutes": 50, "maxParticipants": 9, "waitingRoom": True, "description": "x"}
    assert (await tutor.must("PATCH", one, live))["maxParticipants"] == 9
    assert await tutor.refused("DELETE", one) == "already_live"
    assert await tutor.refused("POST", f"{one}/cancel", {}) == "already_live"
    await tutor.must("POST", f"{one}/end")
    assert await tutor.refused("PATCH", one, {"durationMinutes": 5}) == "wrong_status"
    assert (await tutor.must("PATCH", one, {"title": "Then"}))["title"] == "Then"
    assert await tutor.refused("POST", f"{one}/cancel", {}) == "wrong_status"
    other = f"{CLASSES}/{(await tutor.plan(course))['id']}"
    cancelled = await tutor.must("POST", f"{other}/cancel", {"reason": " ill\u0007 "})
    assert (cancelled["status"], cancelled["cancelReason"]) == ("cancelled", "ill")
    assert await tutor.refused("PATCH", other, {"title": "x"}) == "wrong_status"
    for act, code in (("start", "wrong_status"), ("end", "not_live")):
        assert await tutor.refused("POST", f"{other}/{act}") == code
    assert await tutor.refused("POST", f"{other}/cancel", {}) == "wrong_status"


async def test_lists_are_filtered_and_paged(school: School) -> None:
    tutor = await school.person("tutor")
    first, second = await school.course(tutor, "first"), await school.course(tutor, "second")
    ids = [(await tutor.plan(first, scheduledAt=school.at(days=n)))["id"] for n in (3, 1, 2)]
    other = (await tutor.plan(second, scheduledAt=school.at(days=9)))["id"]
    soonest = [ids[1], ids[2], ids[0], other]

    async def listed(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while cursor is not None:
            page = await tutor.must("GET", f"{CLASSES}?limit=2&{query}{cursor and '&cursor=' + cursor}")
            found += [item["id"] for item in page["items"]]
            cursor = page["nextCursor"]
        return found

    assert await listed("status=upcoming") == soonest
    assert await listed("") == soonest[::-1]
    assert await listed("courseId=first&status=upcoming") == soonest[:3]
    span = f"from={school.at(days=1.5)}&to={school.at(days=5)}".replace("+", "%2B")
    assert await listed(span) == [ids[0], ids[2]]
    await tutor.must("POST", f"{CLASSES}/{ids[0]}/start")
    await tutor.must("POST", f"{CLASSES}/{ids[1]}/cancel", {})
    await tutor.must("POST", f"{CLASSES}/{ids[2]}/start")
    await tutor.must("POST", f"{CLASSES}/{ids[2]}/end")
    assert await listed("status=live") == [ids[0]]
    assert await listed("status=cancelled") == [ids[1]]
    assert await listed("status=ended") == [ids[2]]
    assert await listed("status=upcoming") == [other]
    for query in (
        "status=soon",
        "from=x",
        f"from={school.at(days=2)}&to={school.at(days=1)}",
        "cursor=x",
        "limit=0",
    ):
        assert await tutor.refused("GET", f"{CLASSES}?{query}") == "bad_request"
    assert await tutor.refused("GET", f"{CLASSES}?courseId=nowhere") == "not_found"


async def test_what_was_deleted_is_gone_and_its_attendance_is_kept(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    await tutor.plan(course, id="kept")
    client = await tutor.connect()
    await tutor.must("POST", f"{CLASSES}/kept/start")
    await client.join("kept")
    await tutor.must("POST", f"{CLASSES}/kept/end")
    await tutor.must("DELETE", f"{CLASSES}/kept")
    await client.wait("live-class-deleted")
    admin = await school.person("root", is_admin=True)
    audit = (await admin.must("GET", f"/api/v1/audit-log?courseId={course}"))["items"]
    assert (audit[0]["action"], audit[0]["target"], audit[0]["actorId"]) == ("delete-live-class", "kept", tutor.id)
    for method, path in (("GET", ""), ("POST", "/start"), ("DELETE", ""), ("GET", "/attendees")):
        assert await tutor.refused(method, f"{CLASSES}/kept{path}") == "not_found"
    assert (await tutor.must("GET", CLASSES))["items"] == []
    assert (
        await tutor.refused("POST", CLASSES, {"title": "x", "id": "kept", "courseId": course}) == "already_exists"
    )
    async with school.harness.server.database.transaction() as tx:
        assert len(await AttendanceStore().records(tx, "kept")) == 1
