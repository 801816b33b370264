"""Recurrence: rules against another implementation, the wall clock over changes of the clock, absurd rules."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from signaling.errors import BadRequest
from signaling.protocol.live_classes import Recurrence
from signaling.services.classes.recurrence import (
    Rule,
    find_zone,
    occurrences,
    read_rule,
    to_moment,
    to_wall_clock,
    write_rule,
)
from signaling.services.classes.series_times import Plan, new_plan

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 1, 5, 9)  # a Monday


def days(rule: str, count: int, first: datetime = NINE) -> list[str]:
    found = occurrences(read_rule(rule, BERLIN), first, first + timedelta(days=5000))
    return [f"{at:%a %d %b %y}" for at in itertools.islice(found, count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=3", ["Mon 05 Jan 26", "Wed 07 Jan 26", "Fri 09 Jan 26"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH", ["Tue 06 Jan 26", "Thu 08 Jan 26", "Tue 13 Jan 26"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", ["Mon 05 Jan 26", "Sun 18 Jan 26", "Mon 19 Jan 26"]),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", ["Mon 05 Jan 26", "Fri 30 Jan 26", "Mon 02 Feb 26"]),
        ("FREQ=MONTHLY;BYDAY=TU,1SA", ["Tue 06 Jan 26", "Tue 13 Jan 26", "Tue 20 Jan 26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["Sat 31 Jan 26", "Tue 31 Mar 26", "Sun 31 May 26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,28", ["Wed 28 Jan 26", "Sat 31 Jan 26", "Sat 28 Feb 26"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["Fri 30 Jan 26", "Fri 27 Feb 26", "Tue 31 Mar 26"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["Tue 29 Feb 28", "Sun 29 Feb 32", "Fri 29 Feb 36"]),
        ("FREQ=YEARLY;BYDAY=20MO", ["Mon 18 May 26", "Mon 17 May 27", "Mon 15 May 28"]),
        ("rrule:freq=weekly;until=20260119", ["Mon 05 Jan 26", "Mon 12 Jan 26", "Mon 19 Jan 26"]),
        ("FREQ=WEEKLY;UNTIL=20260119T080000Z", ["Mon 05 Jan 26", "Mon 12 Jan 26", "Mon 19 Jan 26"]),
        ("FREQ=WEEKLY;UNTIL=20260119T075959Z", ["Mon 05 Jan 26", "Mon 12 Jan 26"]),
    ],
)
def test_rules_give_their_days(rule: str, expected: list[str]) -> None:
    assert days(rule, 3) == expected


weekday = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    ordinals = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
    ordinal = st.sampled_from(["1", "2", "-1", "3"]) if ordinals else st.just("")
    parts = {
        "INTERVAL": st.integers(1, 5).map(str),
        "COUNT": st.integers(1, 20).map(str),
        "BYDAY": st.lists(st.tuples(ordinal, weekday).map("".join), min_size=1, max_size=3).map(",".join),
        "BYMONTH": st.lists(st.integers(1, 12).map(str), min_size=1, max_size=3).map(",".join),
        "WKST": weekday,
    }
    if frequency != "WEEKLY":
        # dateutil lets the first week of a rule begin with its first day, RFC 5545 with WKST
        parts["BYSETPOS"] = st.sampled_from(["1", "2", "-1"])
        if not ordinals:
            parts["BYMONTHDAY"] = st.lists(st.sampled_from(["1", "5", "13", "28", "-1"]), min_size=1).map(",".join)
    chosen = draw(st.sets(st.sampled_from(sorted(parts))))
    return ";".join([f"FREQ={frequency}", *(f"{name}={draw(parts[name])}" for name in sorted(chosen))])


@given(text=rules(), offset=st.integers(0, 900))
def test_rules_agree_with_dateutil(text: str, offset: int) -> None:
    first = NINE + timedelta(days=offset)
    try:
        rule = read_rule(text, BERLIN)
    except BadRequest:
        assume(False)
    assert read_rule(write_rule(rule), BERLIN) == rule
    ours = list(occurrences(rule, first, first + timedelta(days=1200)))
    # only as many as we found: dateutil looks for the next of an impossible rule until the year 9999
    theirs = list(itertools.islice(rrulestr(text, dtstart=first), len(ours)))
    assert ours == theirs


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "no part of a rule"),
        ("FREQ", "no part of a rule"),
        ("FREQ=", "no part of a rule"),
        ("INTERVAL=2", "FREQ must be"),
        ("FREQ=SECONDLY", "FREQ must be"),
        ("FREQ=HOURLY", "FREQ must be"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;BYHOUR=9", "time of day"),
        ("FREQ=DAILY;BYWEEKNO=9", "not supported"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL must be"),
        ("FREQ=DAILY;COUNT=100000", "COUNT must be a number from 1 to 1000"),
        ("FREQ=DAILY;COUNT=٣", "COUNT must be"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "exclude each other"),
        ("FREQ=DAILY;UNTIL=20271301", "UNTIL must look like"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL must look like"),
        ("FREQ=WEEKLY;BYDAY=1MO", "number in BYDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "no day"),
        ("FREQ=MONTHLY;BYDAY=99MO", "no day"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3", "excludes BYMONTHDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "does not go with"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "numbers from 1 to 31"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH must be"),
        ("FREQ=YEARLY;BYMONTHDAY=" + ",".join(["1"] * 61), "more than 60"),
        ("FREQ=DAILY;WKST=XX", "WKST must be"),
        ("FREQ=DAILY\r\nDTSTART:19970902T090000", "FREQ must be"),
    ],
)
def test_absurd_rules_are_refused_precisely(rule: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_rule(rule, BERLIN)


@given(text=st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_rule(text, BERLIN)
    except BadRequest as error:
        assert str(error)


def test_a_rule_that_never_comes_true_ends() -> None:
    rule = read_rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", BERLIN)
    assert list(occurrences(rule, NINE, NINE + timedelta(days=1830))) == []


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "x" * 64, "Europe"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="no time zone"):
        find_zone(name)


def plan(zone: str, rule: str, first: datetime) -> Plan:
    return new_plan(Recurrence(rrule=rule, time_zone=zone), to_moment(first, ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("zone", "first", "changes"),
    [
        ("Europe/Berlin", datetime(2026, 3, 23, 9), datetime(2026, 3, 29)),
        ("Europe/Berlin", datetime(2026, 10, 19, 9), datetime(2026, 10, 25)),
        ("America/New_York", datetime(2026, 3, 2, 18), datetime(2026, 3, 8)),
        ("Australia/Lord_Howe", datetime(2026, 3, 30, 9), datetime(2026, 4, 5)),
        ("Africa/Cairo", datetime(2026, 4, 20, 0, 30), datetime(2026, 4, 24)),
        ("America/Santiago", datetime(2026, 8, 31, 23), datetime(2026, 9, 6)),
    ],
)
def test_the_wall_clock_stays_over_a_change_of_the_clock(zone: str, first: datetime, changes: datetime) -> None:
    series = plan(zone, "FREQ=WEEKLY;COUNT=4", first)
    moments = series.moments(to_moment(first, series.zone) + timedelta(days=60))
    assert [to_wall_clock(at, series.zone) for at in moments] == [first + timedelta(weeks=n) for n in range(4)]
    gaps = {later - earlier for earlier, later in itertools.pairwise(moments)}
    assert len(gaps) == 2, f"the clock changes on {changes}"


def test_a_time_left_out_is_read_with_the_offset_before_and_the_next_is_right_again() -> None:
    series = plan("Europe/Berlin", "FREQ=DAILY;COUNT=3", datetime(2026, 3, 28, 2, 30))
    moments = series.moments(datetime(2026, 5, 1, tzinfo=UTC))
    assert [f"{at:%d %H:%M}" for at in moments] == ["28 01:30", "29 01:30", "30 00:30"]
    assert series.begin(moments[1]) == datetime(2026, 3, 29, 2, 30)


def test_of_a_time_that_comes_twice_the_first_is_taken() -> None:
    series = plan("Europe/Berlin", "FREQ=DAILY;COUNT=3", datetime(2026, 10, 24, 2, 30))
    moments = series.moments(datetime(2026, 11, 1, tzinfo=UTC))
    assert [f"{at:%d %H:%M}" for at in moments] == ["24 00:30", "25 00:30", "26 01:30"]


@given(horizon=st.integers(0, 400), step=st.integers(1, 90))
def test_what_is_made_ahead_step_by_step_is_what_is_made_at_once(horizon: int, step: int) -> None:
    series = plan("America/New_York", "FREQ=DAILY;INTERVAL=2", datetime(2026, 1, 1, 1, 30))
    start = to_moment(series.first, series.zone)
    end = start + timedelta(days=horizon)
    made: list[datetime] = []
    until: datetime | None = None
    while until is None or until < end:
        before = min(end, (until or start) + timedelta(days=step))
        made += series.moments(before, since=until)
        if before == until:
            break
        until = before
    assert made == series.moments(end)


@pytest.mark.parametrize(
    ("recurrence", "says"),
    [
        ({"count": 3, "until": datetime(2027, 1, 1, tzinfo=UTC)}, "ends twice"),
        ({"rrule": "FREQ=DAILY;COUNT=2", "count": 3}, "ends twice"),
        ({"until": datetime(2025, 1, 1, tzinfo=UTC)}, "before its first"),
        ({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "no class within five years"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
    ],
)
def test_plans_that_cannot_be_meant_are_refused(recurrence: dict[str, object], says: str) -> None:
    fields = {"rrule": "FREQ=DAILY", "time_zone": "Europe/Berlin", **recurrence}
    with pytest.raises(BadRequest, match=says):
        new_plan(Recurrence(**fields), datetime(2026, 1, 1, 9, tzinfo=UTC))  # type: ignore[arg-type]


def test_a_plan_knows_when_nothing_more_comes() -> None:
    ends = plan("Europe/Berlin", "FREQ=WEEKLY;COUNT=3", NINE)
    assert ends.planned_until(datetime(2026, 1, 10, tzinfo=UTC)) == datetime(2026, 1, 10, tzinfo=UTC)
    assert ends.planned_until(datetime(2026, 2, 10, tzinfo=UTC)) is None
    assert plan("Europe/Berlin", "FREQ=WEEKLY", NINE).planned_until(datetime(2026, 2, 10, tzinfo=UTC)) is not None


def test_a_rule_is_written_as_it_is_read() -> None:
    rule = Rule(
        frequency="WEEKLY", interval=2, until=datetime(2026, 5, 1, 12), by_day=((0, 0), (0, 2)), week_start=6
    )
    assert write_rule(rule) == "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260501T120000;BYDAY=MO,WE;WKST=SU"
    assert read_rule(write_rule(rule), BERLIN) == rule
