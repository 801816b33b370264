"""The tables, one module per subject. Importing this package knows them all."""

from signaling.store.models.accounts import Credential, Device, Invite, OneTimeLink, SignInName
from signaling.store.models.attendance import Attendance
from signaling.store.models.base import Base, Utc
from signaling.store.models.chat import Message
from signaling.store.models.courses import CalendarFeed, Course, Enrolment, Section
from signaling.store.models.live_classes import LiveClass, Series, Session
from signaling.store.models.people import AuditEntry, Presence, User, UserBlock

__all__ = [
    "Attendance",
    "AuditEntry",
    "Base",
    "CalendarFeed",
    "Course",
    "Credential",
    "Device",
    "Enrolment",
    "Invite",
    "LiveClass",
    "Message",
    "OneTimeLink",
    "Presence",
    "Section",
    "Series",
    "Session",
    "SignInName",
    "User",
    "UserBlock",
    "Utc",
]
