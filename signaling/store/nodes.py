"""The servers on one database, and which of them hosts a session."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from signaling.store import models as m
from signaling.store.database import Transaction

KEPT = timedelta(days=1)
"""So long the row of a server that is gone is kept."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    url: str
    started_at: datetime
    seen_at: datetime
    is_stopped: bool
    participants: int

    def is_alive(self, now: datetime, dead_after: timedelta) -> bool:
        return not self.is_stopped and self.seen_at > now - dead_after


class Hosted(msgspec.Struct, frozen=True, kw_only=True):
    """A running session and its host; ``node`` None: nobody hosts it, or nobody knows that server any more."""

    session_id: str
    node_id: str | None
    node: Node | None


class NodeStore:
    """Every method is a part of the transaction it is given."""

    async def add(self, tx: Transaction, node_id: str, url: str, now: datetime) -> None:
        """A server starts. Those that are long gone and host nothing are forgotten."""
        s = m.Session
        hosts = select(s.node_id).where(s.ended_at.is_(None), s.node_id.is_not(None))
        await tx.execute(delete(m.Node).where(m.Node.seen_at < now - KEPT, m.Node.id.not_in(hosts)))
        await tx.execute(insert(m.Node).values(id=node_id, url=url, started_at=now, seen_at=now))

    async def beat(self, tx: Transaction, node_id: str, participants: int, now: datetime) -> None:
        await tx.execute(update(m.Node).where(m.Node.id == node_id).values(seen_at=now, participants=participants))

    async def stop(self, tx: Transaction, node_id: str, now: datetime) -> None:
        await tx.execute(
            update(m.Node).where(m.Node.id == node_id).values(seen_at=now, stopped_at=now, participants=0)
        )

    async def all(self, tx: Transaction, since: datetime) -> list[Node]:
        """Those that run and were seen since; the least busy first."""
        n = m.Node
        query = (
            select(n.__table__)
            .where(n.stopped_at.is_(None), n.seen_at > since)
            .order_by(n.participants, n.started_at, n.id)
        )
        return [_node(row) for row in await tx.execute(query)]

    async def running(self, tx: Transaction, session_id: str | None = None) -> list[Hosted]:
        """Running sessions, or one of them, with their hosts."""
        s, n = m.Session, m.Node
        query = (
            select(s.id.label("session_id"), s.node_id, *n.__table__.columns)
            .join(n, n.id == s.node_id, isouter=True)
            .where(s.ended_at.is_(None))
            .order_by(s.started_at)
        )
        if session_id is not None:
            query = query.where(s.id == session_id)
        return [
            Hosted(session_id=row.session_id, node_id=row.node_id, node=None if row.id is None else _node(row))
            for row in await tx.execute(query)
        ]

    async def assign(self, tx: Transaction, session_id: str, node_id: str) -> None:
        """Say who hosts a session that just began."""
        await tx.execute(update(m.Session).where(m.Session.id == session_id).values(node_id=node_id))

    async def claim(self, tx: Transaction, session_id: str, old: str | None, new: str) -> bool:
        """Take a session over. False when somebody else did, or when it has ended."""
        s = m.Session
        same_host = s.node_id.is_(None) if old is None else s.node_id == old
        is_free = (s.id == session_id, same_host, s.ended_at.is_(None))
        claimed = await tx.execute(update(s).where(*is_free).values(node_id=new).returning(s.id))
        return claimed.one_or_none() is not None

    async def lost(self, tx: Transaction, node_id: str, session_ids: Collection[str]) -> list[str]:
        """Those of the sessions that have another host."""
        s = m.Session
        found = await tx.connection.scalars(select(s.id).where(s.id.in_(session_ids), s.node_id != node_id))
        return list(found)


def _node(row: Row[Any]) -> Node:
    return Node(
        id=row.id,
        url=row.url,
        started_at=row.started_at,
        seen_at=row.seen_at,
        is_stopped=row.stopped_at is not None,
        participants=row.participants,
    )
