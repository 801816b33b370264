"""The outbox: what is to be sent to the outside, kept until it is sent or given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, Select, delete, insert, literal, or_, select, update

from signaling.protocol.webhooks import DeliveryState
from signaling.store import models as m
from signaling.store.database import Transaction

Channel = Literal["push", "email", "webhook"]

_PENDING = literal("pending", literal_execute=True)
"""Not a parameter: the index is of such rows alone, and a planner has to see that it fits."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """``attempts`` counts the one that is being made: it names the claim. ``expires_at``: of no use after that."""

    id: str
    channel: Channel
    target: str
    event: str
    payload: str
    next_attempt_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    state: DeliveryState = "pending"
    attempts: int = 0


class DeliveryStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            rows = [{**msgspec.structs.asdict(delivery), "outcome": ""} for delivery in deliveries]
            await tx.execute(insert(m.Delivery), rows)

    async def claim(
        self, tx: Transaction, channel: Channel, now: datetime, until: datetime, limit: int
    ) -> list[Delivery]:
        """Take what is due, counting an attempt each. Nobody else gets it before ``until``."""
        d = m.Delivery
        due = (
            select(d.id)
            .where(d.channel == channel, d.state == _PENDING, d.next_attempt_at <= now)
            .order_by(d.next_attempt_at, d.id)
            .limit(limit)
            # other servers take what comes after; SQLite has one writer and knows no such clause
            .with_for_update(skip_locked=True)
        )
        ids = list((await tx.execute(due)).scalars())
        if not ids:
            return []
        claimed = await tx.execute(
            update(d)
            .where(d.id.in_(ids))
            .values(attempts=d.attempts + 1, next_attempt_at=until)
            .returning(d.__table__)
        )
        return sorted((_delivery(row) for row in claimed), key=lambda found: ids.index(found.id))

    async def finish(
        self, tx: Transaction, delivery: Delivery, state: DeliveryState, outcome: str, now: datetime
    ) -> bool:
        """Nothing more to do. False when the claim was lost to another: it decides."""
        values = {"state": state, "outcome": outcome[:500], "finished_at": now}
        return await self._settle(tx, delivery, values)

    async def retry(self, tx: Transaction, delivery: Delivery, at: datetime, outcome: str) -> bool:
        """Try again. False when the claim was lost."""
        return await self._settle(tx, delivery, {"next_attempt_at": at, "outcome": outcome[:500]})

    async def _settle(self, tx: Transaction, delivery: Delivery, values: dict[str, object]) -> bool:
        d = m.Delivery
        claimed = update(d).where(d.id == delivery.id, d.state == "pending", d.attempts == delivery.attempts)
        return (await tx.execute(claimed.values(values))).rowcount == 1

    async def postpone(
        self, tx: Transaction, channel: Channel, target: str | None, now: datetime, until: datetime
    ) -> None:
        """The target does not answer: what else is due for it waits as well, instead of holding up the others.
        None: the whole channel."""
        d = m.Delivery
        others = update(d).where(d.channel == channel, d.state == "pending", d.next_attempt_at <= now)
        if target is not None:
            others = others.where(d.target == target)
        await tx.execute(others.values(next_attempt_at=until))

    async def drop(self, tx: Transaction, channel: Channel, target: str, outcome: str, now: datetime) -> None:
        """Nothing more to this target."""
        d = m.Delivery
        waiting = update(d).where(d.channel == channel, d.target == target, d.state == "pending")
        await tx.execute(waiting.values(state="dropped", outcome=outcome, finished_at=now))

    async def of_target(
        self, tx: Transaction, target: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[Delivery]:
        """Newest first."""
        d = m.Delivery
        query: Select[Any] = select(d.__table__).where(d.target == target)
        if before is not None:
            at, last = before
            query = query.where(or_(d.created_at < at, (d.created_at == at) & (d.id < last)))
        query = query.order_by(d.created_at.desc(), d.id.desc()).limit(limit)
        return [_delivery(row) for row in await tx.execute(query)]

    async def get(self, tx: Transaction, delivery_id: str) -> tuple[Delivery, str] | None:
        """With what came of it last."""
        row = (await tx.execute(select(m.Delivery.__table__).where(m.Delivery.id == delivery_id))).one_or_none()
        return None if row is None else (_delivery(row), row.outcome)

    async def purge(self, tx: Transaction, before: datetime) -> int:
        """Delete what was finished, or of no use any more, before; how many."""
        d = m.Delivery
        old = or_(d.finished_at < before, d.expires_at < before)
        return (await tx.execute(delete(d).where(old))).rowcount


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        target=row.target,
        event=row.event,
        payload=row.payload,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )
