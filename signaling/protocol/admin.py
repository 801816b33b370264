"""What an admin sees of the server itself: what runs, what takes room, what is set."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from signaling.protocol.base import Wire
from signaling.protocol.reception import HealthOverview
from signaling.protocol.rest import Route

SettingSource = Literal["default", "file", "environment"]


class RunningSession(Wire, frozen=True, kw_only=True):
    """``participants`` and ``tutors`` are connected now. What only its host knows is null for a session of another
    server: ``waiting`` at the door, ``health`` of the people but for tutors. ``serverUrl`` null: nobody hosts it,
    until its server is back or another takes it over."""

    session_id: str
    live_class_id: str
    title: str
    course_id: str
    course_title: str
    started_at: datetime
    server_url: str | None
    is_here: bool
    participants: int
    tutors: int
    waiting: int | None
    health: HealthOverview | None


class RunningServer(Wire, frozen=True, kw_only=True):
    """A server of the cluster that lives. ``mediaLoads``: of the asked server alone, null for others: of each of
    its media workers the share of a core that it uses."""

    url: str
    is_here: bool
    started_at: datetime
    participants: int
    media_loads: list[float] | None


class RunningSessions(Wire, frozen=True, kw_only=True):
    """Sessions of all servers, the longest running first, at most 500; ``total`` counts all."""

    items: list[RunningSession]
    total: int
    servers: list[RunningServer]


class FilesOfUser(Wire, frozen=True, kw_only=True):
    """``name`` is null when nothing is known of them any more."""

    user_id: str
    name: str | None
    files: int
    bytes: int


class Disk(Wire, frozen=True, kw_only=True):
    """The disk that something is kept on, as its server sees it."""

    total_bytes: int
    free_bytes: int


class Storage(Wire, frozen=True, kw_only=True):
    """``files`` and ``fileBytes`` are what people attached; ``keptBytes`` is less where several attached the same.
    ``largest``: those who attached most, at most 20. ``databaseDisk`` is null where the database is elsewhere."""

    database: Literal["sqlite", "postgresql"]
    database_bytes: int
    database_disk: Disk | None
    files: int
    file_bytes: int
    kept_bytes: int
    file_disk: Disk
    quota_bytes: int
    largest: list[FilesOfUser]


class Setting(Wire, frozen=True, kw_only=True):
    """``value`` and ``default`` as in config.toml. Of a secret ``value`` is null, and ``isSet`` all that is told;
    URLs come without names, passwords and queries. ``where``: file and line, or the variable."""

    name: str
    value: str | None
    default: str
    is_secret: bool
    is_set: bool
    source: SettingSource
    where: str


class SettingsInForce(Wire, frozen=True, kw_only=True):
    """Every setting of the asked server, by tables."""

    version: str
    items: list[Setting]


_ADMIN = "/api/v1/admin"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-running-sessions",
        method="GET",
        path=f"{_ADMIN}/sessions",
        who="admin",
        doc="What runs now, on every server.",
        answer=RunningSessions,
        errors=("forbidden",),
    ),
    Route(
        operation="get-storage",
        method="GET",
        path=f"{_ADMIN}/storage",
        who="admin",
        doc="What takes how much room.",
        answer=Storage,
        errors=("forbidden",),
    ),
    Route(
        operation="list-settings",
        method="GET",
        path=f"{_ADMIN}/settings",
        who="admin",
        doc="The settings in force and where each comes from; secrets are not told.",
        answer=SettingsInForce,
        errors=("forbidden",),
    ),
)
