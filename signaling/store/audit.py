"""What was done to whom, kept for good."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from signaling.store import models as m
from signaling.store.database import Transaction


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    at: datetime
    actor_id: str
    actor_name: str | None
    action: str
    target: str
    target_name: str | None
    course_id: str | None
    course_title: str | None
    details: dict[str, object]


class AuditStore:
    """Every method is a part of the transaction it is given."""

    async def audit(
        self,
        tx: Transaction,
        *,
        actor_id: str,
        action: str,
        target: str,
        now: datetime,
        course_id: str | None = None,
        **details: object,
    ) -> None:
        """Keep what somebody did. ``action`` is a verb of the permissions or of moderation; ``target`` an id."""
        values = {
            "at": now,
            "actor_id": actor_id,
            "action": action,
            "target": target,
            "course_id": course_id,
            "details": msgspec.json.encode(details).decode(),
        }
        await tx.execute(insert(m.AuditEntry).values(values))

    async def audit_page(
        self,
        tx: Transaction,
        *,
        course_id: str | None = None,
        actor_id: str | None = None,
        target: str | None = None,
        action: str | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[AuditRow]:
        """Newest first, those ``before`` an entry."""
        a, actor, whom = m.AuditEntry, aliased(m.User), aliased(m.User)
        names = (
            actor.name.label("actor_name"),
            whom.name.label("target_name"),
            m.Course.title.label("course_title"),
        )
        query = (
            select(a.__table__, *names)
            .outerjoin(actor, actor.id == a.actor_id)
            .outerjoin(whom, whom.id == a.target)
            .outerjoin(m.Course, m.Course.id == a.course_id)
        )
        for column, wanted in (
            (a.course_id, course_id),
            (a.actor_id, actor_id),
            (a.target, target),
            (a.action, action),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if before is not None:
            query = query.where(a.id < before)
        return [
            AuditRow(
                id=row.id,
                at=row.at,
                actor_id=row.actor_id,
                actor_name=row.actor_name,
                action=row.action,
                target=row.target,
                target_name=row.target_name,
                course_id=row.course_id,
                course_title=row.course_title,
                details=msgspec.json.decode(row.details, type=dict[str, object]),
            )
            for row in await tx.execute(query.order_by(a.id.desc()).limit(limit))
        ]
