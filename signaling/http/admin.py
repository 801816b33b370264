"""REST: what an admin sees of the server itself."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol import admin as wire
from signaling.services.admin.running_sessions import RunningSessions
from signaling.services.admin.settings_in_force import SettingsInForce
from signaling.services.admin.storage import StorageUse


class AdminRoutes:
    """One method per route."""

    def __init__(self, running: RunningSessions, storage: StorageUse, settings: SettingsInForce) -> None:
        self._running = running
        self._storage = storage
        self._settings = settings

    def handlers(self) -> Handlers:
        return {
            "list-running-sessions": self.sessions,
            "get-storage": self.storage,
            "list-settings": self.settings,
        }

    async def sessions(self, call: Call) -> wire.RunningSessions:
        return await self._running.list_(call.who)

    async def storage(self, call: Call) -> wire.Storage:
        return await self._storage.get(call.who)

    async def settings(self, call: Call) -> wire.SettingsInForce:
        return self._settings.list_(call.who)
