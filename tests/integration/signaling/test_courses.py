"""Courses, sections and rosters over REST: who may do what, who is told, and what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.integration.signaling.courses_support import CLASSES, COURSES, School
from tests.integration.signaling.harness import CLASS, COURSE, Harness, config, serving

pytestmark = pytest.mark.integration


@pytest.fixture
def school(planned: Harness) -> School:
    return School(planned)


async def test_who_creates_a_course_is_its_tutor(school: School) -> None:
    tutor = await school.person("tutor")
    course = await tutor.must("POST", COURSES, {"title": "  Linear\u202e   algebra ", "description": "a\r\nb"})
    assert (course["title"], course["description"], course["role"]) == ("Linear algebra", "a\nb", "tutor")
    assert (course["memberCount"], course["createdBy"], course["archivedAt"]) == (1, tutor.id, None)
    changed = await tutor.must("PATCH", f"{COURSES}/{course['id']}", {"title": "Algebra"})
    assert (changed["title"], changed["description"]) == ("Algebra", "a\nb")
    assert await tutor.refused("POST", COURSES, {"title": "x", "id": course["id"]}) == "already_exists"
    for wrong in (
        {},
        {"title": "\u200b"},
        {"title": "x" * 201},
        {"title": "x", "y": 1},
        {"title": "x", "id": "a/b"},
    ):
        assert await tutor.refused("POST", COURSES, wrong) == "bad_request"
    stranger = await school.person("stranger")
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "mine"}),
        ("POST", "/archive", None),
        ("GET", "/sections", None),
        ("GET", "/roster", None),
        ("GET", "/roster.csv", None),
        ("POST", "/roster", {"userId": stranger.id}),
    ):
        assert await stranger.refused(method, f"{COURSES}/{course['id']}{path}", body) == "not_found"
    assert (await stranger.must("GET", COURSES))["items"] == []


async def test_courses_are_listed_newest_first_by_pages(school: School) -> None:
    tutor, other, admin = (
        await school.person("tutor"),
        await school.person("other"),
        await school.person("root", is_admin=True),
    )
    for n in range(5):
        await school.course(tutor, f"c{n}")
    await school.course(other, "hidden")
    await tutor.must("POST", f"{COURSES}/c1/archive")
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await tutor.must("GET", f"{COURSES}?limit=2{cursor and '&cursor=' + cursor}")
        assert len(page["items"]) <= 2
        found += [course["id"] for course in page["items"]]
        cursor = page["nextCursor"]
    assert found == ["c4", "c3", "c2", "c1", "c0"]
    archived = await tutor.must("GET", f"{COURSES}?archived=true")
    assert [course["id"] for course in archived["items"]] == ["c1"]
    assert len((await tutor.must("GET", f"{COURSES}?archived=false"))["items"]) == 4
    assert {course["id"] for course in (await admin.must("GET", COURSES))["items"]} == {*found, "hidden", COURSE}
    for query in ("cursor=nonsense", "limit=0", "limit=201", "archived=maybe", "x=1"):
        assert await tutor.refused("GET", f"{COURSES}?{query}") == "bad_request"


async def test_a_link_makes_no_course_and_a_setting_leaves_it_to_admins(tmp_path: Path, database_url: str) -> None:
    settings = config(tmp_path, database_url)
    settings = msgspec.structs.replace(settings, courses=type(settings.courses)(anyone_creates=False))
    async with serving(settings) as harness:
        school = School(harness)
        user, admin = await school.person("user"), await school.person("root", is_admin=True)
        assert await user.refused("POST", COURSES, {"title": "x"}) == "forbidden"
        await admin.must("POST", COURSES, {"title": "x"})
        status, problem = await harness.rest("POST", COURSES, harness.token("tutor"), {"title": "x"})
        assert (status, problem["code"]) == (403, "forbidden")


async def test_an_archived_course_can_be_read_and_not_be_changed(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    student = await school.student(tutor, course, "ada")
    planned = await tutor.plan(course, scheduledAt=school.at(days=1))
    running = await tutor.plan(course)
    await tutor.must("POST", f"{CLASSES}/{running['id']}/start")
    assert await tutor.refused("POST", f"{COURSES}/{course}/archive") == "wrong_status"
    await tutor.must("POST", f"{CLASSES}/{running['id']}/end")
    client = await student.connect()
    archived = await tutor.must("POST", f"{COURSES}/{course}/archive")
    assert archived["archivedAt"] is not None
    assert await tutor.must("POST", f"{COURSES}/{course}/archive") == archived
    told = await client.wait("live-class-cancelled")
    assert (told["liveClass"]["id"], told["reason"]) == (planned["id"], "the course was archived")
    one = f"{COURSES}/{course}"
    for method, path, body in (
        ("PATCH", one, {"title": "x"}),
        ("POST", f"{one}/sections", {"name": "A"}),
        ("POST", f"{one}/roster", {"userId": tutor.id}),
        ("DELETE", f"{one}/roster/{student.id}", None),
        ("POST", CLASSES, {"title": "x", "courseId": course}),
        ("POST", f"{CLASSES}/{running['id']}/start", None),
        ("PATCH", f"{CLASSES}/{running['id']}", {"title": "x"}),
    ):
        assert await tutor.refused(method, path, body) == "wrong_status", path
    assert (await school.csv(tutor, course, "A,a@example.org"))[1]["code"] == "wrong_status"
    assert len((await student.must("GET", f"{CLASSES}?courseId={course}"))["items"]) == 2
    assert (await tutor.must("POST", f"{one}/unarchive"))["archivedAt"] is None
    await tutor.must("POST", f"{CLASSES}/{running['id']}/start")


async def test_sections_are_made_renamed_and_dissolved(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    sections = f"{COURSES}/{course}/sections"
    first = await tutor.must("POST", sections, {"name": " Group  B "})
    second = await tutor.must("POST", sections, {"name": "Group A", "id": "group-a"})
    assert await tutor.refused("POST", sections, {"name": "group b"}) == "already_exists"
    assert await tutor.refused("POST", sections, {"name": "x", "id": "group-a"}) == "already_exists"
    assert await tutor.refused("PATCH", f"{sections}/group-a", {"name": "Group B"}) == "already_exists"
    await tutor.must("PATCH", f"{sections}/group-a", {"name": "GROUP A"})
    listed = (await tutor.must("GET", sections))["items"]
    assert [section["name"] for section in listed] == ["GROUP A", "Group B"]
    student = await school.student(tutor, course, "ada", sectionId=first["id"])
    client = await student.connect()
    planned = await tutor.plan(course, sectionId=first["id"])
    assert await tutor.refused("DELETE", f"{sections}/{first['id']}") == "wrong_status"
    await tutor.must("POST", f"{CLASSES}/{planned['id']}/cancel", {})
    await tutor.must("DELETE", f"{sections}/{first['id']}")
    changed = await client.wait("enrolment-changed")
    assert changed == {"courseId": course, "sectionId": None, "role": "student"}
    assert await tutor.refused("DELETE", f"{sections}/{first['id']}") == "not_found"
    other = await school.course(tutor, "other")
    assert await tutor.refused("PATCH", f"{COURSES}/{other}/sections/{second['id']}", {"name": "x"}) == "not_found"
    entry = f"{COURSES}/{other}/roster/{tutor.id}"
    assert await tutor.refused("PATCH", entry, {"sectionId": second["id"]}) == "not_found"
    assert await student.refused("POST", sections, {"name": "x"}) == "forbidden"


async def test_a_removed_user_is_out_at_once_whatever_the_link(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    harness = school.harness
    student = await school.student(tutor, course, "ada")
    live_class = await tutor.plan(course)
    await tutor.must("POST", f"{CLASSES}/{live_class['id']}/start")
    client = await student.connect()
    await client.join(live_class["id"])
    link = harness.token("student", "Ada", course, user_id=student.id)
    entry = f"{COURSES}/{course}/roster/{student.id}"
    assert await student.refused("DELETE", entry) == "forbidden"
    await tutor.must("DELETE", entry)
    assert (await client.wait("enrolment-changed"))["role"] is None
    await client.wait("removed")
    status, problem = await harness.rest("GET", CLASSES, link)
    assert (status, problem["code"]) == (401, "unauthorized")
    assert await student.refused("GET", f"{CLASSES}/{live_class['id']}") == "not_found"
    again = await student.connect()
    code = await again.refused("join-session", liveClassId=live_class["id"], seatKey=again.seat_key)
    assert code == "not_found"
    await tutor.must("POST", f"{CLASSES}/{live_class['id']}/end")
    await tutor.must("GET", f"{COURSES}/{course}")
    assert not again.all("live-class-ended")
    assert await tutor.refused("DELETE", entry) == "not_found"
    removed = (await tutor.must("GET", f"{COURSES}/{course}/roster?state=removed"))["items"]
    assert [(person["userId"], person["state"]) for person in removed] == [(student.id, "removed")]
    await school.enrol(tutor, course, student, role="tutor")
    assert (await student.must("GET", f"{COURSES}/{course}"))["role"] == "tutor"


async def test_who_is_blocked_does_not_come_back(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    student = await school.student(tutor, course, "ada")
    entry = f"{COURSES}/{course}/roster/{student.id}"
    assert (await tutor.must("POST", f"{entry}/block"))["state"] == "blocked"
    assert (await tutor.must("POST", f"{entry}/block"))["state"] == "blocked"
    assert await student.refused("GET", f"{COURSES}/{course}") == "not_found"
    add = {"userId": student.id}
    assert await tutor.refused("POST", f"{COURSES}/{course}/roster", add) == "wrong_status"
    assert (await tutor.must("POST", f"{entry}/unblock"))["state"] == "removed"
    await tutor.must("POST", f"{COURSES}/{course}/roster", add)
    admin = await school.person("root", is_admin=True)
    audit = await admin.must("GET", f"/api/v1/audit-log?courseId={course}")
    actions = [item["action"] for item in audit["items"]]
    assert {item["courseTitle"] for item in audit["items"]} == {
        (await tutor.must("GET", f"{COURSES}/{course}"))["title"]
    }
    assert actions == [
        *("add-to-course", "unblock-in-course", "block-in-course", "add-to-course", "create-course"),
    ]


async def test_a_course_keeps_a_tutor_also_when_two_remove_each_other(school: School) -> None:
    ann = await school.person("ann")
    course = await school.course(ann)
    roster = f"{COURSES}/{course}/roster"
    for method, path, body in (
        ("DELETE", f"{roster}/{ann.id}", None),
        ("PATCH", f"{roster}/{ann.id}", {"role": "student"}),
        ("POST", f"{roster}/{ann.id}/block", None),
    ):
        assert await ann.refused(method, path, body) == "wrong_status"
    for _ in range(3):
        bob = await school.person(f"bob{_}")
        await school.enrol(ann, course, bob, role="tutor")
        answers = await asyncio.gather(ann("DELETE", f"{roster}/{bob.id}"), bob("DELETE", f"{roster}/{ann.id}"))
        assert sorted(status for status, _ in answers)[0] == 204
        assert sorted(status for status, _ in answers)[1] in (403, 404, 409)
        admin = await school.person(f"root{_}", is_admin=True)
        tutors = (await admin.must("GET", f"{roster}?role=tutor"))["items"]
        assert len(tutors) == 1
        ann = ann if tutors[0]["userId"] == ann.id else bob


async def test_people_are_found_in_a_roster(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    section = await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "A"})
    lines = [f"Person {n:02},p{n:02}@mail.example,student,{'A' if n % 2 else ''}" for n in range(7)]
    assert (await school.csv(tutor, course, "\n".join(lines)))[1]["added"] == 7
    roster = f"{COURSES}/{course}/roster"
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await tutor.must("GET", f"{roster}?role=student&limit=3{cursor and '&cursor=' + cursor}")
        found += [person["name"] for person in page["items"]]
        cursor = page["nextCursor"]
    assert found == [f"Person {n:02}" for n in range(7)]
    in_section = (await tutor.must("GET", f"{roster}?sectionId={section['id']}"))["items"]
    assert [person["name"] for person in in_section] == ["Person 01", "Person 03", "Person 05"]
    by_mail = (await tutor.must("GET", f"{roster}?search=p03%40mail"))["items"]
    assert [(person["name"], person["email"]) for person in by_mail] == [("Person 03", "p03@mail.example")]
    student = await school.student(tutor, course, "ada")
    seen = (await student.must("GET", f"{roster}?search=PERSON%2003"))["items"]
    assert [(person["name"], person["email"]) for person in seen] == [("Person 03", None)]
    assert (await student.must("GET", f"{roster}?search=mail"))["items"] == []
    assert await student.refused("GET", f"{roster}?state=removed") == "forbidden"
    assert await student.refused("GET", f"{roster}.csv") == "forbidden"
    guest = school.harness.token("guest", "Guest", course)
    status, problem = await school.harness.rest("GET", roster, guest)
    assert (status, problem["code"]) == (403, "forbidden")
    assert (await tutor.must("GET", f"{roster}?search=%25"))["items"] == []


async def test_somebody_is_added_by_mail_and_found_by_it_later(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    roster = f"{COURSES}/{course}/roster"
    known = await school.person("ada", email="ada@example.org")
    entry = await tutor.must("POST", roster, {"email": "ADA@example.org"})
    assert entry["userId"] == known.id
    assert await tutor.refused("POST", roster, {"email": "ada@example.org"}) == "already_exists"
    assert await tutor.refused("POST", roster, {"email": "new@example.org"}) == "bad_request"
    new = await tutor.must("POST", roster, {"email": "new@example.org", "name": "New"})
    other = await school.course(tutor, "other")
    again = await tutor.must("POST", f"{COURSES}/{other}/roster", {"email": "New@Example.org"})
    assert again["userId"] == new["userId"]
    for body in ({}, {"userId": known.id, "email": "ada@example.org"}, {"email": "x"}, {"userId": "a b"}):
        assert await tutor.refused("POST", roster, body) == "bad_request"
    assert await tutor.refused("POST", roster, {"userId": "nobody"}) == "not_found"
    assert await tutor.refused("POST", roster, {"userId": known.id, "role": "guest"}) == "bad_request"
    student = await school.student(tutor, course, "bo")
    assert await student.refused("POST", roster, {"userId": known.id}) == "forbidden"
    # links of before still work as they did
    assert (await school.harness.rest("GET", f"{CLASSES}/{CLASS}", school.harness.token("student")))[0] == 200
