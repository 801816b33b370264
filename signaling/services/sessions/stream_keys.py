"""Keys of streams: tokens that let a program publish or play one live class, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from signaling.errors import NotFound
from signaling.identity import Identity, StreamPass
from signaling.permissions import require
from signaling.protocol.streams import CreateStreamKey, StreamKey
from signaling.services.access import Access
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.tokens import Tokens


class StreamKeys:
    def __init__(
        self,
        *,
        database: Database,
        live_classes: LiveClassStore,
        access: Access,
        tokens: Tokens,
        public_url: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._live_classes = live_classes
        self._access = access
        self._tokens = tokens
        self._public_url = public_url
        self._now = now
        self._new_id = new_id

    async def create(self, who: Identity, live_class_id: str, command: CreateStreamKey) -> StreamKey:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            principal = await self._access.principal(tx, who, live_class.course_id)
        if not principal.sees(live_class.section_id):
            raise NotFound("there is no such live class")
        is_publisher = command.kind == "publish"
        require(principal.role, "publish-stream" if is_publisher else "play-stream")
        expires_at = self._now().replace(microsecond=0) + timedelta(hours=command.hours)
        token = self._tokens.issue_stream_key(
            StreamPass(
                id=self._new_id(),
                kind=command.kind,
                source=command.source,
                live_class_id=live_class.id,
                user_id=who.user_id,
                name=who.name,
                expires_at=expires_at,
            ),
            self._now(),
        )
        query = "?source=screen" if command.source == "screen" else ""
        return StreamKey(
            token=token,
            whip_url=f"{self._public_url}/whip/{live_class.id}{query}" if is_publisher else None,
            whep_url=None if is_publisher else f"{self._public_url}/whep/{live_class.id}",
            expires_at=expires_at,
        )
