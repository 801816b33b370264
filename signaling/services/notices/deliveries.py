"""Works off the outbox: claims what is due, has it sent, notes what came of it.

What is claimed and not noted, because the server died, is due again when the claim has run out: perhaps it is sent
twice, but never not at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from signaling.errors import Unavailable
from signaling.services.notices.outgoing import Outcome, Policy, next_attempt
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Channel, Delivery, DeliveryStore

log = logging.getLogger(__name__)

BATCHES = 20
"""Of one tick, so that a flood of one kind leaves room for cancelling and for the log."""
KEPT = timedelta(days=7)


class Carrier(Protocol):
    """Knows how one channel is served."""

    policy: Policy

    async def send(self, delivery: Delivery) -> Outcome | None:
        """One attempt. None: it is not wanted any more."""
        ...

    async def settled(
        self, tx: Transaction, delivery: Delivery, outcome: Outcome, retry_at: datetime | None
    ) -> None:
        """Take note, in the transaction that notes the outcome. ``retry_at`` None: this was the last attempt."""
        ...


class Deliveries:
    def __init__(
        self,
        *,
        database: Database,
        store: DeliveryStore,
        carriers: Mapping[Channel, Carrier],
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._db = database
        self._store = store
        self._carriers = carriers
        self._now = now
        self._random = random

    def works(self) -> list[Callable[[], Awaitable[None]]]:
        """What is to be done again and again, a work for each channel: one must not wait for another."""
        return [partial(self.tick, channel) for channel in self._carriers]

    async def tick(self, channel: Channel) -> None:
        """Send what is due on a channel."""
        carrier = self._carriers[channel]
        for _ in range(BATCHES):
            now = self._now()
            async with self._db.transaction() as tx:
                until = now + carrier.policy.lease
                claimed = await self._store.claim(tx, channel, now, until, carrier.policy.at_once)
            if claimed:
                async with asyncio.TaskGroup() as group:
                    for delivery in claimed:
                        group.create_task(self._attempt(carrier, delivery))
            if len(claimed) < carrier.policy.at_once:
                return

    async def _attempt(self, carrier: Carrier, delivery: Delivery) -> None:
        try:
            await self._try(carrier, delivery)
        except Unavailable:
            # the claim runs out, and it is tried again
            log.warning("what came of delivery %s could not be noted", delivery.id)
        except Exception:
            # a bug with this one must not keep the others from going out
            log.exception("delivery %s by %s failed", delivery.id, delivery.channel)

    async def _try(self, carrier: Carrier, delivery: Delivery) -> None:
        if delivery.expires_at is not None and self._now() >= delivery.expires_at:
            async with self._db.transaction() as tx:
                await self._store.finish(tx, delivery, "dropped", "too late to be of use", self._now())
            return
        outcome = await carrier.send(delivery)
        now = self._now()
        async with self._db.transaction() as tx:
            if outcome is None:
                await self._store.finish(tx, delivery, "dropped", "not wanted any more", now)
            elif outcome.result == "sent":
                if await self._store.finish(tx, delivery, "sent", outcome.detail, now):
                    await carrier.settled(tx, delivery, outcome, None)
            else:
                await self._failed(tx, carrier, delivery, outcome, now)

    async def _failed(
        self, tx: Transaction, carrier: Carrier, delivery: Delivery, outcome: Outcome, now: datetime
    ) -> None:
        retry_at = None
        if outcome.result == "retry":
            retry_at = next_attempt(
                carrier.policy, delivery.attempts, outcome, delivery.expires_at, now, self._random()
            )
        if retry_at is not None:
            noted = await self._store.retry(tx, delivery, retry_at, outcome.detail)
        else:
            noted = await self._store.finish(tx, delivery, "dead", outcome.detail, now)
            log.warning("delivery %s by %s is given up: %s", delivery.id, delivery.channel, outcome.detail)
        if noted:
            await carrier.settled(tx, delivery, outcome, retry_at)

    async def purge(self) -> None:
        """Delete what was finished long ago."""
        async with self._db.transaction() as tx:
            await self._store.purge(tx, self._now() - KEPT)
