"""Webhooks in the hands of admins: made, changed, tested, looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from signaling import cursors
from signaling.errors import BadRequest, NotFound
from signaling.identity import Identity
from signaling.protocol import webhooks as wire
from signaling.services.access import Access
from signaling.services.notices.outgoing import check_url
from signaling.services.notices.signatures import new_secret
from signaling.services.notices.webhooks import Webhooks
from signaling.store.audit import AuditStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Delivery, DeliveryStore
from signaling.store.webhooks import StoredWebhook, WebhookStore

OLD_SECRET = timedelta(days=1)
"""How long what goes out is signed with a replaced secret too."""


class WebhookAdmin:
    def __init__(
        self,
        *,
        database: Database,
        store: WebhookStore,
        deliveries: DeliveryStore,
        webhooks: Webhooks,
        courses: CourseStore,
        audit: AuditStore,
        access: Access,
        allow_private: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """``allow_private``: whether URLs may be of private addresses, and plain HTTP."""
        self._db = database
        self._store = store
        self._deliveries = deliveries
        self._webhooks = webhooks
        self._courses = courses
        self._audit = audit
        self._access = access
        self._allow_private = allow_private
        self._now = now
        self._new_id = new_id
        self._random_bytes = random_bytes

    async def create(self, who: Identity, command: wire.CreateWebhook) -> wire.WebhookWithSecret:
        """Raises `Forbidden`, `BadRequest`, `NotFound` for a course that is not there."""
        self._access.require_global(who, "manage-webhooks")
        check_url(command.url, allow_private=self._allow_private)
        webhook = StoredWebhook(
            id=self._new_id(),
            url=command.url,
            events=list(dict.fromkeys(command.events)),
            course_id=command.course_id,
            secret=new_secret(self._random_bytes),
            created_by=who.user_id,
            created_at=self._now(),
        )
        async with self._db.transaction() as tx:
            if command.course_id is not None and not await self._courses.exists(tx, command.course_id):
                raise NotFound("there is no such course")
            await self._store.add(tx, webhook)
            await self._note(tx, who, "create-webhook", webhook, url=webhook.url)
        return wire.WebhookWithSecret(webhook=_shown(webhook), secret=webhook.secret)

    async def page(self, who: Identity, query: wire.WebhookQuery) -> wire.WebhookList:
        self._access.require_global(who, "manage-webhooks")
        async with self._db.transaction() as tx:
            found = await self._store.page(tx, _at_and_id(query.cursor), query.limit + 1)
        items = found[: query.limit]
        cursor = cursors.encode(items[-1].created_at, items[-1].id) if len(found) > query.limit else None
        return wire.WebhookList(items=[_shown(webhook) for webhook in items], next_cursor=cursor)

    async def get(self, who: Identity, webhook_id: str) -> wire.Webhook:
        async with self._db.transaction() as tx:
            return _shown(await self._of(tx, who, webhook_id))

    async def update(self, who: Identity, webhook_id: str, command: wire.UpdateWebhook) -> wire.Webhook:
        """Raises `Forbidden`, `NotFound`, `BadRequest`."""
        async with self._db.transaction() as tx:
            webhook = await self._of(tx, who, webhook_id, lock=True)
            changes: dict[str, object] = {}
            if command.url is not None:
                check_url(command.url, allow_private=self._allow_private)
                changes["url"] = command.url
            if command.events is not None:
                events = list(dict.fromkeys(command.events))
                changes["events"] = msgspec.json.encode(events).decode()
            if command.enabled is True and webhook.disabled_at is not None:
                changes |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
            elif command.enabled is False and webhook.disabled_at is None:
                changes |= {"disabled_at": self._now(), "disabled_reason": "paused by an admin"}
                await self._deliveries.drop(tx, "webhook", webhook.id, "the webhook was paused", self._now())
            if changes:
                await self._store.update(tx, webhook_id, **changes)
                await self._note(tx, who, "update-webhook", webhook, changed=sorted(changes))
            return _shown(await self._of(tx, who, webhook_id))

    async def rotate(self, who: Identity, webhook_id: str) -> wire.WebhookWithSecret:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            webhook = await self._of(tx, who, webhook_id, lock=True)
            secret = new_secret(self._random_bytes)
            until = self._now() + OLD_SECRET
            await self._store.update(
                tx, webhook_id, secret=secret, old_secret=webhook.secret, old_secret_until=until
            )
            await self._note(tx, who, "rotate-webhook-secret", webhook)
        return wire.WebhookWithSecret(webhook=_shown(webhook), secret=secret)

    async def delete(self, who: Identity, webhook_id: str) -> None:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            webhook = await self._of(tx, who, webhook_id, lock=True)
            await self._deliveries.drop(tx, "webhook", webhook_id, "the webhook was deleted", self._now())
            await self._store.delete(tx, webhook_id)
            await self._note(tx, who, "delete-webhook", webhook, url=webhook.url)

    async def test(self, who: Identity, webhook_id: str) -> wire.WebhookDelivery:
        """Raises `Forbidden`, `NotFound`, `BadRequest` when it is disabled."""
        async with self._db.transaction() as tx:
            webhook = await self._of(tx, who, webhook_id)
            if webhook.disabled_at is not None:
                raise BadRequest("the webhook is disabled: enable it first")
            delivery = self._webhooks.delivery(webhook, "webhook-test", {"requestedBy": who.user_id})
            await self._deliveries.add(tx, [delivery])
        return _shown_delivery(delivery)

    async def deliveries(
        self, who: Identity, webhook_id: str, query: wire.WebhookQuery
    ) -> wire.WebhookDeliveryList:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            await self._of(tx, who, webhook_id)
            before = _at_and_id(query.cursor)
            found = await self._deliveries.of_target(tx, webhook_id, before, query.limit + 1)
        items = found[: query.limit]
        cursor = cursors.encode(items[-1].created_at, items[-1].id) if len(found) > query.limit else None
        return wire.WebhookDeliveryList(items=[_shown_delivery(d) for d in items], next_cursor=cursor)

    async def attempts(self, who: Identity, webhook_id: str, query: wire.WebhookQuery) -> wire.WebhookAttemptList:
        """Raises `Forbidden`, `NotFound`, `BadRequest`."""
        before = cursors.decode(query.cursor, tuple[int])[0] if query.cursor is not None else None
        async with self._db.transaction() as tx:
            await self._of(tx, who, webhook_id)
            found = await self._store.attempts(tx, webhook_id, before, query.limit + 1)
        items = found[: query.limit]
        cursor = cursors.encode(items[-1][0]) if len(found) > query.limit else None
        return wire.WebhookAttemptList(items=[attempt for _, attempt in items], next_cursor=cursor)

    async def _of(self, tx: Transaction, who: Identity, webhook_id: str, *, lock: bool = False) -> StoredWebhook:
        self._access.require_global(who, "manage-webhooks")
        webhook = await self._store.get(tx, webhook_id, lock=lock)
        if webhook is None:
            raise NotFound("there is no such webhook")
        return webhook

    async def _note(
        self, tx: Transaction, who: Identity, action: str, webhook: StoredWebhook, **details: object
    ) -> None:
        await self._audit.audit(
            tx,
            actor_id=who.user_id,
            action=action,
            target=webhook.id,
            now=self._now(),
            course_id=webhook.course_id,
            **details,
        )


def _shown(webhook: StoredWebhook) -> wire.Webhook:
    return wire.Webhook(
        id=webhook.id,
        url=webhook.url,
        events=webhook.events,
        course_id=webhook.course_id,
        created_at=webhook.created_at,
        failing_since=webhook.failing_since,
        disabled_at=webhook.disabled_at,
        disabled_reason=webhook.disabled_reason,
    )


def _shown_delivery(delivery: Delivery) -> wire.WebhookDelivery:
    return wire.WebhookDelivery(
        id=delivery.id,
        event=msgspec.convert(delivery.event, wire.WebhookEvent),
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at if delivery.state == "pending" else None,
    )


def _at_and_id(cursor: str | None) -> tuple[datetime, str] | None:
    """Raises `BadRequest`."""
    return cursors.decode(cursor, tuple[datetime, str]) if cursor is not None else None
