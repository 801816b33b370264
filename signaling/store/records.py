"""Writes the records of a room: each is one statement."""

from __future__ import annotations

from sqlalchemy import Insert, Update, insert, update

from signaling.records import (
    HandChanged,
    MessageSaid,
    Record,
    SeatAway,
    SeatClosed,
    SeatResumed,
    SeatTaken,
)
from signaling.store import models as m
from signaling.store.database import Transaction


async def write(tx: Transaction, session_id: str, record: Record) -> None:
    await tx.execute(_statement(session_id, record))


def _statement(session_id: str, record: Record) -> Insert | Update:
    match record:
        case SeatTaken():
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
        case SeatResumed():
            return _stay(record.participant_id).values(
                name=record.name, role=record.role, last_seen_at=record.at, away_since=None
            )
        case SeatAway():
            return _stay(record.participant_id).values(last_seen_at=record.at, away_since=record.at)
        case SeatClosed():
            return _stay(record.participant_id).values(
                last_seen_at=record.at, left_at=record.at, left_reason=record.reason, hand_raised_at=None
            )
        case HandChanged():
            return _stay(record.participant_id).values(hand_raised_at=record.raised_at)
        case MessageSaid(message=message):
            return insert(m.Message).values(
                session_id=session_id,
                id=message.id,
                participant_id=message.participant_id,
                user_id=record.user_id,
                name=message.name,
                role=message.role,
                type=message.type,
                text=message.text,
                sent_at=message.sent_at,
            )


def _stay(participant_id: str) -> Update:
    return update(m.Attendance).where(m.Attendance.participant_id == participant_id)
