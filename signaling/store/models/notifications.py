"""Notifications, and how people wish to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base

_UNREAD = text("read_at IS NULL")


class Notification(Base):
    """Numbered per user. ``in_app`` False: stored so that it is told once, but not shown. ``dedupe_key``: never
    two of the same for a user."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("user_id", "dedupe_key"),
        Index("ix_notification_unread", "user_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    course_id: Mapped[str | None]
    live_class_id: Mapped[str | None]
    chat_room_id: Mapped[str | None]
    dedupe_key: Mapped[str | None] = mapped_column(String(200))
    in_app: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]


class NotificationCursor(Base):
    """The last number given to a user's notifications. Taking the next one locks the row until the commit: so
    numbers become visible in their order, and whoever asks for what came after one misses nothing."""

    __tablename__ = "notification_cursor"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class NotificationSetting(Base):
    """``settings`` is the JSON of the protocol's struct; no row: the defaults."""

    __tablename__ = "notification_setting"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    settings: Mapped[str] = mapped_column(Text)


class PushSubscription(Base):
    """A browser that takes pushes. ``device_id``: the sign-in that made it."""

    __tablename__ = "push_subscription"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    device_id: Mapped[str | None] = mapped_column(index=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    p256dh: Mapped[str] = mapped_column(String(200))
    auth: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
