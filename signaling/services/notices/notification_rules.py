"""What decides about notifications: which channels a kind takes, until when it is of use, when it is quiet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signaling.errors import BadRequest
from signaling.protocol.notifications import KindChannels, NotificationKind, NotificationSettings, QuietHours

KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)

OutsideChannel = Literal["push", "email"]

_MAILED: frozenset[NotificationKind] = frozenset(
    {"live-class-scheduled", "live-class-moved", "live-class-cancelled", "live-class-missed", "enrolled"}
)
"""By mail unless somebody wishes otherwise: what changes one's calendar. The rest comes too late or too often."""

_OF_USE: dict[NotificationKind, timedelta] = {
    "live-class-starting-soon": timedelta(minutes=30),
    "live-class-started": timedelta(hours=1),
}
OF_USE_DEFAULT = timedelta(days=2)

DEFAULTS: dict[NotificationKind, KindChannels] = {
    kind: KindChannels(kind=kind, in_app=True, push=True, email=kind in _MAILED) for kind in KINDS
}


def complete(settings: NotificationSettings | None) -> NotificationSettings:
    """Every kind once, in the order of the protocol. Raises `BadRequest` when one comes twice."""
    if settings is None:
        return NotificationSettings(channels=list(DEFAULTS.values()))
    chosen = {choice.kind: choice for choice in settings.channels}
    if len(chosen) < len(settings.channels):
        raise BadRequest("channels has a kind twice")
    channels = [chosen.get(kind, DEFAULTS[kind]) for kind in KINDS]
    return NotificationSettings(channels=channels, quiet_hours=settings.quiet_hours)


def channels_of(settings: NotificationSettings | None, kind: NotificationKind) -> KindChannels:
    if settings is not None:
        for choice in settings.channels:
            if choice.kind == kind:
                return choice
    return DEFAULTS[kind]


def expires_at(kind: NotificationKind, now: datetime) -> datetime:
    """Until when it is of use to hear of something that happens now."""
    return now + _OF_USE.get(kind, OF_USE_DEFAULT)


def send_at(settings: NotificationSettings | None, kind: NotificationKind, now: datetime) -> datetime | None:
    """When something of this kind may go out: now, after the quiet hours, or never when it is of no use then."""
    if settings is None or settings.quiet_hours is None:
        return now
    at = end_of_quiet(settings.quiet_hours, now)
    return at if at < expires_at(kind, now) else None


def check_quiet_hours(quiet: QuietHours) -> None:
    """Raises `BadRequest` for a time zone that does not exist, and for hours that never are or never end."""
    if quiet.starts == quiet.ends:
        raise BadRequest("quiet hours that start and end at the same time are all day or never: leave them out")
    try:
        ZoneInfo(quiet.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"there is no time zone {quiet.time_zone!r}; one is called Europe/Berlin") from None


def end_of_quiet(quiet: QuietHours, now: datetime) -> datetime:
    """The end of the quiet hours that ``now`` is in; ``now`` itself when it is in none. The hours are those of the
    wall clock, so on the day of a change of the clock they are an hour shorter or longer."""
    zone = ZoneInfo(quiet.time_zone)
    starts, ends = time.fromisoformat(quiet.starts), time.fromisoformat(quiet.ends)
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if starts < ends:
        inside, days = starts <= clock < ends, 0
    else:
        inside = clock >= starts or clock < ends
        days = 1 if clock >= starts else 0
    if not inside:
        return now
    end = datetime.combine(local.date() + timedelta(days=days), ends, zone).astimezone(now.tzinfo)
    # a clock that is put back shows the end twice, and the first of them may be over
    return max(now, end)
