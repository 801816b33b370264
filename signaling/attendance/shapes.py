"""Reports as the protocol's structs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from signaling.attendance.held import Enrolled, Held
from signaling.attendance.report import Person
from signaling.protocol import attendance as wire


def session_attendance(held: Held, enrolled: Iterable[Enrolled]) -> wire.SessionAttendance:
    """One session; who was enrolled as a student before its end and never came is absent."""
    session, report = held.session, held.report
    present = {person.user_id for person in report.people if person.intervals}
    return wire.SessionAttendance(
        session_id=session.id,
        started_at=session.started_at,
        ended_at=session.ended_at,
        duration_seconds=seconds(report.span.length),
        peak_participants=report.peak,
        people=[person_attendance(person) for person in report.people if person.intervals],
        absent=[
            wire.AbsentPerson(user_id=student.user_id, name=student.name)
            for student in enrolled
            if was_expected(student, held) and student.user_id not in present
        ],
    )


def person_attendance(person: Person) -> wire.PersonAttendance:
    did = person.activity
    return wire.PersonAttendance(
        user_id=person.user_id,
        name=person.name,
        role=person.role,
        intervals=[wire.PresenceInterval(joined_at=i.start, left_at=i.end) for i in person.intervals],
        present_seconds=seconds(person.present),
        share=round(person.share, 4),
        late_seconds=None if person.late_by is None else seconds(person.late_by),
        left_early_seconds=None if person.left_early_by is None else seconds(person.left_early_by),
        connections=person.connections,
        talk_seconds=seconds(person.talk),
        messages=did.messages,
        questions=did.questions,
        answers=did.answers,
        hands_raised=person.hands_raised,
        reactions=person.reactions,
        poll_votes=did.poll_votes,
    )


def analytics(sessions: Sequence[Held]) -> wire.Analytics:
    people = [person for held in sessions for person in held.report.people if person.intervals]
    shares = [person.share for person in people if person.role != "tutor"]
    return wire.Analytics(
        sessions=len(sessions),
        duration_seconds=seconds(_sum(held.report.span.length for held in sessions)),
        peak_participants=max((held.report.peak for held in sessions), default=0),
        total_participants=len({person.user_id for person in people}),
        participant_seconds=seconds(_sum(person.present for person in people)),
        average_share=round(sum(shares) / len(shares), 4) if shares else 0.0,
        talk_seconds=seconds(_sum(person.talk for person in people)),
        messages=sum(person.activity.messages for person in people),
        questions=sum(person.activity.questions for person in people),
        answers=sum(person.activity.answers for person in people),
        hands_raised=sum(person.hands_raised for person in people),
        reactions=sum(person.reactions for person in people),
        polls=sum(held.polls for held in sessions),
        poll_votes=sum(person.activity.poll_votes for person in people),
    )


def course_session(held: Held) -> wire.CourseSession:
    session = held.session
    return wire.CourseSession(
        live_class_id=session.live_class_id,
        session_id=session.id,
        title=session.title,
        started_at=session.started_at,
        ended_at=session.ended_at,
        duration_seconds=seconds(held.report.span.length),
        attended=sum(1 for person in held.report.people if person.intervals),
    )


def course_people(sessions: Sequence[Held], enrolled: Sequence[Enrolled]) -> list[wire.CoursePerson]:
    """Everyone who is enrolled, by name, then everyone else who was there, in the order of coming."""
    parts: dict[str, list[Person]] = {student.user_id: [] for student in enrolled}
    for held in sessions:
        for person in held.report.people:
            if person.intervals:
                parts.setdefault(person.user_id, []).append(person)
    known = {student.user_id: student for student in enrolled}
    return [_course_person(sessions, found, known.get(user_id), user_id) for user_id, found in parts.items()]


def _course_person(
    sessions: Sequence[Held], parts: Sequence[Person], enrolled: Enrolled | None, user_id: str
) -> wire.CoursePerson:
    attended = {id(person) for person in parts}
    held = [
        one
        for one in sessions
        if (enrolled is not None and was_in_time(enrolled, one))
        or any(id(person) in attended for person in one.report.people)
    ]
    length = _sum(one.report.span.length for one in held)
    present = _sum(person.present for person in parts)
    latest = parts[-1] if parts else None
    name, role = (enrolled.name, enrolled.role) if enrolled else ("", "student")
    if enrolled is None and latest is not None:
        name, role = latest.name, latest.role
    return wire.CoursePerson(
        user_id=user_id,
        name=name,
        role=role,
        sessions_attended=len(parts),
        sessions_held=len(held),
        present_seconds=seconds(present),
        share=round(min(1.0, present / length), 4) if length else 0.0,
        late=sum(1 for person in parts if person.late_by is not None),
        left_early=sum(1 for person in parts if person.left_early_by is not None),
        talk_seconds=seconds(_sum(person.talk for person in parts)),
        messages=sum(person.activity.messages for person in parts),
        questions=sum(person.activity.questions for person in parts),
        hands_raised=sum(person.hands_raised for person in parts),
        poll_votes=sum(person.activity.poll_votes for person in parts),
    )


def was_in_time(enrolled: Enrolled, held: Held) -> bool:
    """They were in the course before the session was over."""
    return enrolled.enrolled_at < held.report.span.end


def was_expected(enrolled: Enrolled, held: Held) -> bool:
    return enrolled.role == "student" and was_in_time(enrolled, held)


def seconds(length: timedelta) -> int:
    return round(length.total_seconds())


def _sum(lengths: Iterable[timedelta]) -> timedelta:
    return sum(lengths, timedelta())
