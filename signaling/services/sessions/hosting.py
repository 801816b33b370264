"""Which server hosts a session: chosen when it starts, and again when its host is gone.

A server shows that it lives by a heartbeat. After a crash the sessions that it hosted are taken up by another, or
by itself when it is back: everyone who was in is then marked as away since its last heartbeat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from signaling.config import origin_of
from signaling.errors import Elsewhere, NotLive
from signaling.records import LiveSession
from signaling.store.database import Database, Transaction
from signaling.store.nodes import Hosted, NodeStore
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)


class Hosting:
    def __init__(
        self,
        *,
        database: Database,
        nodes: NodeStore,
        sessions: SessionStore,
        node_id: str,
        url: str,
        is_cluster: bool,
        spread: bool,
        dead_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """``url`` is how browsers reach this server. Without a cluster there is no other server that could be
        alive. ``spread``: a new session goes to the server with the fewest people, else it stays where it was
        started."""
        self._db = database
        self._nodes = nodes
        self._sessions = sessions
        self.node_id = node_id
        self._url = url
        self._is_cluster = is_cluster
        self._spread = spread
        self._dead_after = dead_after
        self._now = now
        self.origins: tuple[str, ...] = ()
        """Where browsers reach the servers of the cluster that live, as of the last heartbeat."""

    async def begin(self) -> None:
        """This server starts."""
        async with self._db.transaction() as tx:
            await self._nodes.add(tx, self.node_id, self._url, self._now())
        await self.beat((), 0)

    async def beat(self, hosted: Collection[str], participants: int) -> list[str]:
        """This server lives. Which of the sessions that it hosts were taken over by others, while it could not
        write."""
        async with self._db.transaction() as tx:
            await self._nodes.beat(tx, self.node_id, participants, self._now())
            if self._is_cluster:
                alive = await self._nodes.all(tx, self._now() - self._dead_after)
                self.origins = tuple(sorted({origin_of(node.url) for node in alive}))
            return await self._nodes.lost(tx, self.node_id, hosted) if hosted else []

    async def stop(self) -> None:
        """This server ends by itself; its sessions are free at once."""
        async with self._db.transaction() as tx:
            await self._nodes.stop(tx, self.node_id, self._now())

    async def assign(self, tx: Transaction, session_id: str) -> str:
        """Choose who hosts a session that begins in this transaction."""
        chosen = self.node_id
        if self._is_cluster and self._spread:
            alive = await self._nodes.all(tx, self._now() - self._dead_after)
            fewest = [node.id for node in alive if node.participants == alive[0].participants]
            if fewest and self.node_id not in fewest:
                chosen = fewest[0]
        await self._nodes.assign(tx, session_id, chosen)
        return chosen

    async def take_up(self) -> list[LiveSession]:
        """Every running session that nobody hosts any more, now hosted here."""
        async with self._db.transaction() as tx:
            found = [one for one in await self._nodes.running(tx) if one.node_id != self.node_id]
            return [session for one in found if (session := await self._claim(tx, one)) is not None]

    async def take(self, session_id: str) -> LiveSession:
        """One running session, now hosted here. Raises `Elsewhere` when its host lives, `NotLive` when it has
        ended."""
        async with self._db.transaction() as tx:
            for one in await self._nodes.running(tx, session_id):
                if one.node is not None and one.node_id != self.node_id and self._is_alive(one):
                    raise Elsewhere("another server hosts this live class", one.node.url)
                session = await self._claim(tx, one)
                if session is not None:
                    return session
        raise NotLive("the live class is not running")

    async def _claim(self, tx: Transaction, one: Hosted) -> LiveSession | None:
        if one.node_id != self.node_id:
            if self._is_alive(one) or not await self._nodes.claim(tx, one.session_id, one.node_id, self.node_id):
                return None
            log.info("session %s is taken over from server %s", one.session_id, one.node_id)
        return await self._sessions.take_up(tx, one.session_id, one.node.seen_at if one.node else None)

    def _is_alive(self, one: Hosted) -> bool:
        """A server of the same URL that is not this one is the run before this one."""
        if not self._is_cluster or one.node is None or one.node.url == self._url:
            return False
        return one.node.is_alive(self._now(), self._dead_after)
