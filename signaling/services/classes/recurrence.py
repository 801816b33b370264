"""Recurring days and times: recurrence rules (RFC 5545 section 3.3.10) on the wall clock of a time zone.

A class of 9:00 stays at 9:00 when the clock changes. A time that a change of the clock leaves out is read with the
offset before the change, and of a time that comes twice the first is taken (RFC 5545 section 3.3.5). The rules are
those of days: nothing smaller than a day recurs.

Everything here ends: candidates are looked for up to a given day, so that a rule which never comes true costs
no more than another.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from signaling.errors import BadRequest

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

MAX_COUNT = 1000
MAX_INTERVAL = 400
SEARCH = timedelta(days=5 * 366)
"""A rule that gives no class in this time after its start gives none."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
_SMALLER = ("BYHOUR", "BYMINUTE", "BYSECOND")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)\Z", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(T(\d{6})(Z?))?\Z", re.ASCII)


class Rule(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A checked rule. ``by_day`` has ordinals, 0 for every such day; Monday is 0. ``until`` is wall clock and
    belongs to the rule."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()
    week_start: int = 0

    @cached_property
    def weekdays(self) -> frozenset[int]:
        return frozenset(day for _, day in self.by_day)


# --- reading and writing ------------------------------------------------------------------------------


def read_rule(text: str, zone: ZoneInfo) -> Rule:
    """Raises `BadRequest`, whose text says which part is wrong and what would be right."""
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise BadRequest(f"rrule: {part[:32]!r} is no part of a rule; one looks like FREQ=WEEKLY;BYDAY=MO,WE")
        if name in _SMALLER:
            raise BadRequest(f"rrule: leave {name} out: the time of day is that of scheduledAt")
        if name not in _PARTS:
            raise BadRequest(f"rrule: {name[:32]!r} is not supported; there are {', '.join(_PARTS)}")
        if name in parts:
            raise BadRequest(f"rrule: {name} comes twice")
        parts[name] = value
    frequency = parts.get("FREQ", "")
    if frequency not in get_args(Frequency):
        raise BadRequest("rrule: FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    rule = Rule(
        frequency=cast(Frequency, frequency),
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, MAX_INTERVAL),
        count=_number("COUNT", parts["COUNT"], 1, MAX_COUNT) if "COUNT" in parts else None,
        until=_read_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
        by_day=tuple(_read_day(value) for value in _listed(parts, "BYDAY")),
        by_month_day=tuple(_signed("BYMONTHDAY", value, 31) for value in _listed(parts, "BYMONTHDAY")),
        by_month=tuple(_number("BYMONTH", value, 1, 12) for value in _listed(parts, "BYMONTH")),
        by_position=tuple(_signed("BYSETPOS", value, 366) for value in _listed(parts, "BYSETPOS")),
        week_start=_weekday("WKST", parts.get("WKST", "MO")),
    )
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    """What goes together (the table of RFC 5545 section 3.3.10)."""
    if rule.count is not None and rule.until is not None:
        raise BadRequest("rrule: COUNT and UNTIL exclude each other")
    ordinals = any(ordinal for ordinal, _ in rule.by_day)
    if ordinals and rule.frequency in ("DAILY", "WEEKLY"):
        raise BadRequest("rrule: a number in BYDAY, such as 1MO, is for FREQ=MONTHLY and YEARLY")
    if ordinals and rule.by_month_day:
        raise BadRequest("rrule: a number in BYDAY excludes BYMONTHDAY")
    if rule.frequency == "WEEKLY" and rule.by_month_day:
        raise BadRequest("rrule: BYMONTHDAY does not go with FREQ=WEEKLY")
    if rule.by_position and not (rule.by_day or rule.by_month_day or rule.by_month):
        raise BadRequest("rrule: BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH")


def write_rule(rule: Rule) -> str:
    """The rule as text, read back by `read_rule` with any zone: UNTIL is in wall clock."""
    parts = [f"FREQ={rule.frequency}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        parts.append(f"UNTIL={rule.until:%Y%m%dT%H%M%S}")
    if rule.by_month:
        parts.append(f"BYMONTH={','.join(map(str, rule.by_month))}")
    if rule.by_month_day:
        parts.append(f"BYMONTHDAY={','.join(map(str, rule.by_month_day))}")
    if rule.by_day:
        parts.append(f"BYDAY={','.join(f'{ordinal or str()}{_WEEKDAYS[day]}' for ordinal, day in rule.by_day)}")
    if rule.by_position:
        parts.append(f"BYSETPOS={','.join(map(str, rule.by_position))}")
    if rule.week_start:
        parts.append(f"WKST={_WEEKDAYS[rule.week_start]}")
    return ";".join(parts)


def _listed(parts: dict[str, str], name: str) -> list[str]:
    values = parts[name].split(",") if name in parts else []
    if len(values) > 60:
        raise BadRequest(f"rrule: {name} has more than 60 values")
    return list(dict.fromkeys(values))


def _number(name: str, value: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
        raise BadRequest(f"rrule: {name} must be a number from {low} to {high}")
    return int(value)


def _signed(name: str, value: str, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,3}", value, re.ASCII) or not 1 <= abs(int(value)) <= most:
        raise BadRequest(f"rrule: {name} takes numbers from 1 to {most}, or from the end -1 to -{most}")
    return int(value)


def _weekday(name: str, value: str) -> int:
    if value not in _WEEKDAYS:
        raise BadRequest(f"rrule: {name} must be one of {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(value)


def _read_day(value: str) -> tuple[int, int]:
    found = _DAY.match(value)
    if found is None or (found[1] is not None and not 1 <= abs(int(found[1])) <= 53):
        raise BadRequest(f"rrule: {value[:16]!r} in BYDAY is no day; there are {', '.join(_WEEKDAYS)}, 1MO, -1FR")
    return int(found[1] or 0), _WEEKDAYS.index(found[2])


def _read_until(value: str, zone: ZoneInfo) -> datetime:
    found = _UNTIL.match(value)
    try:
        if found is None:
            raise ValueError
        until = datetime.strptime(f"{found[1]}{found[3] or '235959'}", "%Y%m%d%H%M%S")
    except ValueError:
        raise BadRequest("rrule: UNTIL must look like 20270131 or 20270131T120000Z") from None
    return to_wall_clock(until.replace(tzinfo=UTC), zone) if found[4] else until


# --- time zones ---------------------------------------------------------------------------------------


def find_zone(name: str) -> ZoneInfo:
    """Raises `BadRequest` for a name that IANA does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"there is no time zone {name[:64]!r}; one is called Europe/Berlin") from None


def to_wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock shows then."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def to_moment(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """When the clock shows that, in UTC."""
    return wall_clock.replace(tzinfo=zone, fold=0).astimezone(UTC)


# --- days ---------------------------------------------------------------------------------------------


def occurrences(rule: Rule, first: datetime, before: datetime) -> Iterator[datetime]:
    """The wall clocks from ``first`` on and earlier than ``before``, in order. ``first`` itself counts only when
    the rule gives its day."""
    for number, day in enumerate(_days(rule, first.date(), before.date())):
        at = datetime.combine(day, first.time())
        if at >= before or (rule.until is not None and at > rule.until) or number == rule.count:
            return
        yield at


def _days(rule: Rule, start: date, last: date) -> Iterator[date]:
    for period in _periods(rule, start, last):
        found = sorted(set(_in_period(rule, period, start)))
        if rule.by_position:
            chosen = {found[p - 1 if p > 0 else p] for p in rule.by_position if abs(p) <= len(found)}
            found = sorted(chosen)
        for day in found:
            if day > last:
                return
            if day >= start:
                yield day


def _periods(rule: Rule, start: date, last: date) -> Iterator[date]:
    """The first day of each period: a day, a week, a month, a year."""
    match rule.frequency:
        case "DAILY":
            step, begin = timedelta(days=rule.interval), start
        case "WEEKLY":
            step = timedelta(weeks=rule.interval)
            begin = start - timedelta(days=(start.weekday() - rule.week_start) % 7)
        case "MONTHLY" | "YEARLY":
            months = rule.interval * (1 if rule.frequency == "MONTHLY" else 12)
            begin = start.replace(day=1) if rule.frequency == "MONTHLY" else date(start.year, 1, 1)
            number = begin.year * 12 + begin.month - 1
            while begin <= last and number < 12 * date.max.year:
                yield begin
                number += months
                begin = date(number // 12, number % 12 + 1, 1)
            return
    while begin <= last:
        yield begin
        begin += step


def _in_period(rule: Rule, period: date, start: date) -> Iterator[date]:
    match rule.frequency:
        case "DAILY":
            yield from _limited(rule, [period])
        case "WEEKLY":
            wanted = rule.weekdays or {start.weekday()}
            for day in (period + timedelta(days=n) for n in range(7)):
                if day.weekday() in wanted and (not rule.by_month or day.month in rule.by_month):
                    yield day
        case "MONTHLY":
            if not rule.by_month or period.month in rule.by_month:
                yield from _of_month(rule, period, start)
        case "YEARLY":
            yield from _of_year(rule, period.year, start)


def _of_month(rule: Rule, first: date, start: date) -> Iterator[date]:
    length = calendar.monthrange(first.year, first.month)[1]
    if rule.by_day and not rule.by_month_day:
        yield from _by_weekday(rule, first, length)
        return
    for number in rule.by_month_day or (start.day,):
        number = length + 1 + number if number < 0 else number
        if 1 <= number <= length:
            day = first.replace(day=number)
            if not rule.by_day or day.weekday() in rule.weekdays:
                yield day


def _of_year(rule: Rule, year: int, start: date) -> Iterator[date]:
    if rule.by_day and not rule.by_month and not rule.by_month_day:
        yield from _by_weekday(rule, date(year, 1, 1), 366 if calendar.isleap(year) else 365)
        return
    # without any part the day of the start; a day of the month alone is one of each month
    months = rule.by_month or (range(1, 13) if rule.by_month_day else (start.month,))
    for month in months:
        yield from _of_month(rule, date(year, month, 1), start)


def _by_weekday(rule: Rule, first: date, length: int) -> Iterator[date]:
    """Days of a month or a year: every such weekday, or the n-th from its begin or end."""
    found: set[date] = set()
    for ordinal, weekday in rule.by_day:
        offset = (weekday - first.weekday()) % 7
        days = [first + timedelta(days=n) for n in range(offset, length, 7)]
        if not ordinal:
            found.update(days)
        elif -len(days) <= ordinal <= len(days):
            found.add(days[ordinal - 1 if ordinal > 0 else ordinal])
    yield from found


def _limited(rule: Rule, days: list[date]) -> Iterator[date]:
    for day in days:
        from_end = day.day - calendar.monthrange(day.year, day.month)[1] - 1
        if (
            (not rule.by_month or day.month in rule.by_month)
            and (not rule.by_month_day or day.day in rule.by_month_day or from_end in rule.by_month_day)
            and (not rule.by_day or day.weekday() in rule.weekdays)
        ):
            yield day
