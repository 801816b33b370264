"""Which jobs a live class has, and what becomes of one that is due: in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.protocol.live_classes import LiveClass
from signaling.services.schedule.rules import decide, time_left, wanted

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTES = (1440, 10)


def live_class(**fields: Any) -> LiveClass:
    plan: dict[str, Any] = {f.name: None for f in msgspec.structs.fields(LiveClass)}
    plan |= {
        "id": "fractions",
        "course_id": "maths",
        "title": "Fractions",
        "description": "",
        "type": "lecture",
        "status": "scheduled",
        "scheduled_at": NOON,
        "duration_minutes": 45,
        "waiting_room": False,
        "auto_start": True,
        "recording": False,
        "participant_count": 0,
    }
    return LiveClass(**{**plan, **fields})


def before(**delta: float) -> datetime:
    return NOON - timedelta(**delta)


def test_a_planned_class_has_reminders_and_its_start() -> None:
    jobs = [(job.kind, job.due_at) for job in wanted(live_class(), MINUTES, before(days=3))]
    assert jobs == [("reminder", before(days=1)), ("reminder", before(minutes=10)), ("auto-start", NOON)]


def test_reminders_of_the_past_are_not_made() -> None:
    jobs = [(job.kind, job.due_at) for job in wanted(live_class(), MINUTES, before(hours=1))]
    assert jobs == [("reminder", before(minutes=10)), ("auto-start", NOON)]
    assert [job.kind for job in wanted(live_class(), MINUTES, before(minutes=10))] == ["auto-start"]


@pytest.mark.parametrize(
    "fields",
    [{"status": "live"}, {"status": "ended"}, {"status": "cancelled"}, {"scheduled_at": None}],
)
def test_a_class_that_is_not_planned_has_no_jobs(fields: dict[str, Any]) -> None:
    assert wanted(live_class(**fields), MINUTES, before(days=3)) == []


def test_a_class_that_is_started_by_hand_has_reminders_only() -> None:
    assert {job.kind for job in wanted(live_class(auto_start=False), MINUTES, before(days=3))} == {"reminder"}


@pytest.mark.parametrize(
    ("now", "act"),
    [
        (NOON, "do"),
        (NOON + timedelta(minutes=44, seconds=59), "do"),
        (NOON + timedelta(minutes=45), "missed"),
        (NOON + timedelta(days=30), "missed"),
    ],
)
def test_a_start_is_caught_up_with_as_long_as_the_class_would_last(now: datetime, act: str) -> None:
    assert decide("auto-start", NOON, NOON, live_class(), MINUTES, now).act == act


def test_a_class_without_a_duration_is_caught_up_with_for_an_hour() -> None:
    endless = live_class(duration_minutes=None)
    assert decide("auto-start", NOON, NOON, endless, MINUTES, NOON + timedelta(minutes=59)).act == "do"
    assert decide("auto-start", NOON, NOON, endless, MINUTES, NOON + timedelta(minutes=60)).act == "missed"


@pytest.mark.parametrize(
    ("due", "now", "act"),
    [
        (before(days=1), before(days=1), "do"),
        (before(days=1), before(minutes=11), "do"),
        # the next one says the same better
        (before(days=1), before(minutes=10), "missed"),
        (before(minutes=10), before(minutes=10), "do"),
        (before(minutes=10), before(seconds=1), "do"),
        (before(minutes=10), NOON, "missed"),
    ],
)
def test_a_reminder_is_sent_late_but_never_after_the_start(due: datetime, now: datetime, act: str) -> None:
    assert decide("reminder", due, NOON, live_class(), MINUTES, now).act == act


@pytest.mark.parametrize(
    ("fields", "kind", "act"),
    [
        ({"status": "cancelled"}, "auto-start", "dropped"),
        ({"status": "cancelled"}, "reminder", "dropped"),
        ({"status": "live"}, "auto-start", "done"),
        ({"status": "ended"}, "auto-start", "done"),
        ({"status": "live"}, "reminder", "dropped"),
        ({"scheduled_at": NOON + timedelta(hours=1)}, "auto-start", "dropped"),
        ({"scheduled_at": NOON + timedelta(hours=1)}, "reminder", "dropped"),
        ({"auto_start": False}, "auto-start", "dropped"),
    ],
)
def test_what_no_longer_fits_is_not_done(fields: dict[str, Any], kind: Any, act: str) -> None:
    due = NOON if kind == "auto-start" else before(minutes=10)
    assert decide(kind, due, NOON, live_class(**fields), MINUTES, due).act == act


def test_a_deleted_class_drops_its_jobs() -> None:
    assert decide("auto-start", NOON, NOON, None, MINUTES, NOON).act == "dropped"


@given(
    minutes=st.lists(st.integers(1, 10_000), max_size=6),
    ticks=st.lists(st.integers(-20_000, 200), min_size=1, max_size=30),
)
def test_however_the_clock_runs_each_job_is_done_at_most_once_and_none_is_forgotten(
    minutes: list[int], ticks: list[int]
) -> None:
    """A worker that looks at any moments, forth and back: every job ends, no reminder comes after the start."""
    start = NOON - timedelta(days=20)
    jobs = wanted(live_class(), minutes, start)
    done: list[datetime] = []
    left = list(jobs)
    for tick in [*ticks, 100_000]:
        now = NOON + timedelta(minutes=tick)
        for job in [job for job in left if job.due_at <= now]:
            decision = decide(job.kind, job.due_at, job.starts_at, live_class(), minutes, now)
            left.remove(job)
            if decision.act == "do" and job.kind == "reminder":
                assert now < NOON
                done.append(now)
    assert not left
    # of several reminders that are due at once, one is sent
    assert len(done) == len(set(done))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "1 minute"),
        (600, "10 minutes"),
        (571, "10 minutes"),
        (3600, "1 hour"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
    ],
)
def test_time_left_is_said_as_people_do(seconds: int, text: str) -> None:
    assert time_left(NOON, NOON - timedelta(seconds=seconds)) == text
