"""Reports as CSV (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from signaling.protocol import attendance as wire

_BOM = "\ufeff"
"""Without it some spreadsheets take UTF-8 for something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_PERSON = (
    *("session_started_at", "name", "user_id", "role", "first_joined_at", "last_left_at", "present_seconds"),
    *("share", "late_seconds", "left_early_seconds", "connections", "talk_seconds", "messages", "questions"),
    *("answers", "hands_raised", "reactions", "poll_votes"),
)
_COURSE = (
    *("name", "user_id", "role", "sessions_attended", "sessions_held", "present_seconds", "share", "late"),
    *("left_early", "talk_seconds", "messages", "questions", "hands_raised", "poll_votes"),
)


def class_table(attendance: wire.ClassAttendance) -> str:
    """A line per session and person; who was absent has no times and no seconds."""
    rows: list[Sequence[object]] = []
    for session in attendance.sessions:
        started = moment(session.started_at)
        for person in session.people:
            first, last = person.intervals[0].joined_at, person.intervals[-1].left_at
            figures = [getattr(person, name) for name in _PERSON[6:]]
            head = (started, person.name, person.user_id, person.role, moment(first), moment(last))
            rows.append((*head, *figures))
        rows += [
            (started, absent.name, absent.user_id, "student", "", "", 0, 0.0, *[""] * (len(_PERSON) - 8))
            for absent in session.absent
        ]
    return table(_PERSON, rows)


def course_table(attendance: wire.CourseAttendance) -> str:
    """A line per person."""
    return table(_COURSE, ([getattr(person, name) for name in _COURSE] for person in attendance.people))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return _BOM + text.getvalue()


def moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _cell(value: object) -> object:
    """A name that begins like a formula would be run by a spreadsheet: a quote before it makes it text."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
