"""Tells everyone in a room, again and again, how long the class has been going and how long it still has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from signaling.protocol.live_classes import LiveClass, LiveClassProgress
from signaling.rooms.events import Broadcast, Notice
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore


def progress(live_class: LiveClass, session_id: str, participants: int, now: datetime) -> LiveClassProgress:
    """What to tell now about a session that runs."""
    started = live_class.started_at or now
    elapsed = max(now - started, timedelta())
    remaining = None
    if live_class.duration_minutes is not None:
        remaining = int((timedelta(minutes=live_class.duration_minutes) - elapsed).total_seconds())
    return LiveClassProgress(
        live_class_id=live_class.id,
        session_id=session_id,
        elapsed_seconds=int(elapsed.total_seconds()),
        remaining_seconds=remaining,
        participant_count=participants,
    )


class Progress:
    def __init__(
        self,
        *,
        database: Database,
        live_classes: LiveClassStore,
        sessions: Sessions,
        publish: Callable[[Notice], None],
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._live_classes = live_classes
        self._sessions = sessions
        self._publish = publish
        self._now = now

    async def tell(self) -> None:
        """To the rooms that this server hosts. The plan is read anew: it may have been changed on another one."""
        async with self._db.transaction() as tx:
            running = await self._live_classes.of_sessions(tx, self._sessions.ids())
        now = self._now()
        for live_class in running:
            if (session_id := live_class.session_id) is not None:
                body = progress(live_class, session_id, self._sessions.participants(session_id), now)
                self._publish(Broadcast(session_id, body))
