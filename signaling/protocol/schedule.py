"""What the server does by itself when the time has come."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route

ScheduledJobKind = Literal["reminder", "auto-start"]
ScheduledJobState = Literal["pending", "claimed", "done", "missed", "dropped"]
"""``claimed``: being done now; ``missed``: too late; ``dropped``: the class was moved, started or cancelled."""


class ScheduledJob(Wire, frozen=True, kw_only=True):
    """``startsAt`` is the start of the class it was made for. ``detail`` says why it was missed or dropped."""

    kind: ScheduledJobKind
    due_at: datetime
    starts_at: datetime
    state: ScheduledJobState
    attempts: int
    finished_at: datetime | None
    detail: str


class ScheduledJobList(Wire, frozen=True, kw_only=True):
    """In the order in which they are due; a class has a few."""

    items: list[ScheduledJob]


ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-scheduled-jobs",
        method="GET",
        path="/api/v1/live-classes/{id}/scheduled-jobs",
        who="tutor",
        doc="The reminders and the automatic start of a live class: what is to come, and what became of it.",
        answer=ScheduledJobList,
        errors=("forbidden", "not_found"),
    ),
)
