"""Calendars, written and read back by another parser of RFC 5545."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from dateutil.tz import tzical
from icalendar import Calendar

from signaling.services.classes.calendar import calendar
from signaling.store.live_classes import Entry
from tests.unit.signaling.rooms_support import LIVE_CLASS

AT = datetime(2026, 3, 20, 8, tzinfo=UTC)


def entry(number: int = 1, *, time_zone: str | None = None, revision: int = 0, **fields: Any) -> Entry:
    fields = {"id": f"class-{number}", "status": "scheduled", "scheduled_at": AT, **fields}
    return Entry(
        live_class=msgspec.structs.replace(LIVE_CLASS, **fields),
        course_title="Maths, advanced; 1",
        time_zone=time_zone,
        revision=revision,
        created_at=AT - timedelta(days=9),
        changed_at=AT - timedelta(days=2),
    )


def written(*entries: Entry) -> tuple[Any, str]:
    data = calendar(entries, name="Classes", url="https://podium.example", host="podium.example")
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "RFC 5545 section 3.1"
    return Calendar.from_ical(data), data.decode()


def test_an_event_says_all_of_a_live_class() -> None:
    title, text = "Fractions, halves; and \\ more", "First line\nSecond line\n<b>bold</b>" + "x" * 200
    found, _ = written(entry(title=title, description=text, duration_minutes=45, revision=3))
    (event,) = found.walk("VEVENT")
    assert event["uid"] == "class-1@podium.example"
    assert event["sequence"] == 3
    assert event["dtstart"].dt == AT
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=45)
    assert event["summary"] == title
    assert event["description"] == f"{text}\n\nhttps://podium.example/class/class-1"
    assert event["status"] == "CONFIRMED"
    assert event["categories"].cats == ["Maths, advanced; 1"]
    assert found["version"] == "2.0"
    assert not found.walk("VTIMEZONE")


def test_what_is_written_into_a_title_adds_no_line() -> None:
    _, text = written(entry(title="x\r\nBEGIN:VALARM\r\nATTACH:file:///etc/passwd", description="\r\nEND:VEVENT"))
    assert not [line for line in text.split("\r\n") if line.startswith(("BEGIN:VALARM", "ATTACH"))]
    assert text.count("\r\nEND:VEVENT\r\n") == 1


def test_a_cancelled_class_stays_and_says_so() -> None:
    found, _ = written(entry(status="cancelled", cancel_reason="The tutor is ill", revision=2))
    (event,) = found.walk("VEVENT")
    assert (event["status"], event["sequence"], event["uid"]) == ("CANCELLED", 2, "class-1@podium.example")
    assert event["description"].startswith("The tutor is ill")


def test_a_series_is_in_its_zone_and_the_zone_is_right_on_both_sides_of_a_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    times = [datetime(2026, 3, 27, 9, tzinfo=zone), datetime(2026, 3, 30, 9, tzinfo=zone)]
    entries = [entry(n, time_zone=zone.key, scheduled_at=at.astimezone(UTC)) for n, at in enumerate(times)]
    found, text = written(*entries)
    assert "DTSTART;TZID=Europe/Berlin:20260330T090000" in text
    assert len(found.walk("VTIMEZONE")) == 1
    assert [event["uid"] for event in found.walk("VEVENT")] == ["class-0@podium.example", "class-1@podium.example"]
    # a reader that has nothing but the VTIMEZONE comes to the same moments
    (timezone,) = found.walk("VTIMEZONE")
    file = b"BEGIN:VCALENDAR\r\n" + timezone.to_ical() + b"END:VCALENDAR\r\n"
    theirs = tzical(io.StringIO(file.decode().replace("\r\n", "\n"))).get("Europe/Berlin")
    assert [at.replace(tzinfo=theirs).astimezone(UTC) for at in times] == [at.astimezone(UTC) for at in times]


def test_zones_without_changes_and_far_ones_are_written_too() -> None:
    zones = ["Asia/Kolkata", "America/New_York", "Africa/Casablanca", "UTC"]
    found, _ = written(*(entry(n, time_zone=zone) for n, zone in enumerate(zones)))
    assert {str(zone["tzid"]) for zone in found.walk("VTIMEZONE")} >= set(zones) - {"UTC"}
    assert all(event["dtstart"].dt == AT for event in found.walk("VEVENT"))


def test_a_class_without_a_time_is_left_out_until_it_was_held() -> None:
    found, _ = written(entry(scheduled_at=None, started_at=None), entry(2, scheduled_at=None, started_at=AT))
    assert [event["uid"] for event in found.walk("VEVENT")] == ["class-2@podium.example"]
