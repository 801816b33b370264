"""Keys of streams: tokens that let a program publish or play one live class, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from signaling import cursors
from signaling.announcements import user_topic
from signaling.errors import NotFound
from signaling.identity import Identity, Principal, StreamPass
from signaling.permissions import may, require
from signaling.protocol import streams as wire
from signaling.services.access import Access
from signaling.services.names import name_of
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore
from signaling.store.stream_keys import StreamKeyRow, StreamKeyStore
from signaling.tokens import Tokens


class StreamKeys:
    def __init__(
        self,
        *,
        database: Database,
        store: StreamKeyStore,
        people: PeopleStore,
        live_classes: LiveClassStore,
        access: Access,
        tokens: Tokens,
        public_url: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._store = store
        self._people = people
        self._live_classes = live_classes
        self._access = access
        self._tokens = tokens
        self._public_url = public_url
        self._now = now
        self._new_id = new_id

    async def create(self, who: Identity, live_class_id: str, command: wire.CreateStreamKey) -> wire.StreamKey:
        """Raises `Forbidden`, `NotFound`."""
        now = self._now()
        is_publisher = command.kind == "publish"
        async with self._db.transaction() as tx:
            principal = await self._principal(tx, who, live_class_id)
            require(principal.role, "publish-stream" if is_publisher else "play-stream")
            key = StreamKeyRow(
                id=self._new_id(),
                live_class_id=live_class_id,
                user_id=who.user_id,
                user_name=who.name,
                kind=command.kind,
                source=command.source,
                label=name_of(command.label) if command.label.strip() else "",
                created_at=now,
                expires_at=now.replace(microsecond=0) + timedelta(hours=command.hours),
            )
            await self._store.add(tx, key)
            await self._audit(
                tx, principal, "create-stream-key", key.id, kind=key.kind, live_class_id=live_class_id
            )
        token = self._tokens.issue_stream_key(
            StreamPass(
                id=key.id,
                kind=key.kind,
                source=key.source,
                live_class_id=key.live_class_id,
                user_id=who.user_id,
                name=who.name,
                expires_at=key.expires_at,
            ),
            now,
        )
        query = "?source=screen" if command.source == "screen" else ""
        return wire.StreamKey(
            id=key.id,
            token=token,
            whip_url=f"{self._public_url}/whip/{live_class_id}{query}" if is_publisher else None,
            whep_url=None if is_publisher else f"{self._public_url}/whep/{live_class_id}",
            expires_at=key.expires_at,
        )

    async def page(self, who: Identity, live_class_id: str, query: wire.StreamKeyQuery) -> wire.StreamKeyList:
        """All of a class for who may publish in it, one's own for who may play. Raises `Forbidden`, `NotFound`."""
        after = None if query.cursor is None else cursors.decode(query.cursor, tuple[datetime, str])
        async with self._db.transaction() as tx:
            principal = await self._principal(tx, who, live_class_id)
            require(principal.role, "play-stream")
            found = await self._store.page(
                tx,
                live_class_id,
                user_id=None if may(principal.role, "publish-stream") else who.user_id,
                after=after,
                limit=query.limit + 1,
            )
        page = found[: query.limit]
        return wire.StreamKeyList(
            items=[_shown(key) for key in page],
            next_cursor=cursors.encode(page[-1].created_at, page[-1].id) if len(found) > len(page) else None,
        )

    async def revoke(self, who: Identity, live_class_id: str, key_id: str) -> None:
        """Let nothing in by this key any more, and end what it opened, on whichever server that is. Raises
        `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            principal = await self._principal(tx, who, live_class_id)
            require(principal.role, "play-stream")
            key = await self._store.find(tx, live_class_id, key_id)
            is_theirs = key is not None and key.user_id == who.user_id
            if key is None or not (is_theirs or may(principal.role, "publish-stream")):
                raise NotFound("there is no such key")
            if await self._store.revoke(tx, key_id, self._now()):
                await self._audit(tx, principal, "revoke-stream-key", key_id, live_class_id=live_class_id)
                tx.announce(
                    user_topic(key.user_id), wire.StreamKeyRevoked(key_id=key_id, live_class_id=live_class_id)
                )

    async def _principal(self, tx: Transaction, who: Identity, live_class_id: str) -> Principal:
        """Raises `NotFound`: also for a class that they do not see."""
        live_class = await self._live_classes.get(tx, live_class_id)
        principal = await self._access.principal(tx, who, live_class.course_id)
        if not principal.sees(live_class.section_id):
            raise NotFound("there is no such live class")
        return principal

    async def _audit(
        self, tx: Transaction, principal: Principal, action: str, key_id: str, **details: Any
    ) -> None:
        await self._people.audit(
            tx,
            actor_id=principal.user_id,
            action=action,
            target=key_id,
            course_id=principal.course_id,
            now=self._now(),
            **details,
        )


def _shown(key: StreamKeyRow) -> wire.StreamKeyInfo:
    return wire.StreamKeyInfo(
        id=key.id,
        kind=key.kind,
        source=key.source,
        label=key.label,
        user_id=key.user_id,
        user_name=key.user_name,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
