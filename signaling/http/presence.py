"""REST: presence."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol.presence import PresenceList
from signaling.services.people.presence import Presence


class PresenceRoutes:
    """One method per route."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def handlers(self) -> Handlers:
        return {"get-presence": self.get}

    async def get(self, call: Call) -> PresenceList:
        return await self._presence.of(call.who, call.query)
