"""Polls in the database: what a room is restored from, and what tutors read afterwards. Every method is a part of
the transaction it is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, or_, select, tuple_

from signaling.poll import Poll, report
from signaling.protocol.polls import PollAnswer, PollReport
from signaling.store import models as m
from signaling.store.database import Transaction

Key = tuple[str, str]
"""Session and poll."""
PageKey = tuple[datetime, str, str]
"""When a poll was made, its session and its id."""


class PollStore:
    async def of_session(self, tx: Transaction, session_id: str) -> tuple[Poll, ...]:
        """In the order of making."""
        p = m.Poll
        query = select(p.__table__).where(p.session_id == session_id).order_by(p.created_at, p.id)
        return tuple(await self._polls(tx, (await tx.execute(query)).all()))

    async def page(
        self, tx: Transaction, live_class_id: str, session_id: str | None, before: PageKey | None, limit: int
    ) -> list[PollReport]:
        """Of all sessions of a live class, or of one; newest first, with who answered what."""
        p = m.Poll
        query = (
            select(p.__table__)
            .join(m.Session, m.Session.id == p.session_id)
            .where(m.Session.live_class_id == live_class_id)
            .order_by(p.created_at.desc(), p.session_id.desc(), p.id.desc())
            .limit(limit)
        )
        if session_id is not None:
            query = query.where(p.session_id == session_id)
        if before is not None:
            at, of_session, poll_id = before
            same_time = and_(
                p.created_at == at,
                or_(p.session_id < of_session, and_(p.session_id == of_session, p.id < poll_id)),
            )
            query = query.where(or_(p.created_at < at, same_time))
        rows = (await tx.execute(query)).all()
        polls = await self._polls(tx, rows)
        answers = await self._answers(tx, [(row.session_id, row.id) for row in rows if not row.is_anonymous])
        return [
            msgspec.structs.replace(
                report(poll, row.session_id),
                answers=None if poll.is_anonymous else answers[(row.session_id, poll.id)],
            )
            for row, poll in zip(rows, polls, strict=True)
        ]

    async def _polls(self, tx: Transaction, rows: Sequence[Row[Any]]) -> list[Poll]:
        keys = [(row.session_id, row.id) for row in rows]
        o, v = m.PollOption, m.PollVoter
        options: dict[Key, list[Row[Any]]] = defaultdict(list)
        voters: dict[Key, list[Row[Any]]] = defaultdict(list)
        found = select(o.__table__).where(tuple_(o.session_id, o.poll_id).in_(keys)).order_by(o.place)
        for row in await tx.execute(found):
            options[(row.session_id, row.poll_id)].append(row)
        for row in await tx.execute(select(v.__table__).where(tuple_(v.session_id, v.poll_id).in_(keys))):
            voters[(row.session_id, row.poll_id)].append(row)
        return [_poll(row, options[key], voters[key]) for row, key in zip(rows, keys, strict=True)]

    async def _answers(self, tx: Transaction, keys: list[Key]) -> dict[Key, list[PollAnswer]]:
        v, u = m.PollVoter, m.User
        query = (
            select(v.__table__, u.name)
            .outerjoin(u, u.id == v.user_id)
            .where(tuple_(v.session_id, v.poll_id).in_(keys), v.choices.is_not(None))
            .order_by(v.voted_at, v.user_id)
        )
        answers: dict[Key, list[PollAnswer]] = defaultdict(list)
        for row in await tx.execute(query):
            answers[(row.session_id, row.poll_id)].append(
                PollAnswer(
                    user_id=row.user_id,
                    name=row.name or "",
                    choices=list(_places(row.choices)),
                    voted_at=row.voted_at,
                )
            )
        return answers


def _poll(row: Row[Any], options: Sequence[Row[Any]], voters: Sequence[Row[Any]]) -> Poll:
    return Poll(
        id=row.id,
        question=row.question,
        kind=row.kind,
        options=tuple(option.text for option in options),
        is_anonymous=row.is_anonymous,
        may_change=row.may_change,
        show_results=row.show_results,
        correct=tuple(option.place for option in options if option.is_correct) if row.is_quiz else None,
        explanation=row.explanation,
        created_by=row.created_by,
        created_at=row.created_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        counts=tuple(option.votes for option in options),
        right=row.right_votes,
        voters=frozenset(voter.user_id for voter in voters),
        choices={voter.user_id: _places(voter.choices) for voter in voters if voter.choices is not None},
    )


def _places(choices: str) -> tuple[int, ...]:
    return tuple(map(int, choices.split(",")))
