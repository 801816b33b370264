"""Rows of the tables as the structs of the protocol and of `signaling.records`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from signaling.protocol.attendance import AttendanceRecord
from signaling.protocol.live_classes import LiveClass
from signaling.records import OpenSeat


def live_class(row: Row[Any]) -> LiveClass:
    """``participant_count`` comes with the row."""
    return LiveClass(
        id=row.id,
        course_id=row.course_id,
        section_id=row.section_id,
        title=row.title,
        description=row.description,
        type=row.type,
        status=row.status,
        scheduled_at=row.scheduled_at,
        duration_minutes=row.duration_minutes,
        max_participants=row.max_participants,
        waiting_room=row.waiting_room,
        auto_start=row.auto_start,
        recording=row.recording,
        series_id=row.series_id,
        created_by=row.created_by,
        cancel_reason=row.cancel_reason,
        session_id=row.session_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        participant_count=row.participant_count,
    )


def attendance_record(row: Row[Any]) -> AttendanceRecord:
    return AttendanceRecord(
        session_id=row.session_id,
        participant_id=row.participant_id,
        user_id=row.user_id,
        name=row.name,
        role=row.role,
        joined_at=row.joined_at,
        left_at=row.left_at,
        last_seen_at=row.last_seen_at,
        left_reason=row.left_reason,
    )


def open_seat(row: Row[Any]) -> OpenSeat:
    return OpenSeat(
        participant_id=row.participant_id,
        user_id=row.user_id,
        name=row.name,
        role=row.role,
        key_hash=row.seat_key_hash,
        joined_at=row.joined_at,
        last_seen_at=row.away_since or row.last_seen_at,
        hand_raised_at=row.hand_raised_at,
        answered_at=row.answered_at,
        allowed=frozenset(filter(None, row.allowed.split(","))),
    )
