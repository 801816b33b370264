"""The one place that changes the status of a live class::

    scheduled ── start ──► live ── end ──► ended ── start ──► live (a new session)
        └────── cancel ──► cancelled

Every change is a part of the transaction it is given, together with what it tells and to whom.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from signaling.errors import AlreadyLive, NotLive, WrongStatus
from signaling.protocol.live_classes import (
    EndReason,
    LiveClass,
    LiveClassCancelled,
    LiveClassEnded,
    LiveClassStatus,
)
from signaling.records import LiveSession
from signaling.services.classes.class_news import ClassNews
from signaling.services.sessions.hosting import Hosting
from signaling.store.courses import CourseStore
from signaling.store.database import Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)

Act = Literal["start", "end", "cancel"]

TRANSITIONS: Mapping[tuple[LiveClassStatus, Act], LiveClassStatus] = {
    ("scheduled", "start"): "live",
    ("ended", "start"): "live",
    ("live", "end"): "ended",
    ("scheduled", "cancel"): "cancelled",
}

_NOT_LIVE: Mapping[LiveClassStatus, str] = {
    "scheduled": "the live class has not started",
    "ended": "the live class has ended",
    "cancelled": "the live class was cancelled",
}


def transition(live_class: LiveClass, act: Act) -> LiveClassStatus:
    """The status after the act. Raises `AlreadyLive` with the running session, `NotLive`, `WrongStatus`."""
    status = TRANSITIONS.get((live_class.status, act))
    if status is not None:
        return status
    if act == "end":
        raise NotLive(_NOT_LIVE[live_class.status])
    if live_class.status == "live":
        raise AlreadyLive("the live class is running already", live_class.session_id or "")
    raise WrongStatus(_NOT_LIVE[live_class.status])


class Lifecycle:
    def __init__(
        self,
        *,
        live_classes: LiveClassStore,
        courses: CourseStore,
        sessions: SessionStore,
        news: ClassNews,
        hosting: Hosting,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._live_classes = live_classes
        self._courses = courses
        self._sessions = sessions
        self._news = news
        self._hosting = hosting
        self._now = now
        self._new_id = new_id

    async def start(self, tx: Transaction, live_class_id: str, *, by: str | None) -> LiveSession:
        """A new session; ``by`` None is the schedule. After the commit the caller opens its room. Of two starts at
        once one gets the session, the other `AlreadyLive` with its id. Raises `NotFound`, `WrongStatus`."""
        course_id = (await self._live_classes.get(tx, live_class_id)).course_id
        # always first the course, then its live classes: two who lock both never wait for each other
        if await self._courses.lock(tx, course_id, shared=True):
            raise WrongStatus("the course is archived: take it up again first")
        live_class = await self._live_classes.locked(tx, live_class_id)
        status = transition(live_class, "start")
        now = self._now()
        session_id = self._new_id()
        if not await self._sessions.begin(tx, live_class_id, session_id, by, now):
            running = await self._sessions.running(tx, live_class_id)
            raise AlreadyLive("the live class is running already", running or "")
        node_id = await self._hosting.assign(tx, session_id)
        started = await self._live_classes.set_status(
            tx, live_class_id, status, now, session_id=session_id, started_at=now, ended_at=None
        )
        await self._news.started(tx, started, by=by)
        return LiveSession(session_id=session_id, live_class=started, started_at=now, node_id=node_id)

    async def end(
        self, tx: Transaction, session_id: str, *, reason: EndReason, by: str | None = None
    ) -> LiveClass:
        """End a session for everyone, and close its attendance. After the commit the caller closes the room.
        Raises `NotLive`."""
        now = self._now()
        live_class_id = await self._sessions.finish(tx, session_id, reason, now)
        if live_class_id is None:
            raise NotLive("the session has ended")
        live_class = await self._live_classes.locked(tx, live_class_id)
        status = transition(live_class, "end")
        ended = await self._live_classes.set_status(tx, live_class_id, status, now, ended_at=now)
        await self._news.ended(tx, LiveClassEnded(live_class=ended, reason=reason), by=by)
        return ended

    async def cancel(
        self,
        tx: Transaction,
        live_class_id: str,
        *,
        by: str | None,
        reason: str | None = None,
        quiet: bool = False,
    ) -> LiveClass:
        """It will not take place. ``quiet``: nobody is notified. Raises `NotFound`, `AlreadyLive`,
        `WrongStatus`."""
        live_class = await self._live_classes.locked(tx, live_class_id)
        status = transition(live_class, "cancel")
        cancelled = await self._live_classes.set_status(
            tx, live_class_id, status, self._now(), cancel_reason=reason
        )
        told = LiveClassCancelled(live_class=cancelled, reason=reason)
        await self._news.cancelled(tx, told, by=by, quiet=quiet)
        return cancelled
