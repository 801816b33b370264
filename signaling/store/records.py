"""Writes the records of a room."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Executable, Update, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling import records as r
from signaling.store import models as m
from signaling.store.database import Transaction


async def write(tx: Transaction, session_id: str, record: r.Record) -> None:
    for statement in _statements(tx, session_id, record):
        await tx.execute(statement)


def _statements(tx: Transaction, session_id: str, record: r.Record) -> Iterable[Executable]:
    match record:
        case r.SeatTaken() | r.SeatResumed() | r.SeatAway() | r.SeatClosed():
            yield _of_seat(session_id, record)
        case r.HandChanged():
            values = {"hand_raised_at": record.raised_at, "answered_at": record.answered_at}
            times = {"hands_raised": m.Attendance.hands_raised + 1} if record.is_new else {}
            yield _stay(record.participant_id).values({**values, **times})
        case r.Allowed():
            yield _stay(record.participant_id).values(allowed=",".join(sorted(record.sources)))
        case r.ActivityCounted():
            yield _stay(record.participant_id).values(
                talk_ms=m.Attendance.talk_ms + record.talk_ms, reactions=m.Attendance.reactions + record.reactions
            )
        case r.PolicySet():
            yield _session(session_id).values(policy=msgspec.json.encode(record.policy).decode())
        case r.ChatLocked():
            live_class = select(m.Session.live_class_id).where(m.Session.id == session_id).scalar_subquery()
            chat = update(m.ChatRoom).where(m.ChatRoom.live_class_id == live_class)
            yield chat.values(is_locked=record.is_locked)
        case r.TutorsGone():
            yield _session(session_id).values(tutors_gone_at=record.at)
        case r.StandingSet():
            upsert = (sqlite.insert if tx.is_sqlite else postgresql.insert)(m.Standing)
            decided = msgspec.structs.asdict(record)
            yield upsert.values(session_id=session_id, **decided).on_conflict_do_update(
                index_elements=["session_id", "user_id"],
                set_={name: value for name, value in decided.items() if name != "user_id"},
            )
        case r.Moderated():
            yield insert(m.AuditEntry).values(
                at=record.at,
                actor_id=record.actor_id,
                action=record.action,
                target=record.target,
                course_id=record.course_id,
                details=msgspec.json.encode({"session_id": session_id}).decode(),
            )
        case _:
            yield from _of_poll(session_id, record)


def _of_seat(session_id: str, record: r.SeatTaken | r.SeatResumed | r.SeatAway | r.SeatClosed) -> Executable:
    match record:
        case r.SeatTaken():
            return insert(m.Attendance).values(
                session_id=session_id,
                participant_id=record.participant_id,
                user_id=record.user_id,
                name=record.name,
                role=record.role,
                seat_key_hash=record.key_hash,
                joined_at=record.joined_at,
                last_seen_at=record.joined_at,
            )
        case r.SeatResumed():
            return _stay(record.participant_id).values(
                name=record.name, role=record.role, last_seen_at=record.at, away_since=None
            )
        case r.SeatAway():
            return _stay(record.participant_id).values(last_seen_at=record.at, away_since=record.at)
        case r.SeatClosed():
            return _stay(record.participant_id).values(
                last_seen_at=record.at,
                left_at=record.at,
                left_reason=record.reason,
                hand_raised_at=None,
                answered_at=None,
            )


def _of_poll(
    session_id: str, record: r.PollMade | r.PollOpened | r.PollClosed | r.PollVoted
) -> Iterable[Executable]:
    match record:
        case r.PollMade(poll=poll):
            of_poll = {"session_id": session_id, "poll_id": poll.id}
            yield insert(m.Poll).values(
                session_id=session_id,
                id=poll.id,
                question=poll.question,
                kind=poll.kind,
                is_anonymous=poll.is_anonymous,
                is_quiz=poll.correct is not None,
                may_change=poll.may_change,
                show_results=poll.show_results,
                explanation=poll.explanation,
                created_by=poll.created_by,
                created_at=poll.created_at,
            )
            yield insert(m.PollOption).values(
                [
                    {**of_poll, "place": place, "text": text, "is_correct": place in (poll.correct or ())}
                    for place, text in enumerate(poll.options)
                ]
            )
        case r.PollOpened():
            yield _poll(session_id, record.poll_id).values(opened_at=record.at)
        case r.PollClosed():
            yield _poll(session_id, record.poll_id).values(closed_at=record.at)
        case r.PollVoted():
            yield from _of_vote(session_id, record)


def _of_vote(session_id: str, vote: r.PollVoted) -> Iterable[Executable]:
    said = {
        "choices": None if vote.choices is None else ",".join(map(str, vote.choices)),
        "voted_at": vote.at,
    }
    v, o = m.PollVoter, m.PollOption
    if vote.is_new:
        yield insert(v).values(session_id=session_id, poll_id=vote.poll_id, user_id=vote.user_id, **said)
    else:
        own = (v.session_id == session_id, v.poll_id == vote.poll_id, v.user_id == vote.user_id)
        yield update(v).where(*own).values(said)
    for places, change in ((vote.added, 1), (vote.removed, -1)):
        if places:
            chosen = (o.session_id == session_id, o.poll_id == vote.poll_id, o.place.in_(places))
            yield update(o).where(*chosen).values(votes=o.votes + change)
    if vote.right:
        yield _poll(session_id, vote.poll_id).values(right_votes=m.Poll.right_votes + vote.right)


def _stay(participant_id: str) -> Update:
    return update(m.Attendance).where(m.Attendance.participant_id == participant_id)


def _session(session_id: str) -> Update:
    return update(m.Session).where(m.Session.id == session_id)


def _poll(session_id: str, poll_id: str) -> Update:
    return update(m.Poll).where(m.Poll.session_id == session_id, m.Poll.id == poll_id)
