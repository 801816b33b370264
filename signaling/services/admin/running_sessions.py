"""The sessions that run now, on this server and on others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from signaling.identity import Identity
from signaling.protocol import admin as wire
from signaling.services.access import Access
from signaling.services.sessions.media import Media
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database
from signaling.store.nodes import NodeStore
from signaling.store.running import Running, RunningStore

MOST = 500


class RunningSessions:
    def __init__(
        self,
        *,
        database: Database,
        store: RunningStore,
        nodes: NodeStore,
        access: Access,
        sessions: Sessions,
        media: Media,
        node_id: str,
        is_cluster: bool,
        dead_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._store = store
        self._nodes = nodes
        self._access = access
        self._sessions = sessions
        self._media = media
        self._node_id = node_id
        self._is_cluster = is_cluster
        self._dead_after = dead_after
        self._now = now

    async def list_(self, who: Identity) -> wire.RunningSessions:
        """Raises `Forbidden`."""
        self._access.require_global(who, "see-server")
        async with self._db.transaction() as tx:
            found = await self._store.sessions(tx, MOST)
            total = await self._store.count(tx)
            alive = await self._nodes.all(tx, self._now() - self._dead_after)
        # without a cluster any other server in the database is a run before this one
        nodes = [node for node in alive if self._is_cluster or node.id == self._node_id]
        nodes.sort(key=lambda node: (node.started_at, node.id))
        urls = {node.id: node.url for node in nodes}
        return wire.RunningSessions(
            items=[self._shown(one, urls.get(one.node_id or "")) for one in found],
            total=total,
            servers=[
                wire.RunningServer(
                    url=node.url,
                    is_here=node.id == self._node_id,
                    started_at=node.started_at,
                    participants=node.participants,
                    media_loads=self._media.loads if node.id == self._node_id else None,
                )
                for node in nodes
            ],
        )

    def _shown(self, one: Running, url: str | None) -> wire.RunningSession:
        room = self._sessions.room(one.session_id)
        connected = [seat for seat in room.seats.values() if seat.away is None] if room is not None else []
        return wire.RunningSession(
            session_id=one.session_id,
            live_class_id=one.live_class_id,
            title=one.title,
            course_id=one.course_id,
            course_title=one.course_title,
            started_at=one.started_at,
            server_url=url,
            is_here=room is not None,
            participants=one.participants if room is None else len(connected),
            tutors=one.tutors if room is None else sum(seat.role == "tutor" for seat in connected),
            waiting=None if room is None else len(room.state.waiting),
            health=None if room is None else room.health.overview(room.seats.values()),
        )
