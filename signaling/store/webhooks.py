"""Webhooks in the database, and every try to deliver to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Row, delete, insert, or_, select, update

from signaling.protocol.webhooks import WebhookAttempt, WebhookEvent
from signaling.store import models as m
from signaling.store.database import Transaction


class StoredWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """With its secrets: for signing, never to be shown."""

    id: str
    url: str
    events: list[WebhookEvent]
    course_id: str | None
    secret: str
    old_secret: str | None = None
    old_secret_until: datetime | None = None
    created_by: str
    created_at: datetime
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


class WebhookStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, webhook: StoredWebhook) -> None:
        values = {**msgspec.structs.asdict(webhook), "events": msgspec.json.encode(webhook.events).decode()}
        await tx.execute(insert(m.Webhook).values(values))

    async def get(self, tx: Transaction, webhook_id: str, *, lock: bool = False) -> StoredWebhook | None:
        """``lock``: nobody else changes it before this transaction ends."""
        query = select(m.Webhook.__table__).where(m.Webhook.id == webhook_id)
        row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else _webhook(row)

    async def page(self, tx: Transaction, after: tuple[datetime, str] | None, limit: int) -> list[StoredWebhook]:
        """Oldest first."""
        w = m.Webhook
        query = select(w.__table__)
        if after is not None:
            at, last = after
            query = query.where(or_(w.created_at > at, (w.created_at == at) & (w.id > last)))
        return [_webhook(row) for row in await tx.execute(query.order_by(w.created_at, w.id).limit(limit))]

    async def enabled(self, tx: Transaction, course_id: str | None) -> list[StoredWebhook]:
        """Those of the course, and those of all courses."""
        w = m.Webhook
        query = select(w.__table__).where(w.disabled_at.is_(None))
        query = query.where(or_(w.course_id.is_(None), w.course_id == course_id))
        return [_webhook(row) for row in await tx.execute(query.order_by(w.id))]

    async def update(self, tx: Transaction, webhook_id: str, **values: Any) -> None:
        """Set columns."""
        await tx.execute(update(m.Webhook).where(m.Webhook.id == webhook_id).values(values))

    async def delete(self, tx: Transaction, webhook_id: str) -> None:
        await tx.execute(delete(m.Webhook).where(m.Webhook.id == webhook_id))

    # --- attempts -----------------------------------------------------------------------------------

    async def add_attempt(self, tx: Transaction, webhook_id: str, attempt: WebhookAttempt) -> None:
        values = {**msgspec.structs.asdict(attempt), "webhook_id": webhook_id, "detail": attempt.detail[:500]}
        await tx.execute(insert(m.WebhookAttempt).values(values))

    async def attempts(
        self, tx: Transaction, webhook_id: str, before: int | None, limit: int
    ) -> list[tuple[int, WebhookAttempt]]:
        """With their numbers, newest first."""
        a = m.WebhookAttempt
        query = select(a.__table__).where(a.webhook_id == webhook_id)
        if before is not None:
            query = query.where(a.id < before)
        return [(row.id, _attempt(row)) for row in await tx.execute(query.order_by(a.id.desc()).limit(limit))]

    async def purge_attempts(self, tx: Transaction, before: datetime) -> None:
        await tx.execute(delete(m.WebhookAttempt).where(m.WebhookAttempt.at < before))


def _webhook(row: Row[Any]) -> StoredWebhook:
    return StoredWebhook(
        id=row.id,
        url=row.url,
        events=msgspec.json.decode(row.events, type=list[WebhookEvent]),
        course_id=row.course_id,
        secret=row.secret,
        old_secret=row.old_secret,
        old_secret_until=row.old_secret_until,
        created_by=row.created_by,
        created_at=row.created_at,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
    )


def _attempt(row: Row[Any]) -> WebhookAttempt:
    return WebhookAttempt(
        delivery_id=row.delivery_id,
        event=cast(WebhookEvent, row.event),
        at=row.at,
        ok=row.ok,
        status=row.status,
        detail=row.detail,
        milliseconds=row.milliseconds,
    )
