"""Live classes as iCalendar (RFC 5545).

Each is an event of its own with a UID that never changes; SEQUENCE grows with every change, and what was
cancelled stays as STATUS:CANCELLED, so that a calendar takes it out. Those of a series are in its time zone, with
a VTIMEZONE, the others in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from signaling.protocol.live_classes import LiveClass
from signaling.store.live_classes import Entry

PRODUCT = "-//Podium//Live classes//EN"
DEFAULT_DURATION = timedelta(hours=1)
REFRESH = timedelta(hours=1)

_STATUS = {"scheduled": "CONFIRMED", "live": "CONFIRMED", "ended": "CONFIRMED", "cancelled": "CANCELLED"}


def calendar(entries: Sequence[Entry], *, name: str, url: str, host: str) -> bytes:
    """A whole calendar. ``url`` is where live classes are shown, ``host`` makes the UIDs those of this server.
    Entries without a time are left out."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    planned = [entry for entry in entries if _starts(entry.live_class) is not None]
    for zone in _zones(planned):
        made.add_component(zone)
    for entry in planned:
        made.add_component(_event(entry, url, host))
    text: bytes = made.to_ical()
    return text


def _starts(live_class: LiveClass) -> datetime | None:
    """When it is planned; one without a plan when it was started."""
    return live_class.scheduled_at or live_class.started_at


def _event(entry: Entry, url: str, host: str) -> Event:
    live_class = entry.live_class
    starts = _starts(live_class)
    assert starts is not None
    ends = starts + (
        timedelta(minutes=live_class.duration_minutes) if live_class.duration_minutes else DEFAULT_DURATION
    )
    zone = ZoneInfo(entry.time_zone) if entry.time_zone is not None else UTC
    link = f"{url}/class/{live_class.id}"
    text = live_class.description
    if live_class.cancel_reason:
        text = f"{live_class.cancel_reason}\n\n{text}"
    event = Event()
    event.add("uid", f"{live_class.id}@{host}")
    event.add("dtstamp", entry.changed_at)
    event.add("created", entry.created_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.revision)
    event.add("dtstart", starts.astimezone(zone))
    event.add("dtend", ends.astimezone(zone))
    event.add("summary", live_class.title)
    event.add("description", f"{text}\n\n{link}".strip())
    event.add("location", link)
    event.add("url", link)
    event.add("categories", [entry.course_title])
    event.add("status", _STATUS[live_class.status])
    return event


def _zones(entries: Iterable[Entry]) -> list[Timezone]:
    """A VTIMEZONE for each zone, with the changes of the clock around the events in it."""
    spans: dict[str, tuple[date, date]] = {}
    for entry in entries:
        starts = _starts(entry.live_class)
        if entry.time_zone is not None and starts is not None:
            day = starts.date()
            first, last = spans.get(entry.time_zone, (day, day))
            spans[entry.time_zone] = (min(first, day), max(last, day))
    # a year more on either side: a change of the clock is always within
    year = timedelta(days=366)
    return [
        Timezone.from_tzinfo(ZoneInfo(name), name, first - year, last + year)
        for name, (first, last) in sorted(spans.items())
    ]
