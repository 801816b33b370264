"""Which channels, until when, and when it is quiet: decided without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import BadRequest
from signaling.protocol.notifications import KindChannels, NotificationSettings, QuietHours
from signaling.services.notices import notification_rules as rules

NIGHT = QuietHours(starts="22:00", ends="07:00", time_zone="Europe/Berlin")
NOON_BREAK = QuietHours(starts="12:00", ends="13:30", time_zone="Asia/Kolkata")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, "2026-11-20T20:59:59", "2026-11-20T20:59:59"),
        (NIGHT, "2026-11-20T21:00:00", "2026-11-21T06:00:00"),
        (NIGHT, "2026-11-21T00:30:00", "2026-11-21T06:00:00"),
        (NIGHT, "2026-11-21T06:00:00", "2026-11-21T06:00:00"),
        (NOON_BREAK, "2026-11-21T06:30:00", "2026-11-21T08:00:00"),
        (NOON_BREAK, "2026-11-21T08:00:00", "2026-11-21T08:00:00"),
        # the clock is put forward at 01:00 UTC and back at 01:00 UTC
        (NIGHT, "2026-03-28T23:00:00", "2026-03-29T05:00:00"),
        (NIGHT, "2026-10-24T23:00:00", "2026-10-25T06:00:00"),
    ],
)
def test_the_end_of_quiet_hours(quiet: QuietHours, now: str, end: str) -> None:
    assert rules.end_of_quiet(quiet, utc(now)) == utc(end)


def test_hours_within_the_hour_that_comes_twice_end_once() -> None:
    quiet = QuietHours(starts="02:10", ends="02:40", time_zone="Europe/Berlin")
    first, second = utc("2026-10-25T00:20:00"), utc("2026-10-25T01:20:00")
    assert rules.end_of_quiet(quiet, first) == utc("2026-10-25T00:40:00")
    assert rules.end_of_quiet(quiet, second) == second


def wall(clock: time) -> str:
    return clock.strftime("%H:%M")


@given(
    starts=st.times(),
    ends=st.times(),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
)
def test_quiet_hours_end_within_a_day_and_outside_of_themselves(
    starts: time, ends: time, zone: str, now: datetime
) -> None:
    if wall(starts) == wall(ends):
        return
    quiet = QuietHours(starts=wall(starts), ends=wall(ends), time_zone=zone)
    end = rules.end_of_quiet(quiet, now)
    assert now <= end <= now + timedelta(hours=25)
    if end > now:
        clock = end.astimezone(ZoneInfo(zone)).strftime("%H:%M")
        # in a gap of the clock the end does not exist, and the next minute that does takes its place
        assert clock >= quiet.ends or rules.end_of_quiet(quiet, end) == end


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "", "UTC\0"])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(BadRequest, match="time zone"):
        rules.check_quiet_hours(QuietHours(starts="22:00", ends="07:00", time_zone=zone))


def test_quiet_hours_that_never_are_are_refused() -> None:
    with pytest.raises(BadRequest, match="same time"):
        rules.check_quiet_hours(QuietHours(starts="07:00", ends="07:00", time_zone="UTC"))


def test_what_is_of_no_use_after_the_quiet_hours_is_not_sent() -> None:
    settings = NotificationSettings(channels=[], quiet_hours=NIGHT)
    late = utc("2026-11-20T22:00:00")
    assert rules.send_at(settings, "live-class-starting-soon", late) is None
    assert rules.send_at(settings, "live-class-cancelled", late) == utc("2026-11-21T06:00:00")
    assert rules.send_at(None, "live-class-starting-soon", late) == late
    shortly = utc("2026-11-21T05:50:00")
    assert rules.send_at(settings, "live-class-starting-soon", shortly) == utc("2026-11-21T06:00:00")


def test_settings_are_completed_and_keep_what_was_chosen() -> None:
    choice = KindChannels(kind="enrolled", in_app=False, push=False, email=False)
    whole = rules.complete(NotificationSettings(channels=[choice], quiet_hours=NIGHT))
    assert [channels.kind for channels in whole.channels] == list(rules.KINDS)
    assert rules.channels_of(whole, "enrolled") == choice
    assert rules.channels_of(whole, "direct-message") == rules.DEFAULTS["direct-message"]
    assert whole.quiet_hours == NIGHT
    assert rules.complete(whole) == whole
    assert rules.complete(None).channels == list(rules.DEFAULTS.values())


def test_a_kind_that_comes_twice_is_refused() -> None:
    choice = KindChannels(kind="enrolled", in_app=True, push=True, email=True)
    with pytest.raises(BadRequest, match="twice"):
        rules.complete(NotificationSettings(channels=[choice, choice]))
