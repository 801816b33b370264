"""When somebody was present: the stays of all their devices as intervals that never overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from signaling.protocol.base import Role


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of one person, from joining to leaving. ``ended_at`` None: still there. ``was_lost``: ended because
    the connection was gone, not because the person went."""

    user_id: str
    name: str
    role: Role
    started_at: datetime
    ended_at: datetime | None
    was_lost: bool = False
    hands_raised: int = 0
    talk_ms: int = 0
    reactions: int = 0


class Interval(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A session in time. ``end`` is the present while it runs; ``planned_start`` is when it was to start."""

    session_id: str
    start: datetime
    end: datetime
    is_running: bool
    planned_start: datetime | None = None

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def clip(self, start: datetime, end: datetime) -> Interval | None:
        """The part that lies in the session; None when there is none."""
        start, end = max(start, self.start), min(end, self.end)
        return Interval(start, end) if start < end else None


def presence(stays: Iterable[Stay], span: Span, bridge: timedelta) -> list[Interval]:
    """When a person with these stays was present, in order, without overlaps.

    A gap after a lost connection counts as presence when they were back within ``bridge``, by whichever device or
    tab: that is what keeping a seat means. Who left by choice was away, however shortly.
    """
    clipped = [
        (part, stay.was_lost)
        for stay in stays
        if (part := span.clip(stay.started_at, stay.ended_at or span.end)) is not None
    ]
    merged: list[tuple[Interval, bool]] = []
    for part, was_lost in sorted(clipped, key=lambda item: (item[0].start, item[0].end)):
        if merged:
            last, last_was_lost = merged[-1]
            if part.start <= last.end + (bridge if last_was_lost else timedelta()):
                # the later end decides how the interval ended; when both end together, going by choice does
                lost = (
                    was_lost
                    if part.end > last.end
                    else last_was_lost
                    if part.end < last.end
                    else was_lost and last_was_lost
                )
                merged[-1] = (Interval(last.start, max(last.end, part.end)), lost)
                continue
        merged.append((part, was_lost))
    return [interval for interval, _ in merged]


def total(intervals: Iterable[Interval]) -> timedelta:
    return sum((interval.length for interval in intervals), timedelta())


def peak(people: Iterable[Sequence[Interval]]) -> int:
    """How many people were present at once at most. Who comes in the moment another goes is not with them."""
    changes = sorted(
        change
        for intervals in people
        for interval in intervals
        for change in ((interval.start, 1), (interval.end, -1))
    )
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most
