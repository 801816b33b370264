"""Who is connected to which server, in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from signaling.protocol.presence import UserPresence
from signaling.store import models as m
from signaling.store.database import Transaction

_p, _u = m.Presence, m.User


class PresenceStore:
    """Every method is a part of the transaction it is given."""

    async def lock(self, tx: Transaction, user_ids: Collection[str]) -> None:
        """Nobody else changes the presence of these users before the transaction ends: of two servers, one after
        the other sees whether the user is on both, on one or on none."""
        await tx.execute(select(_u.id).where(_u.id.in_(user_ids)).order_by(_u.id).with_for_update())

    async def come(self, tx: Transaction, node_id: str, user_ids: Sequence[str], now: datetime) -> None:
        """They are connected to this server; saying it twice is as good as once."""
        mine = select(_p.user_id).where(_p.node_id == node_id, _p.user_id.in_(user_ids))
        known = set((await tx.execute(mine)).scalars())
        there = set((await tx.execute(select(_u.id).where(_u.id.in_(user_ids)))).scalars())
        if rows := [{"user_id": u, "node_id": node_id, "since": now} for u in user_ids if u in there - known]:
            await tx.execute(insert(_p), rows)

    async def go(self, tx: Transaction, node_id: str, user_ids: Sequence[str]) -> None:
        await tx.execute(delete(_p).where(_p.node_id == node_id, _p.user_id.in_(user_ids)))

    async def anywhere(self, tx: Transaction, user_ids: Collection[str], but: str | None = None) -> set[str]:
        """Those of them who are connected to any server, or to any but one."""
        query = select(_p.user_id).where(_p.user_id.in_(user_ids))
        if but is not None:
            query = query.where(_p.node_id != but)
        return set((await tx.execute(query)).scalars())

    async def seen(self, tx: Transaction, user_ids: Collection[str], now: datetime) -> None:
        await tx.execute(update(_u).where(_u.id.in_(user_ids)).values(last_seen_at=now))

    async def seen_all(self, tx: Transaction, node_id: str, now: datetime) -> None:
        """Everybody connected to this server is here now."""
        here = select(_p.user_id).where(_p.node_id == node_id)
        # locked in the order in which all lock them, so that servers never wait for each other in a ring
        await tx.execute(select(_u.id).where(_u.id.in_(here)).order_by(_u.id).with_for_update())
        await tx.execute(update(_u).where(_u.id.in_(here)).values(last_seen_at=now))

    async def nodes(self, tx: Transaction) -> set[str]:
        """The servers that somebody is said to be connected to."""
        return set((await tx.execute(select(_p.node_id).distinct())).scalars())

    async def of_node(self, tx: Transaction, node_id: str) -> list[str]:
        return list(
            (await tx.execute(select(_p.user_id).where(_p.node_id == node_id).order_by(_p.user_id))).scalars()
        )

    async def blocked_here(self, tx: Transaction, node_id: str) -> list[str]:
        """Who is connected to this server and blocked."""
        query = select(_p.user_id).join(_u, _u.id == _p.user_id)
        return list((await tx.execute(query.where(_p.node_id == node_id, _u.blocked_at.is_not(None)))).scalars())

    async def courses(self, tx: Transaction, user_ids: Collection[str]) -> dict[str, list[str]]:
        """The courses of these users, and which of them are in each."""
        e = m.Enrolment
        query = select(e.course_id, e.user_id).where(e.user_id.in_(user_ids), e.removed_at.is_(None))
        found: defaultdict[str, list[str]] = defaultdict(list)
        for row in await tx.execute(query.order_by(e.course_id, e.user_id)):
            found[row.course_id].append(row.user_id)
        return found

    async def get(self, tx: Transaction, user_ids: Collection[str]) -> dict[str, UserPresence]:
        """Those of the users that there are."""
        online = await self.anywhere(tx, user_ids)
        rows = await tx.execute(select(_u.id, _u.last_seen_at).where(_u.id.in_(user_ids)).order_by(_u.id))
        return {
            row.id: UserPresence(user_id=row.id, is_online=row.id in online, last_seen_at=row.last_seen_at)
            for row in rows
        }
