"""Recurring live classes: made ahead, changed together, and seen in calendars."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from tests.integration.signaling.accounts_support import access_token
from tests.integration.signaling.courses_support import CLASSES, COURSES, Person, School, moment
from tests.integration.signaling.harness import Data, Harness

pytestmark = pytest.mark.integration

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def school(planned: Harness) -> School:
    return School(planned)


def monday(school: School, weeks: int = 1) -> datetime:
    """Nine o'clock on a Monday to come, on the wall clock."""
    today = school.harness.clock().astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 * weeks - today.weekday())


class Term:
    """A tutor with a class every Monday and Wednesday at nine, ten times."""

    def __init__(self, school: School, tutor: Person, course: str) -> None:
        self.school = school
        self.tutor = tutor
        self.course = course

    @classmethod
    async def of(cls, school: School, rule: str = "FREQ=WEEKLY;BYDAY=MO,WE", count: int | None = 10) -> Term:
        tutor = await school.person("tutor")
        term = cls(school, tutor, await school.course(tutor))
        recurrence = {"rrule": rule, "timeZone": ZONE.key} | ({"count": count} if count else {})
        first = moment(monday(school).astimezone(UTC))
        await tutor.plan(term.course, id="first", scheduledAt=first, durationMinutes=45, recurrence=recurrence)
        return term

    async def classes(self, query: str = "") -> list[Data]:
        """In the order of their times."""
        answer = await self.tutor.must("GET", f"{CLASSES}?courseId={self.course}&limit=200{query}")
        return sorted(answer["items"], key=lambda item: str(item["scheduledAt"]))

    async def clocks(self, query: str = "&status=upcoming") -> list[str]:
        return [clock(item) for item in await self.classes(query)]


def clock(live_class: Data) -> str:
    return f"{datetime.fromisoformat(live_class['scheduledAt']).astimezone(ZONE):%a %H:%M}"


async def test_a_series_is_made_on_the_wall_clock_and_told(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    student = await school.student(tutor, course, "ada")
    client = await student.connect()
    first = moment(monday(school).astimezone(UTC))
    recurrence = {"rrule": "FREQ=WEEKLY;BYDAY=MO,WE", "timeZone": ZONE.key, "count": 10}
    made = await tutor.plan(course, id="first", scheduledAt=first, recurrence=recurrence, type="quiz")
    assert (made["id"], made["scheduledAt"]) == ("first", first)
    assert made["seriesId"] is not None
    items = (await tutor.must("GET", f"{CLASSES}?seriesId={made['seriesId']}"))["items"]
    assert [clock(item) for item in items[::-1]] == ["Mon 09:00", "Wed 09:00"] * 5
    assert {item["type"] for item in items} == {"quiz"}
    for item in items:
        await client.wait("live-class-scheduled", lambda data, i=item["id"]: data["liveClass"]["id"] == i)  # type: ignore[misc]
    told = [n for n in (await student.must("GET", "/api/v1/notifications"))["items"] if n["title"] == "Fractions"]
    assert len(told) == 1
    assert "10 classes" in told[0]["text"]
    details = await tutor.must("GET", f"{CLASSES}/first")
    assert details["recurrence"] == {
        "rrule": "FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE",
        "timeZone": ZONE.key,
        "until": None,
        "count": None,
    }
    body = {"title": "x", "courseId": course, "id": "first", "scheduledAt": first, "recurrence": recurrence}
    assert await tutor.refused("POST", CLASSES, body) == "already_exists"


async def test_classes_without_an_end_are_made_some_time_ahead_once(school: School) -> None:
    term = await Term.of(school, count=None)
    planner = school.harness.server.control.courses.series
    made = len(await term.classes())
    assert 24 <= made <= 28  # 90 days
    await planner.roll()
    assert len(await term.classes()) == made
    school.harness.clock.advance(10 * 86_400)
    await planner.roll()
    await planner.roll()
    tutor = term.tutor
    assert made < len(await _all(school, tutor)) <= made + 4
    times = [item["scheduledAt"] for item in await _all(school, tutor)]
    assert len(set(times)) == len(times)
    assert {clock(item) for item in await _all(school, tutor)} == {"Mon 09:00", "Wed 09:00"}
    await _again(school, tutor, "POST", f"{COURSES}/{term.course}/archive")
    school.harness.clock.advance(30 * 86_400)
    await planner.roll()
    assert len(times) == len(await _all(school, tutor))


async def _all(school: School, who: Person) -> list[Data]:
    answer = await _again(school, who, "GET", f"{CLASSES}?limit=200")
    return list(answer["items"])


async def _again(school: School, who: Person, method: str, path: str) -> Data:
    """Ask with a new token: time has passed."""
    status, answer = await school.harness.rest(method, path, access_token(school.harness, who.id, who.name))
    assert status < 300, answer
    return answer


async def test_one_class_is_moved_cancelled_or_deleted_alone(school: School) -> None:
    term = await Term.of(school)
    second, third, fourth = [item["id"] for item in await term.classes()][1:4]
    at = moment((monday(school) + timedelta(days=3)).astimezone(UTC))
    moved = await term.tutor.must("PATCH", f"{CLASSES}/{second}", {"scheduledAt": at, "title": "Moved"})
    assert clock(moved) == "Thu 09:00"
    await term.tutor.must("POST", f"{CLASSES}/{third}/cancel", {"reason": "holiday"})
    await term.tutor.must("DELETE", f"{CLASSES}/{fourth}")
    clocks = await term.clocks("")
    assert clocks == ["Mon 09:00", "Thu 09:00", "Mon 09:00", *["Mon 09:00", "Wed 09:00"] * 3]
    # all that are to come, at ten: what was moved alone comes back into the row, what is deleted stays so
    ten = moment(monday(school).replace(hour=10).astimezone(UTC))
    await term.tutor.must("PATCH", f"{CLASSES}/first", {"scheduledAt": ten, "scope": "all"})
    assert await term.clocks() == ["Mon 10:00", "Wed 10:00", *["Mon 10:00", "Wed 10:00"] * 3]
    assert [item["title"] for item in await term.classes("&status=upcoming")][:2] == ["Fractions", "Moved"]
    assert [item["id"] for item in await term.classes("&status=cancelled")] == [third]


async def test_this_and_those_after_it_are_changed_together(school: School) -> None:
    term = await Term.of(school)
    before = await term.classes()
    pivot = before[4]
    at = moment(datetime.fromisoformat(pivot["scheduledAt"]) + timedelta(minutes=90))
    change = {"scope": "following", "scheduledAt": at, "title": "Later", "durationMinutes": 30}
    changed = await term.tutor.must("PATCH", f"{CLASSES}/{pivot['id']}", change)
    after = await term.classes()
    assert [item["id"] for item in after] == [item["id"] for item in before]
    assert [item["title"] for item in after] == ["Fractions"] * 4 + ["Later"] * 6
    assert [clock(item) for item in after] == ["Mon 09:00", "Wed 09:00"] * 2 + ["Mon 10:30", "Wed 10:30"] * 3
    assert {item["durationMinutes"] for item in after[4:]} == {30}
    assert changed["seriesId"] != pivot["seriesId"]
    assert {item["seriesId"] for item in after[4:]} == {changed["seriesId"]}
    details = await term.tutor.must("GET", f"{CLASSES}/{pivot['id']}")
    assert details["recurrence"]["rrule"] == "FREQ=WEEKLY;COUNT=6;BYDAY=MO,WE"
    # only words: times stay, also those of what was moved alone
    await term.tutor.must(
        "PATCH", f"{CLASSES}/{after[7]['id']}", {"scope": "following", "description": "Bring a pen"}
    )
    again = await term.classes()
    assert [item["scheduledAt"] for item in again] == [item["scheduledAt"] for item in after]
    assert [item["description"] for item in again] == [""] * 7 + ["Bring a pen"] * 3
    another = moment(datetime.fromisoformat(again[8]["scheduledAt"]) + timedelta(days=1))
    path, fields = f"{CLASSES}/{again[8]['id']}", {"scope": "following", "scheduledAt": another}
    assert await term.tutor.refused("PATCH", path, fields) == "bad_request"


async def test_a_new_rule_keeps_links_and_what_was_held(school: School) -> None:
    term = await Term.of(school)
    before = await term.classes()
    held, cancelled = before[0]["id"], before[1]["id"]
    await term.tutor.must("POST", f"{CLASSES}/{held}/start")
    await term.tutor.must("POST", f"{CLASSES}/{held}/end")
    await term.tutor.must("POST", f"{CLASSES}/{cancelled}/cancel", {})
    friday = moment((monday(school, 2) + timedelta(days=4)).astimezone(UTC))
    rule = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "timeZone": ZONE.key, "count": 3}
    fields = {"scope": "all", "scheduledAt": friday, "recurrence": rule}
    changed = await term.tutor.must("PATCH", f"{CLASSES}/{before[2]['id']}", fields)
    assert clock(changed) == "Fri 09:00"
    upcoming = await term.classes("&status=upcoming")
    assert [clock(item) for item in upcoming] == ["Fri 09:00"] * 3
    assert [item["id"] for item in upcoming] == [item["id"] for item in before[2:5]]
    assert [item["id"] for item in await term.classes("&status=ended")] == [held]
    assert [item["id"] for item in await term.classes("&status=cancelled")] == [cancelled]
    longer = {"rrule": "FREQ=DAILY", "timeZone": "UTC", "count": 7}
    await term.tutor.must("PATCH", f"{CLASSES}/{upcoming[1]['id']}", {"scope": "following", "recurrence": longer})
    assert len(await term.classes("&status=upcoming")) == 8


async def test_the_rest_of_a_series_is_cancelled_or_deleted(school: School) -> None:
    term = await Term.of(school, count=None)
    before = await term.classes()
    student = await school.student(term.tutor, term.course, "ada")
    path = f"{CLASSES}/{before[-2]['id']}"
    answer = await term.tutor.must("POST", f"{path}/cancel", {"scope": "following", "reason": "over"})
    assert (answer["status"], answer["cancelReason"]) == ("cancelled", "over")
    assert len(await term.classes("&status=cancelled")) == 2
    assert len(await term.classes("&status=upcoming")) == len(before) - 2
    kinds = [n["kind"] for n in (await student.must("GET", "/api/v1/notifications"))["items"]]
    assert kinds.count("live-class-cancelled") == 1
    await term.tutor.must("DELETE", f"{CLASSES}/{before[3]['id']}?scope=following")
    assert [item["id"] for item in await term.classes()] == [item["id"] for item in before[:3]]
    await term.tutor.must("DELETE", f"{CLASSES}/{before[2]['id']}?scope=all")
    assert await term.classes() == []
    school.harness.clock.advance(20 * 86_400)
    await school.harness.server.control.courses.series.roll()
    assert await _all(school, term.tutor) == []


async def test_two_who_change_many_classes_do_not_wait_for_each_other_for_ever(school: School) -> None:
    term = await Term.of(school)
    for _ in range(3):
        ids = [item["id"] for item in await term.classes("&status=upcoming")]
        answers = await asyncio.gather(
            term.tutor("PATCH", f"{CLASSES}/{ids[1]}", {"scope": "following", "title": "One"}),
            term.tutor("PATCH", f"{CLASSES}/{ids[6]}", {"scope": "all", "description": "All"}),
            term.tutor("PATCH", f"{CLASSES}/{ids[5]}", {"title": "Alone"}),
            term.tutor("POST", f"{CLASSES}/{ids[-1]}/start"),
        )
        assert [status for status, _ in answers[:3]] == [200, 200, 200]
        assert answers[3][0] == 200
        await term.tutor.must("POST", f"{CLASSES}/{ids[-1]}/end")
    items = [item for item in await term.classes("&status=upcoming") if item["seriesId"] is not None]
    assert len({item["scheduledAt"] for item in items}) == len(items) == 7


async def test_the_series_of_a_dissolved_section_ends(school: School) -> None:
    tutor = await school.person("tutor")
    course = await school.course(tutor)
    section = (await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "A"}))["id"]
    yearly = {"rrule": "FREQ=YEARLY", "timeZone": ZONE.key}
    first = moment(monday(school).astimezone(UTC))
    one = await tutor.plan(course, sectionId=section, scheduledAt=first, recurrence=yearly)
    await tutor.must("DELETE", f"{CLASSES}/{one['id']}")
    await tutor.must("DELETE", f"{COURSES}/{course}/sections/{section}")
    school.harness.clock.advance(340 * 86_400)
    await school.harness.server.control.courses.series.roll()
    assert await _all(school, tutor) == []


async def test_calendars_show_what_is_planned_to_whom_it_concerns(school: School) -> None:
    term = await Term.of(school, count=4)
    tutor, course = term.tutor, term.course
    section = (await tutor.must("POST", f"{COURSES}/{course}/sections", {"name": "A"}))["id"]
    student = await school.student(tutor, course, "ada")
    hidden = await tutor.plan(course, scheduledAt=school.at(days=1), sectionId=section)
    second = (await term.classes("&status=upcoming"))[2]["id"]
    assert (await student.must("GET", "/api/v1/me/calendar")) == {"createdAt": None}
    feed = await student.must("POST", "/api/v1/me/calendar")
    assert (await student.must("GET", "/api/v1/me/calendar")) == {"createdAt": feed["createdAt"]}
    url = school.harness.url + feed["url"][feed["url"].index("/api/") :]

    async def events() -> dict[str, tuple[str, int]]:
        status, text = await school.text(url)
        assert status == 200
        found = {}
        for event in Calendar.from_ical(text).walk("VEVENT"):
            found[str(event["uid"]).split("@")[0]] = (str(event["status"]), int(str(event["sequence"])))
        return found

    shown = await events()
    assert len(shown) == 4
    assert shown["first"] == ("CONFIRMED", 0)
    assert hidden["id"] not in shown
    await tutor.must("POST", f"{CLASSES}/{second}/cancel", {})
    await tutor.must("PATCH", f"{CLASSES}/first", {"title": "New"})
    await tutor.must("PATCH", f"{CLASSES}/first", {"title": "Newer"})
    shown = await events()
    assert shown[second] == ("CANCELLED", 1)
    assert shown["first"] == ("CONFIRMED", 2)
    await tutor.must("DELETE", f"{CLASSES}/first")
    assert "first" not in await events()
    status, text = await school.text(f"{school.harness.url}{CLASSES}/{second}/calendar.ics", student)
    assert status == 200
    assert "BEGIN:VTIMEZONE" in text and "STATUS:CANCELLED" in text
    again = await student.must("POST", "/api/v1/me/calendar")
    assert (await school.text(url))[0] == 404
    url = school.harness.url + again["url"][again["url"].index("/api/") :]
    await tutor.must("DELETE", f"{COURSES}/{course}/roster/{student.id}")
    assert await events() == {}
    await student.must("DELETE", "/api/v1/me/calendar")
    assert (await school.text(url))[0] == 404
    assert (await school.text(f"{school.harness.url}/api/v1/calendar/{'x' * 32}.ics"))[0] == 404
    status, problem = await school.harness.rest("POST", "/api/v1/me/calendar", school.harness.token("student"))
    assert (status, problem["code"]) == (403, "forbidden")
