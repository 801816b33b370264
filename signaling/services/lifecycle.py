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
    LiveClassStarted,
    LiveClassStatus,
)
from signaling.records import LiveSession
from signaling.services.class_news import ClassNews
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
        sessions: SessionStore,
        news: ClassNews,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._live_classes = live_classes
        self._sessions = sessions
        self._news = news
        self._now = now
        self._new_id = new_id

    async def start(self, tx: Transaction, live_class_id: str, *, by: str | None) -> LiveSession:
        """A new session; ``by`` None is the schedule. After the commit the caller opens its room. Of two starts at
        once one gets the session, the other `AlreadyLive` with its id. Raises `NotFound`, `WrongStatus`."""
        live_class = await self._live_classes.locked(tx, live_class_id)
        status = transition(live_class, "start")
        now = self._now()
        session_id = self._new_id()
        if not await self._sessions.begin(tx, live_class_id, session_id, by, now):
            running = await self._sessions.running(tx, live_class_id)
            raise AlreadyLive("the live class is running already", running or "")
        started = await self._live_classes.set_status(
            tx, live_class_id, status, now, session_id=session_id, started_at=now, ended_at=None
        )
        await self._news.tell(tx, started, LiveClassStarted(live_class=started), by=by)
        return LiveSession(session_id=session_id, live_class=started, started_at=now)

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
        await self._news.tell(tx, ended, LiveClassEnded(live_class=ended, reason=reason), by=by)
        return ended

    async def cancel(
        self, tx: Transaction, live_class_id: str, *, by: str | None, reason: str | None = None
    ) -> LiveClass:
        """It will not take place. Raises `NotFound`, `AlreadyLive`, `WrongStatus`."""
        live_class = await self._live_classes.locked(tx, live_class_id)
        status = transition(live_class, "cancel")
        cancelled = await self._live_classes.set_status(
            tx, live_class_id, status, self._now(), cancel_reason=reason
        )
        await self._news.tell(tx, cancelled, LiveClassCancelled(live_class=cancelled, reason=reason), by=by)
        return cancelled
