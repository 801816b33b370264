"""Presence: who is connected, to any server, told to those who share a course with them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from signaling.announcements import course_topic, user_topic
from signaling.errors import BadRequest
from signaling.identity import Identity
from signaling.protocol.accounts import SignedOut
from signaling.protocol.presence import MOST_ASKED, PresenceChanged, PresenceList, PresenceQuery, UserPresence
from signaling.services.people.presence_book import PresenceBook
from signaling.store.database import Database, Transaction
from signaling.store.nodes import NodeStore
from signaling.store.people import PeopleStore
from signaling.store.presence import PresenceStore

LINGER = timedelta(seconds=2)
AT_ONCE = 400
"""Users told of in one transaction."""
SEEN_EVERY = timedelta(minutes=1)


class Presence:
    def __init__(
        self,
        *,
        database: Database,
        store: PresenceStore,
        people: PeopleStore,
        nodes: NodeStore,
        node_id: str,
        is_cluster: bool,
        dead_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._store = store
        self._people = people
        self._nodes = nodes
        self._node_id = node_id
        self._is_cluster = is_cluster
        self._dead_after = dead_after
        self._now = now
        self._book = PresenceBook(LINGER)
        self._seen_at: datetime | None = None

    def connected(self, user_id: str, connection: str) -> None:
        """A connection of a user begins. What follows is told by `tick`."""
        self._book.connected(user_id, connection)

    def disconnected(self, user_id: str, connection: str) -> None:
        """A connection ends; one that is not known is overlooked."""
        self._book.disconnected(user_id, connection, self._now())

    async def tick(self) -> None:
        """Keep and tell who has come and who is gone. To be called about twice a second."""
        while True:
            now = self._now()
            online, offline = self._book.due(now, AT_ONCE)
            if not online and not offline:
                return
            async with self._db.transaction() as tx:
                await self._store.lock(tx, [*online, *offline])
                elsewhere = await self._store.anywhere(tx, [*online, *offline], but=self._node_id)
                await self._store.come(tx, self._node_id, online, now)
                await self._store.go(tx, self._node_id, offline)
                await self._store.seen(tx, [*online, *offline], now)
                await self._tell(tx, {*online, *offline} - elsewhere)
            self._book.done(online, offline, now)

    async def sweep(self) -> None:
        """Forget who was connected to servers that are gone, end connections of those who were blocked from the
        command line, and note who is still here. To be called every few seconds."""
        now = self._now()
        async with self._db.transaction() as tx:
            said = await self._store.nodes(tx) - {self._node_id}
            if said and self._is_cluster:
                said -= {node.id for node in await self._nodes.all(tx, now - self._dead_after)}
            for node_id in sorted(said):
                await self.forget_node(tx, node_id)
            for user_id in await self._store.blocked_here(tx, self._node_id):
                tx.announce(user_topic(user_id), SignedOut(reason="blocked", device_id=None))
            if self._seen_at is None or now - self._seen_at >= SEEN_EVERY:
                self._seen_at = now
                await self._store.seen_all(tx, self._node_id, now)

    async def forget_node(self, tx: Transaction, node_id: str) -> None:
        """A server is gone, and so is who was connected to it alone. When they were seen stays as it was last
        noted, to the minute."""
        users = await self._store.of_node(tx, node_id)
        for start in range(0, len(users), AT_ONCE):
            some = users[start : start + AT_ONCE]
            await self._store.lock(tx, some)
            elsewhere = await self._store.anywhere(tx, some, but=node_id)
            await self._store.go(tx, node_id, some)
            await self._tell(tx, set(some) - elsewhere)

    async def of(self, who: Identity, query: PresenceQuery) -> PresenceList:
        """Raises `BadRequest`."""
        wanted = dict.fromkeys(filter(None, query.user_ids.split(",")))
        if len(wanted) > MOST_ASKED:
            raise BadRequest(f"ask for {MOST_ASKED} users at most")
        async with self._db.transaction() as tx:
            shared = await self._people.sharing_course(
                tx, who.user_id, list(wanted), only=who.grant.course_id if who.grant else None
            )
            found = await self._store.get(tx, shared)
        return PresenceList(items=[found[user_id] for user_id in wanted if user_id in found])

    async def _tell(self, tx: Transaction, user_ids: Collection[str]) -> None:
        """Tell how it is now with these users in their courses."""
        if not user_ids:
            return
        states = await self._store.get(tx, user_ids)
        for course_id, members in (await self._store.courses(tx, user_ids)).items():
            users: list[UserPresence] = [states[user_id] for user_id in members]
            tx.announce(course_topic(course_id), PresenceChanged(course_id=course_id, users=users))
