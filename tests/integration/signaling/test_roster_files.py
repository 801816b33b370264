"""Rosters as files: imported with a report for each line, tried first, and exported."""

from __future__ import annotations

import pytest

from signaling.protocol.courses import ROSTER_FILE_BYTES
from tests.integration.signaling.courses_support import COURSES, School
from tests.integration.signaling.harness import Data, Harness

pytestmark = pytest.mark.integration

FILE = """name;email;role;section
Ada;ada@example.org;student;A
Bo;bo@example.org;tutor;
Broken;;student;
Cy;cy@example.org;;Nowhere
Tutor;tutor@example.org;student;
"""

ROLES = {"ada": "student", "bo": "tutor", "cy": "student", "tutor": "student"}


@pytest.fixture
def school(planned: Harness) -> School:
    return School(planned)


def lines(report: Data) -> list[tuple[int, str]]:
    return [(line["line"], line["status"]) for line in report["lines"]]


async def test_a_file_is_tried_imported_and_imported_again(school: School) -> None:
    tutor = await school.person("tutor", email="tutor@example.org")
    course = await school.course(tutor)
    roster = f"{COURSES}/{course}/roster"
    await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "a"})

    status, tried = await school.csv(tutor, course, FILE, "?dryRun=true")
    assert status == 200
    assert tried["dryRun"]
    # the last tutor may become a student, as the file brings another before
    assert lines(tried) == [(2, "added"), (3, "added"), (4, "failed"), (5, "failed"), (6, "updated")]
    assert len((await tutor.must("GET", roster))["items"]) == 1

    _, report = await school.csv(tutor, course, FILE)
    assert report == {**tried, "dryRun": False}
    assert (report["added"], report["updated"], report["unchanged"], report["failed"]) == (2, 1, 0, 2)
    reasons = {line["line"]: line["reason"] for line in report["lines"]}
    assert reasons[2] is None
    assert "e-mail" in reasons[4]
    assert "'Nowhere'" in reasons[5]
    assert (await school.csv(tutor, course, FILE))[1]["code"] == "forbidden"

    admin = await school.person("root", is_admin=True)
    _, again = await school.csv(admin, course, FILE + "Bo;bo@example.org\n", "?createSections=true")
    assert lines(again) == [
        *((2, "unchanged"), (3, "unchanged"), (4, "failed"), (5, "added"), (6, "unchanged"), (7, "failed")),
    ]
    people = {person["email"]: person for person in (await admin.must("GET", roster))["items"]}
    roles = {email: person["role"] for email, person in people.items()}
    assert roles == {f"{name}@example.org": role for name, role in ROLES.items()}
    assert len({person["sectionId"] for person in people.values()}) == 3
    _, last = await school.csv(admin, course, "Bo,bo@example.org,student")
    assert "last tutor" in last["lines"][0]["reason"]


async def test_who_was_removed_comes_back_by_a_file_and_who_is_blocked_does_not(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    gone = await school.person("gone", email="gone@example.org")
    blocked = await school.person("blocked", email="blocked@example.org")
    for person in (gone, blocked):
        await school.enrol(tutor, course, person)
    await tutor.must("DELETE", f"{COURSES}/{course}/roster/{gone.id}")
    await tutor.must("POST", f"{COURSES}/{course}/roster/{blocked.id}/block")
    client = await gone.connect()
    file = ",gone@example.org\n,blocked@example.org\n,nobody@example.org\n"
    _, report = await school.csv(tutor, course, file)
    assert lines(report) == [(1, "added"), (2, "failed"), (3, "failed")]
    assert (await client.wait("enrolment-changed"))["role"] == "student"
    await client.wait("notification")
    await gone.must("GET", f"{COURSES}/{course}")
    assert await blocked.refused("GET", f"{COURSES}/{course}") == "not_found"


async def test_an_export_is_an_import_and_runs_no_formula(school: School) -> None:
    tutor = await school.person("tutor", email="tutor@example.org")
    course = await school.course(tutor)
    file = 'name,email,section\n"=HYPERLINK(""http://evil"")",a@example.org,-A\n"O\'Neil, Jo",b@example.org,\n'
    _, report = await school.csv(tutor, course, file, "?createSections=true")
    assert report["added"] == 2
    status, text = await school.text(f"{school.harness.url}{COURSES}/{course}/roster.csv", tutor)
    assert status == 200
    cells = [cell.strip('"') for line in text.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    _, again = await school.csv(tutor, course, text)
    assert again["failed"] == again["added"] == again["updated"] == 0
    people = (await tutor.must("GET", f"{COURSES}/{course}/roster?search=hyperlink"))["items"]
    assert [person["name"] for person in people] == ['=HYPERLINK("http://evil")']


async def test_what_is_no_roster_changes_nothing(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    student = await school.student(tutor, course, "ada")
    for data, content_type, expected in (
        (b"", "text/csv", "bad_request"),
        ("Jürgen,j@example.org".encode("latin-1"), "text/csv", "bad_request"),
        (b"a,a@example.org\n" * 3000, "text/csv", "bad_request"),
        (b"x" * (ROSTER_FILE_BYTES + 1), "text/csv", "too_large"),
        (b"A,a@example.org", "application/json", "unsupported_type"),
        (b"PK\x03\x04\x00", "text/csv", "bad_request"),
    ):
        _, problem = await school.csv(tutor, course, data, content_type=content_type)
        assert problem["code"] == expected, data[:20]
    assert (await school.csv(student, course, b"A,a@example.org"))[1]["code"] == "forbidden"
    stranger = await school.person("stranger")
    assert (await school.csv(stranger, course, b"A,a@example.org"))[1]["code"] == "not_found"
    assert len((await tutor.must("GET", f"{COURSES}/{course}/roster"))["items"]) == 2


async def test_a_large_file_is_imported_in_one_go(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    file = "\n".join(f"Person {n},p{n}@example.org" for n in range(500))
    _, report = await school.csv(tutor, course, file)
    assert report["added"] == 500
    assert (await tutor.must("GET", f"{COURSES}/{course}"))["memberCount"] == 501
    _, again = await school.csv(tutor, course, file)
    assert again["unchanged"] == 500
