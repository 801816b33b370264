"""Live classes and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


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
