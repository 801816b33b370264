"""Reports of attendance: of a class, of a course, one's own; as JSON and as CSV; and who may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.signaling.harness import CLASS, COURSE, Clock, Harness, config, serving

ONE = f"/api/v1/live-classes/{CLASS}"
ALL = f"/api/v1/courses/{COURSE}"


@pytest.fixture
async def held(tmp_path: Path, database_url: str) -> AsyncIterator[Harness]:
    """A class of an hour that was held twice: Ada came to both, Ben to half of the second, Zoe to none."""
    clock = Clock()
    async with serving(config(tmp_path, database_url), clock) as harness:
        await harness.plan()
        await harness.rest("GET", ONE, harness.token("student", "Zoe"))
        for again in (False, True):
            await harness.start()
            tutor = await harness.join("tutor", "Hypatia")
            ada = await harness.join("student", "-Ada")
            clock.advance(1800)
            if again:
                await harness.join("student", "Ben")
                await ada.must("send-message", id="m1", text="Why?", type="question")
            clock.advance(1800)
            await tutor.must("end-session")
        yield harness


async def get(harness: Harness, path: str, name: str = "Hypatia", role: Any = "tutor") -> dict[str, Any]:
    status, body = await harness.rest("GET", path, harness.token(role, name))
    assert status == 200, body
    return body


async def text(harness: Harness, path: str) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {harness.token('tutor', 'Hypatia')}"}
    async with harness.http.get(harness.url + path, headers=headers) as answer:
        assert answer.content_type == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        return list(csv.DictReader(io.StringIO(await answer.text(encoding="utf-8-sig"))))


async def test_a_class_held_twice_has_a_report_of_each_session(held: Harness) -> None:
    first, second = (await get(held, f"{ONE}/attendance"))["sessions"]
    assert [person["name"] for person in first["people"]] == ["Hypatia", "-Ada"]
    assert [absent["name"] for absent in second["absent"]] == ["Zoe"]
    ben = second["people"][-1]
    assert (ben["name"], ben["role"], round(ben["share"], 1)) == ("Ben", "student", 0.5)
    started, came = (datetime.fromisoformat(at) for at in (second["startedAt"], ben["intervals"][0]["joinedAt"]))
    assert 1800 <= ben["lateSeconds"] == pytest.approx((came - started).total_seconds(), abs=1)
    only = await get(held, f"{ONE}/attendance?sessionId={second['sessionId']}")
    assert only["sessions"] == [second]


async def test_a_course_adds_up(held: Harness) -> None:
    course = await get(held, f"{ALL}/attendance")
    assert [session["attended"] for session in course["sessions"]] == [2, 3]
    people = {person["name"]: person for person in course["people"]}
    attended = {name: person["sessionsAttended"] for name, person in people.items()}
    assert {name: number for name, number in attended.items() if not name.startswith("tutor-")} == {
        "-Ada": 2,
        "Ben": 1,
        "Hypatia": 2,
        "Zoe": 0,
    }
    assert people["Zoe"]["share"] == 0
    assert (people["-Ada"]["questions"], people["-Ada"]["late"], people["Ben"]["late"]) == (1, 0, 1)
    analytics = await get(held, f"{ALL}/analytics")
    assert analytics == await get(held, f"{ONE}/analytics")
    assert (analytics["sessions"], analytics["peakParticipants"], analytics["totalParticipants"]) == (2, 3, 3)
    later = course["sessions"][1]["startedAt"]
    assert len((await get(held, f"{ALL}/attendance?from={later}"))["sessions"]) == 1
    assert len((await get(held, f"{ALL}/attendance?to={later}"))["sessions"]) == 1


async def test_csv_is_for_spreadsheets_and_runs_nothing_there(held: Harness) -> None:
    lines = await text(held, f"{ONE}/attendance?format=csv")
    assert len(lines) == 2 + 1 + 3 + 1, "present, and absent: Ben was not yet in the course at the first"
    assert {line["name"] for line in lines} == {"Hypatia", "'-Ada", "Ben", "Zoe"}
    assert [line["present_seconds"] for line in lines if line["name"] == "Zoe"] == ["0", "0"]
    course = await text(held, f"{ALL}/attendance?format=csv")
    assert [line["sessions_attended"] for line in course if line["name"] == "Ben"] == ["1"]


async def test_students_see_themselves_alone(held: Harness) -> None:
    mine = await get(held, f"{ONE}/attendance/me", "Ben", "student")
    assert [[person["name"] for person in session["people"]] for session in mine["sessions"]] == [[], ["Ben"]]
    assert all(session["absent"] == [] for session in mine["sessions"])
    student = held.token("student", "Ben")
    stranger = held.token("tutor", "Mallory", course="physics")
    paths = (f"{ONE}/attendance", f"{ONE}/attendance/stays", f"{ONE}/analytics")
    for path in (*paths, f"{ALL}/attendance", f"{ALL}/analytics"):
        assert (await held.rest("GET", path, student))[0] == 403
        assert (await held.rest("GET", path, stranger))[0] == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-01-01T00:00:00",
        "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "format=pdf",
    ],
)
async def test_what_cannot_be_asked_is_said(held: Harness, query: str) -> None:
    status, problem = await held.rest("GET", f"{ALL}/attendance?{query}", held.token("tutor", "Hypatia"))
    assert (status, problem["code"]) == (400, "bad_request")
