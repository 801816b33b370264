"""What makes a server one of several: its announcements go through the log of the database, and a bell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from signaling.announcements import Announcement
from signaling.config import Config
from signaling.errors import ConfigError
from signaling.services.cluster.doorbell import Doorbell
from signaling.services.cluster.event_tail import EventLogWriter, EventTail
from signaling.store.database import Announcer, Database
from signaling.store.event_log import EventLogStore

TRIM_S = 60.0


class Cluster:
    """Made with ``redis.url`` set."""

    def __init__(self, config: Config, node_id: str, now: Callable[[], datetime]) -> None:
        """Raises `ConfigError`."""
        if not config.database.url.startswith("postgres"):
            raise ConfigError("redis.url makes several servers one, which needs PostgreSQL: set database.url too")
        if not config.auth.secret:
            raise ConfigError("several servers need the same auth.secret: set it on each, or unset redis.url")
        self._config = config
        self._node_id = node_id
        self._now = now
        self._store = EventLogStore()
        self._writer = EventLogWriter(self._store, node_id, now)

    @property
    def announcer(self) -> Announcer:
        return self._writer

    def attach(self, database: Database, deliver: Callable[[Announcement], None]) -> None:
        """``deliver`` takes what any server announces."""
        keep = timedelta(minutes=self._config.cluster.log_minutes)
        self._tail = EventTail(database=database, store=self._store, deliver=deliver, keep=keep, now=self._now)
        redis = self._config.redis
        self._doorbell = Doorbell(redis.url, f"{redis.prefix}:events", self._node_id, self._tail.ring)
        self._writer.on_written = self._written

    def _written(self) -> None:
        self._tail.ring()
        self._doorbell.ring()

    async def begin(self) -> None:
        """To be called before anybody can connect."""
        await self._tail.begin()

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """To be run as long as the server serves."""
        return [self._tail.run(), self._doorbell.run()]

    def jobs(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        return [(TRIM_S, self._tail.trim)]
