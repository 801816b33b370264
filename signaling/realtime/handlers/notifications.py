"""Client events of notifications."""

from __future__ import annotations

from signaling.protocol.notifications import NotificationsSynced, SyncNotifications
from signaling.realtime.caller import Caller, Handlers
from signaling.services.notices.notifications import Notifications


class NotificationEvents:
    """One method per client event; its answer is the ack."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    def handlers(self) -> Handlers:
        return {"sync-notifications": self.sync}

    async def sync(self, caller: Caller, payload: SyncNotifications) -> NotificationsSynced:
        return await self._notifications.sync(caller.who, payload.last_seq)
