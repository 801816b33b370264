"""Webhooks: events for other systems of the operator."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from signaling.protocol import webhooks as wire
from signaling.services.notices.outgoing import Outcome, Policy, WebhookSender
from signaling.services.notices.signatures import sign
from signaling.store.audit import AuditStore
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Delivery, DeliveryStore
from signaling.store.webhooks import StoredWebhook, WebhookStore

log = logging.getLogger(__name__)

ATTEMPTS_KEPT = timedelta(days=14)
SYSTEM = "system"
"""Who acts in the audit log when nobody does."""

POLICY = Policy(
    # a day in all, as Standard Webhooks proposes
    delays=(
        timedelta(seconds=5),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=8),
        timedelta(hours=8),
    )
)


class Posted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of every post."""

    id: str
    event: str
    created_at: datetime
    data: msgspec.Struct | Mapping[str, object]


class Webhooks:
    def __init__(
        self,
        *,
        database: Database,
        store: WebhookStore,
        deliveries: DeliveryStore,
        audit: AuditStore,
        sender: WebhookSender,
        disable_after: timedelta,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        monotonic: Callable[[], float],
    ) -> None:
        self._db = database
        self._store = store
        self._deliveries = deliveries
        self._audit = audit
        self._sender = sender
        self._disable_after = disable_after
        self._now = now
        self._new_id = new_id
        self._monotonic = monotonic
        self.policy = POLICY

    async def enqueue(
        self,
        tx: Transaction,
        event: wire.WebhookEvent,
        course_id: str | None,
        data: msgspec.Struct | Mapping[str, object],
    ) -> int:
        """Post this, once the transaction is committed, to every webhook that takes such events; to how many."""
        found = [
            webhook
            for webhook in await self._store.enabled(tx, course_id)
            if not webhook.events or event in webhook.events
        ]
        await self._deliveries.add(tx, [self.delivery(webhook, event, data) for webhook in found])
        return len(found)

    def delivery(
        self, webhook: StoredWebhook, event: wire.WebhookEvent, data: msgspec.Struct | Mapping[str, object]
    ) -> Delivery:
        """An event for one webhook; its id stays the same over all attempts."""
        now = self._now()
        message_id = f"msg_{self._new_id()}"
        body = msgspec.json.encode(Posted(id=message_id, event=event, created_at=now, data=data))
        return Delivery(
            id=message_id,
            channel="webhook",
            target=webhook.id,
            event=event,
            payload=body.decode(),
            next_attempt_at=now,
            created_at=now,
        )

    # --- sending (a Carrier of `signaling.services.notices.deliveries`) ---------------------------------------

    async def send(self, delivery: Delivery) -> Outcome | None:
        async with self._db.transaction() as tx:
            webhook = await self._store.get(tx, delivery.target)
        if webhook is None or webhook.disabled_at is not None:
            return None
        now, started = self._now(), self._monotonic()
        secrets = [webhook.secret]
        if webhook.old_secret is not None and webhook.old_secret_until is not None:
            secrets += [webhook.old_secret] if now < webhook.old_secret_until else []
        body = delivery.payload.encode()
        outcome = await self._sender.post(webhook.url, sign(secrets, delivery.id, now, body), body)
        return msgspec.structs.replace(outcome, milliseconds=round((self._monotonic() - started) * 1000))

    async def settled(
        self, tx: Transaction, delivery: Delivery, outcome: Outcome, retry_at: datetime | None
    ) -> None:
        now = self._now()
        webhook = await self._store.get(tx, delivery.target, lock=True)
        if webhook is None:
            return
        ok = outcome.result == "sent"
        attempt = wire.WebhookAttempt(
            delivery_id=delivery.id,
            event=msgspec.convert(delivery.event, wire.WebhookEvent),
            at=now,
            ok=ok,
            status=outcome.status,
            detail=outcome.detail,
            milliseconds=outcome.milliseconds,
        )
        await self._store.add_attempt(tx, webhook.id, attempt)
        if ok:
            if webhook.failing_since is not None:
                await self._store.update(tx, webhook.id, failing_since=None)
            return
        since = webhook.failing_since or now
        if webhook.failing_since is None:
            await self._store.update(tx, webhook.id, failing_since=now)
        if outcome.result == "gone":
            await self._disable(tx, webhook, "it answered 410 Gone", now)
        elif now - since >= self._disable_after:
            await self._disable(tx, webhook, f"every attempt failed since {since.isoformat()}", now)
        elif retry_at is not None:
            await self._deliveries.postpone(tx, "webhook", webhook.id, now, retry_at)

    async def _disable(self, tx: Transaction, webhook: StoredWebhook, reason: str, now: datetime) -> None:
        if webhook.disabled_at is None:
            await self._store.update(tx, webhook.id, disabled_at=now, disabled_reason=reason)
            await self._deliveries.drop(tx, "webhook", webhook.id, "the webhook was disabled", now)
            await self._audit.audit(
                tx,
                actor_id=SYSTEM,
                action="disable-webhook",
                target=webhook.id,
                now=now,
                course_id=webhook.course_id,
                reason=reason,
            )
            log.warning("webhook %s is disabled: %s", webhook.id, reason)

    async def purge(self) -> None:
        """Delete old attempts."""
        async with self._db.transaction() as tx:
            await self._store.purge_attempts(tx, self._now() - ATTEMPTS_KEPT)
