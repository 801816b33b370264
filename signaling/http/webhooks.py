"""REST: webhooks, and the scheduled jobs of a live class."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol import webhooks as wire
from signaling.protocol.schedule import ScheduledJobList
from signaling.services.notices.webhook_admin import WebhookAdmin
from signaling.services.schedule.scheduler import Scheduler


class WebhookRoutes:
    """One method per route."""

    def __init__(self, webhooks: WebhookAdmin) -> None:
        self._webhooks = webhooks

    def handlers(self) -> Handlers:
        return {
            "list-webhooks": self.list_,
            "create-webhook": self.create,
            "get-webhook": self.get,
            "update-webhook": self.update,
            "delete-webhook": self.delete,
            "rotate-webhook-secret": self.rotate,
            "test-webhook": self.test,
            "list-webhook-deliveries": self.deliveries,
            "list-webhook-attempts": self.attempts,
        }

    async def list_(self, call: Call) -> wire.WebhookList:
        query: wire.WebhookQuery = call.query
        return await self._webhooks.page(call.who, query)

    async def create(self, call: Call) -> wire.WebhookWithSecret:
        body: wire.CreateWebhook = call.body
        return await self._webhooks.create(call.who, body)

    async def get(self, call: Call) -> wire.Webhook:
        return await self._webhooks.get(call.who, call.id)

    async def update(self, call: Call) -> wire.Webhook:
        body: wire.UpdateWebhook = call.body
        return await self._webhooks.update(call.who, call.id, body)

    async def delete(self, call: Call) -> None:
        await self._webhooks.delete(call.who, call.id)

    async def rotate(self, call: Call) -> wire.WebhookWithSecret:
        return await self._webhooks.rotate(call.who, call.id)

    async def test(self, call: Call) -> wire.WebhookDelivery:
        return await self._webhooks.test(call.who, call.id)

    async def deliveries(self, call: Call) -> wire.WebhookDeliveryList:
        query: wire.WebhookQuery = call.query
        return await self._webhooks.deliveries(call.who, call.id, query)

    async def attempts(self, call: Call) -> wire.WebhookAttemptList:
        query: wire.WebhookQuery = call.query
        return await self._webhooks.attempts(call.who, call.id, query)


class ScheduleRoutes:
    """One method per route."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def handlers(self) -> Handlers:
        return {"list-scheduled-jobs": self.jobs}

    async def jobs(self, call: Call) -> ScheduledJobList:
        return await self._scheduler.jobs(call.who, call.id)
