"""When the classes of a series are: a rule, a time zone and a first time, and the moments they give."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from signaling.errors import BadRequest
from signaling.protocol.live_classes import Recurrence
from signaling.services.classes.recurrence import (
    SEARCH,
    Rule,
    find_zone,
    occurrences,
    read_rule,
    to_moment,
    to_wall_clock,
)
from signaling.store.series import StoredSeries


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When the classes of a series are."""

    zone: ZoneInfo
    rule: Rule
    first: datetime

    def moments(self, before: datetime, since: datetime | None = None) -> list[datetime]:
        """From ``since`` on and earlier than ``before``."""
        # a day more: what the clock shows does not order moments when it is put back
        found = occurrences(self.rule, self.first, self.clock(before) + timedelta(days=1))
        moments = (to_moment(at, self.zone) for at in found)
        return [at for at in moments if at < before and (since is None or at >= since)]

    def clock(self, at: datetime) -> datetime:
        return to_wall_clock(at, self.zone)

    def begin(self, place: datetime) -> datetime:
        """The wall clock of a place: a change of the clock may have moved the moment, not the time of day."""
        return datetime.combine(self.clock(place).date(), self.first.time())

    def planned_until(self, before: datetime) -> datetime | None:
        """None when there is nothing more to come from then on."""
        later = occurrences(self.rule, self.first, self.clock(before) + SEARCH)
        return before if any(to_moment(at, self.zone) >= before for at in later) else None


def plan_of(series: StoredSeries) -> Plan:
    zone = find_zone(series.time_zone)
    return Plan(zone=zone, rule=read_rule(series.rule, zone), first=series.first)


def new_plan(recurrence: Recurrence, first: datetime) -> Plan:
    """Raises `BadRequest` for what gives no classes, or cannot be meant."""
    zone = find_zone(recurrence.time_zone)
    rule = read_rule(recurrence.rrule, zone)
    ends = [rule.count, rule.until, recurrence.count, recurrence.until]
    if sum(end is not None for end in ends) > 1:
        raise BadRequest("the recurrence ends twice: give one of until and count, here or in the rule")
    clock = to_wall_clock(first, zone)
    until = to_wall_clock(recurrence.until, zone) if recurrence.until is not None else rule.until
    if until is not None and until < clock:
        raise BadRequest("the recurrence ends before its first class")
    rule = msgspec.structs.replace(rule, count=recurrence.count or rule.count, until=until)
    if next(occurrences(rule, clock, clock + SEARCH), None) is None:
        raise BadRequest("the recurrence gives no class within five years of its start")
    return Plan(zone=zone, rule=rule, first=clock)
