"""The tables."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, MetaData, String, Text, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Utc(TypeDecorator[datetime]):
    """An aware datetime, in UTC on both sides; SQLite keeps it without the offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, str: String(128)}  # noqa: RUF012 (SQLAlchemy reads a plain dict)


class Course(Base):
    __tablename__ = "course"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class LiveClass(Base):
    __tablename__ = "live_class"

    id: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str | None]
    """The running or last session."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Session(Base):
    """One row per start of a live class."""

    __tablename__ = "session"
    __table_args__ = (
        # at most one running session per live class, also when two starts race
        Index(
            "uq_session_running",
            "live_class_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    live_class_id: Mapped[str] = mapped_column(ForeignKey("live_class.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Attendance(Base):
    """One stay of one participant; open while ``left_at`` is NULL."""

    __tablename__ = "attendance"
    __table_args__ = (
        Index(
            "ix_attendance_open",
            "session_id",
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), index=True)
    participant_id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    seat_key_hash: Mapped[str]
    joined_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    away_since: Mapped[datetime | None]
    """When the connection was lost; the seat is kept for a while."""
    left_at: Mapped[datetime | None]
    left_reason: Mapped[str | None] = mapped_column(String(16))
    hand_raised_at: Mapped[datetime | None]


class Message(Base):
    """``id`` was made by the sender, so a retry finds it taken."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_session_id_sent_at", "session_id", "sent_at"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    participant_id: Mapped[str]
    user_id: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
