"""From stays to presence: reconnects, devices, lateness, and a truth found second by second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signaling.attendance.presence import Interval, Span, Stay, peak, presence, total
from signaling.attendance.report import Activity, Rules, report
from signaling.protocol.base import Role

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BRIDGE = timedelta(seconds=120)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def span(length: int = 3600, *, is_running: bool = False, planned: int | None = None) -> Span:
    planned_start = None if planned is None else at(planned)
    return Span(session_id="s", start=at(0), end=at(length), is_running=is_running, planned_start=planned_start)


def stay(
    start: int, end: int | None, user: str = "ada", *, was_lost: bool = False, role: Role = "student"
) -> Stay:
    return Stay(
        user_id=user,
        name=user.title(),
        role=role,
        started_at=at(start),
        ended_at=None if end is None else at(end),
        was_lost=was_lost,
    )


def seconds(intervals: list[Interval]) -> list[tuple[int, int]]:
    return [(int((i.start - START).total_seconds()), int((i.end - START).total_seconds())) for i in intervals]


def test_two_devices_count_once() -> None:
    assert seconds(presence([stay(0, 600), stay(300, 900)], span(), BRIDGE)) == [(0, 900)]
    assert seconds(presence([stay(0, 900), stay(300, 600)], span(), BRIDGE)) == [(0, 900)]


def test_a_lost_connection_is_bridged_when_they_come_back_in_time() -> None:
    assert seconds(presence([stay(0, 100, was_lost=True), stay(220, 900)], span(), BRIDGE)) == [(0, 900)]
    gone = [(0, 100), (221, 900)]
    assert seconds(presence([stay(0, 100, was_lost=True), stay(221, 900)], span(), BRIDGE)) == gone


def test_who_leaves_by_choice_is_away() -> None:
    assert seconds(presence([stay(0, 100), stay(110, 900)], span(), BRIDGE)) == [(0, 100), (110, 900)]


def test_the_device_that_ends_last_decides_how_the_interval_ended() -> None:
    lost_first = [stay(0, 100, was_lost=True), stay(50, 200), stay(250, 300)]
    assert seconds(presence(lost_first, span(), BRIDGE)) == [(0, 200), (250, 300)]
    lost_last = [stay(0, 100), stay(50, 200, was_lost=True), stay(250, 300)]
    assert seconds(presence(lost_last, span(), BRIDGE)) == [(0, 300)]


def test_nothing_counts_outside_of_the_session() -> None:
    assert seconds(presence([stay(-50, 10), stay(3500, 4000), stay(5000, 6000)], span(), BRIDGE)) == [
        (0, 10),
        (3500, 3600),
    ]
    assert seconds(presence([stay(3000, None)], span(), BRIDGE)) == [(3000, 3600)]


def test_late_and_early() -> None:
    stays = [
        stay(0, 3600, "tutor", role="tutor"),
        stay(301, 3600, "late"),
        stay(300, 3300, "in-time"),
        stay(10, 3299, "early"),
    ]
    found = {person.user_id: person for person in report(span(), stays, {}, Rules()).people}
    assert found["late"].late_by == timedelta(seconds=301)
    assert found["in-time"].late_by is None
    assert found["in-time"].left_early_by is None
    assert found["early"].left_early_by == timedelta(seconds=301)
    running = report(span(is_running=True), stays, {}, Rules())
    assert all(person.left_early_by is None for person in running.people)


def test_a_class_that_starts_before_its_time_makes_nobody_late() -> None:
    (person,) = report(span(planned=600), [stay(800, 3600)], {}, Rules()).people
    assert person.late_by is None
    (person,) = report(span(planned=-600), [stay(400, 3600)], {}, Rules()).people
    assert person.late_by == timedelta(seconds=400)


def test_the_report_counts_people_not_devices() -> None:
    stays = [stay(0, 600), stay(0, 600), stay(600, 1200, "ben"), stay(0, 1200, "cho")]
    activity = {"ben": Activity(messages=3, questions=1)}
    found = report(span(1200), stays, activity, Rules())
    assert found.peak == 2
    assert [person.user_id for person in found.people] == ["ada", "cho", "ben"]
    ada, cho, ben = found.people
    assert (ada.share, cho.share, ben.share) == (0.5, 1.0, 0.5)
    assert ada.connections == 2
    assert ben.activity.questions == 1
    assert found.present == timedelta(seconds=2400)


def test_a_session_without_length_divides_nothing() -> None:
    (person,) = report(span(0), [stay(0, 0)], {}, Rules()).people
    assert (person.share, person.intervals) == (0.0, ())


STAYS = st.lists(
    st.tuples(st.integers(-20, 120), st.integers(0, 60), st.booleans()).map(
        lambda drawn: stay(drawn[0], drawn[0] + drawn[1], was_lost=drawn[2])
    ),
    max_size=8,
)


@given(STAYS)
def test_intervals_are_ordered_apart_and_cover_every_second_of_every_stay(stays: list[Stay]) -> None:
    session = span(100)
    intervals = presence(stays, session, timedelta(seconds=5))
    for earlier, later in pairwise(intervals):
        assert earlier.end < later.start
    inside = {second for start, end in seconds(intervals) for second in range(start, end)}
    truth = {
        second
        for found in seconds([Interval(s.started_at, s.ended_at or session.end) for s in stays])
        for second in range(*found)
        if 0 <= second < 100
    }
    assert truth <= inside
    bridged = inside - truth
    lost_ends = {int((s.ended_at - START).total_seconds()) for s in stays if s.was_lost and s.ended_at}
    assert all(any(end <= second < end + 5 for end in lost_ends) for second in bridged)
    assert total(intervals) == timedelta(seconds=len(inside))


@given(st.lists(STAYS, max_size=5))
def test_the_peak_is_the_fullest_second(people: list[list[Stay]]) -> None:
    session = span(100)
    present = [presence(stays, session, timedelta()) for stays in people]
    counts = [
        sum(any(start <= second < end for start, end in seconds(intervals)) for intervals in present)
        for second in range(100)
    ]
    assert peak(present) == max(counts)
