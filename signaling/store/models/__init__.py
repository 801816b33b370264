"""The tables, one module per subject. Importing this package knows them all."""

from signaling.store.models.attendance import Attendance
from signaling.store.models.base import Base, Utc
from signaling.store.models.chat import Message
from signaling.store.models.courses import CalendarFeed, Course, Enrolment, Section
from signaling.store.models.live_classes import LiveClass, Series, Session
from signaling.store.models.people import AuditEntry, User

__all__ = [
    "Attendance",
    "AuditEntry",
    "Base",
    "CalendarFeed",
    "Course",
    "Enrolment",
    "LiveClass",
    "Message",
    "Section",
    "Series",
    "Session",
    "User",
    "Utc",
]
