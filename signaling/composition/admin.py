"""Puts together what an admin sees of the server itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from signaling.config import Config, Origin
from signaling.http.admin import AdminRoutes
from signaling.http.api import Handlers as RouteHandlers
from signaling.services.access import Access
from signaling.services.admin.running_sessions import RunningSessions
from signaling.services.admin.settings_in_force import SettingsInForce
from signaling.services.admin.storage import StorageUse
from signaling.services.sessions.media import Media
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database
from signaling.store.nodes import NodeStore
from signaling.store.running import RunningStore
from signaling.store.usage import UsageStore


class AdminParts:
    """An attribute each, as in `signaling.composition.control_plane.ControlPlane`."""

    def __init__(
        self,
        *,
        config: Config,
        origins: Mapping[str, Origin],
        version: str,
        database: Database,
        access: Access,
        sessions: Sessions,
        media: Media,
        node_id: str,
        now: Callable[[], datetime],
    ) -> None:
        self.running = RunningSessions(
            database=database,
            store=RunningStore(),
            nodes=NodeStore(),
            access=access,
            sessions=sessions,
            media=media,
            node_id=node_id,
            is_cluster=bool(config.redis.url),
            dead_after=timedelta(seconds=config.cluster.dead_seconds),
            now=now,
        )
        self.storage = StorageUse(database=database, store=UsageStore(), access=access, config=config)
        self.settings = SettingsInForce(access=access, config=config, origins=origins, version=version)

    def route_handlers(self) -> RouteHandlers:
        return AdminRoutes(self.running, self.storage, self.settings).handlers()
