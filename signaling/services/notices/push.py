"""Web Push: who wants it where, and the sending of what is due."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from signaling.errors import BadRequest, NotFound
from signaling.identity import Identity
from signaling.protocol import push as wire
from signaling.services.notices.notifications import Told
from signaling.services.notices.outgoing import Outcome, Policy, PushSender, PushTarget, check_url
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Delivery, DeliveryStore
from signaling.store.push import PushStore, StoredSubscription

MOST_SUBSCRIPTIONS = 20
"""Of a person; the oldest makes place."""
URGENT = frozenset({"live-class-starting-soon", "live-class-started", "direct-message"})

POLICY = Policy(
    delays=(
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=3),
    )
)


class Push:
    def __init__(
        self,
        *,
        database: Database,
        store: PushStore,
        deliveries: DeliveryStore,
        sender: PushSender,
        allow_private: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._store = store
        self._deliveries = deliveries
        self._sender = sender
        self._allow_private = allow_private
        self._now = now
        self._new_id = new_id
        self.policy = POLICY

    def key(self) -> wire.PushKey:
        return wire.PushKey(public_key=self._sender.public_key)

    async def subscriptions(self, who: Identity) -> wire.PushSubscriptionList:
        async with self._db.transaction() as tx:
            found = await self._store.of_user(tx, who.user_id)
        return wire.PushSubscriptionList(items=[_shown(subscription) for subscription in found])

    async def add(self, who: Identity, command: wire.AddPushSubscription) -> wire.PushSubscription:
        """Raises `BadRequest`."""
        check_url(command.endpoint, allow_private=self._allow_private)
        _check_key("p256dh", command.keys.p256dh, 65)
        _check_key("auth", command.keys.auth, 16)
        subscription = StoredSubscription(
            id=self._new_id(),
            user_id=who.user_id,
            device_id=who.device_id,
            endpoint=command.endpoint,
            p256dh=command.keys.p256dh,
            auth=command.keys.auth,
            created_at=self._now(),
        )
        async with self._db.transaction() as tx:
            stored = await self._store.put(tx, subscription)
            for old in (await self._store.of_user(tx, who.user_id))[MOST_SUBSCRIPTIONS:]:
                await self._forget(tx, old.id)
        return _shown(stored)

    async def remove(self, who: Identity, subscription_id: str) -> None:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            found = await self._store.get(tx, subscription_id)
            if found is None or found.user_id != who.user_id:
                raise NotFound("there is no such subscription")
            await self._forget(tx, subscription_id)

    async def _forget(self, tx: Transaction, subscription_id: str) -> None:
        await self._store.delete(tx, subscription_id)
        await self._deliveries.drop(tx, "push", subscription_id, "the subscription is gone", self._now())

    # --- sending (a Carrier of `signaling.services.notices.deliveries`) ---------------------------------------

    async def send(self, delivery: Delivery) -> Outcome | None:
        told = msgspec.json.decode(delivery.payload, type=Told)
        now = self._now()
        async with self._db.transaction() as tx:
            found = await self._store.get(tx, delivery.target)
            if found is not None and not await self._store.is_signed_in(tx, found, now):
                await self._forget(tx, found.id)
                return None
        if found is None or found.user_id != told.user_id:
            # the browser is somebody else's now
            return None
        ttl = delivery.expires_at - now if delivery.expires_at is not None else timedelta(days=1)
        target = PushTarget(endpoint=found.endpoint, p256dh=found.p256dh, auth=found.auth)
        return await self._sender.push(
            target, delivery.payload.encode(), ttl=ttl, urgent=told.kind in URGENT, now=now
        )

    async def settled(
        self, tx: Transaction, delivery: Delivery, outcome: Outcome, retry_at: datetime | None
    ) -> None:
        if outcome.result == "sent":
            await self._store.succeeded(tx, delivery.target, self._now())
        elif outcome.result == "gone":
            await self._forget(tx, delivery.target)
        elif retry_at is not None:
            await self._deliveries.postpone(tx, "push", delivery.target, self._now(), retry_at)


def _shown(subscription: StoredSubscription) -> wire.PushSubscription:
    parts = urlsplit(subscription.endpoint)
    return wire.PushSubscription(
        id=subscription.id,
        origin=f"{parts.scheme}://{parts.netloc}",
        created_at=subscription.created_at,
        last_success_at=subscription.last_success_at,
    )


def _check_key(name: str, text: str, length: int) -> None:
    try:
        raw = base64.b64decode(
            text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error):
        raise BadRequest(f"keys.{name} is not base64url") from None
    if len(raw) != length or (length == 65 and raw[0] != 4):
        raise BadRequest(f"keys.{name} is not such a key")
