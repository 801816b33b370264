"""What a session's stays say about each person, and about the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from signaling.attendance.presence import Interval, Span, Stay, peak, presence, total
from signaling.protocol.base import Role


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``bridge``: how long a lost connection may be gone and still count as present. ``late_after`` and
    ``early_before``: how much after the start, or before the end, counts as late or as leaving early."""

    bridge: timedelta = timedelta(seconds=120)
    late_after: timedelta = timedelta(minutes=5)
    early_before: timedelta = timedelta(minutes=5)


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did besides being there."""

    messages: int = 0
    questions: int = 0
    answers: int = 0
    poll_votes: int = 0


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's part in one session. ``share`` is of the session's length, 0 to 1."""

    user_id: str
    name: str
    role: Role
    intervals: tuple[Interval, ...]
    present: timedelta
    share: float
    late_by: timedelta | None
    left_early_by: timedelta | None
    connections: int
    hands_raised: int
    talk: timedelta
    reactions: int
    activity: Activity

    @property
    def first_joined_at(self) -> datetime | None:
        return self.intervals[0].start if self.intervals else None

    @property
    def last_left_at(self) -> datetime | None:
        return self.intervals[-1].end if self.intervals else None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    span: Span
    people: tuple[Person, ...]
    """In the order of coming; who was never there is not among them."""
    peak: int

    @property
    def present(self) -> timedelta:
        return sum((person.present for person in self.people), timedelta())


def report(span: Span, stays: Sequence[Stay], activity: Mapping[str, Activity], rules: Rules) -> Report:
    by_user: dict[str, list[Stay]] = {}
    for stay in sorted(stays, key=lambda stay: stay.started_at):
        by_user.setdefault(stay.user_id, []).append(stay)
    people = [_person(span, found, activity.get(user_id, Activity()), rules) for user_id, found in by_user.items()]
    return Report(span=span, people=tuple(people), peak=peak(person.intervals for person in people))


def _person(span: Span, stays: Sequence[Stay], activity: Activity, rules: Rules) -> Person:
    intervals = tuple(presence(stays, span, rules.bridge))
    present = total(intervals)
    latest = stays[-1]
    return Person(
        user_id=latest.user_id,
        name=latest.name,
        # once a tutor in this session, a tutor
        role="tutor" if any(stay.role == "tutor" for stay in stays) else latest.role,
        intervals=intervals,
        present=present,
        share=min(1.0, present / span.length) if span.length else 0.0,
        late_by=_late_by(span, intervals, rules),
        left_early_by=_left_early_by(span, intervals, rules),
        connections=len(stays),
        hands_raised=sum(stay.hands_raised for stay in stays),
        talk=timedelta(milliseconds=sum(stay.talk_ms for stay in stays)),
        reactions=sum(stay.reactions for stay in stays),
        activity=activity,
    )


def _late_by(span: Span, intervals: Sequence[Interval], rules: Rules) -> timedelta | None:
    """Nobody can be in a class before it starts, and nobody need be before it was to start."""
    if not intervals:
        return None
    late = intervals[0].start - max(span.start, span.planned_start or span.start)
    return late if late > rules.late_after else None


def _left_early_by(span: Span, intervals: Sequence[Interval], rules: Rules) -> timedelta | None:
    """Nobody leaves early while the class runs: they may come back."""
    if not intervals or span.is_running:
        return None
    early = span.end - intervals[-1].end
    return early if early > rules.early_before else None
