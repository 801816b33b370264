"""The tables, one module per subject. Importing this package knows them all."""

from signaling.store.models.accounts import Credential, Device, Invite, OneTimeLink, SignInName
from signaling.store.models.attendance import Attendance
from signaling.store.models.base import Base, Utc
from signaling.store.models.chat import (
    ChatAttachment,
    ChatMember,
    ChatMention,
    ChatMessage,
    ChatMute,
    ChatReaction,
    ChatRead,
    ChatRoom,
    ChatVersion,
)
from signaling.store.models.cluster import LoggedEvent, Node
from signaling.store.models.courses import CalendarFeed, Course, Enrolment, Section
from signaling.store.models.deliveries import Delivery, Webhook, WebhookAttempt
from signaling.store.models.live_classes import LiveClass, Series, Session
from signaling.store.models.notifications import (
    Notification,
    NotificationCursor,
    NotificationSetting,
    PushSubscription,
)
from signaling.store.models.people import AuditEntry, Presence, User, UserBlock
from signaling.store.models.room_life import Poll, PollOption, PollVoter, Standing
from signaling.store.models.schedule import ScheduledJob
from signaling.store.models.streams import StreamKey

__all__ = [
    "Attendance",
    "AuditEntry",
    "Base",
    "CalendarFeed",
    "ChatAttachment",
    "ChatMember",
    "ChatMention",
    "ChatMessage",
    "ChatMute",
    "ChatReaction",
    "ChatRead",
    "ChatRoom",
    "ChatVersion",
    "Course",
    "Credential",
    "Delivery",
    "Device",
    "Enrolment",
    "Invite",
    "LiveClass",
    "LoggedEvent",
    "Node",
    "Notification",
    "NotificationCursor",
    "NotificationSetting",
    "OneTimeLink",
    "Poll",
    "PollOption",
    "PollVoter",
    "Presence",
    "PushSubscription",
    "ScheduledJob",
    "Section",
    "Series",
    "Session",
    "SignInName",
    "Standing",
    "StreamKey",
    "User",
    "UserBlock",
    "Utc",
    "Webhook",
    "WebhookAttempt",
]
