"""Live classes and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Series(Base):
    """Recurring live classes: the rule, and what each of them starts as.

    ``first`` is the wall clock of the first one in ``time_zone``, ISO 8601 without an offset. ``template`` is
    JSON. Occurrences up to ``planned_until`` have been made; None: all there will be.
    """

    __tablename__ = "series"

    id: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    rule: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str]
    first: Mapped[str] = mapped_column(String(32))
    template: Mapped[str] = mapped_column(Text)
    planned_until: Mapped[datetime | None] = mapped_column(index=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class LiveClass(Base):
    """``occurs_at`` is the moment its series gave it, which stays when it is moved. ``revision`` counts what a
    calendar should show anew. ``deleted_at``: not shown any more, its attendance is kept."""

    __tablename__ = "live_class"
    __table_args__ = (
        Index("ix_live_class_course_id_scheduled_at", "course_id", "scheduled_at"),
        Index("uq_live_class_occurrence", "series_id", "occurs_at", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    section_id: Mapped[str | None]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, server_default="")
    type: Mapped[str] = mapped_column(String(16), server_default="lecture")
    scheduled_at: Mapped[datetime | None]
    duration_minutes: Mapped[int | None]
    max_participants: Mapped[int | None]
    waiting_room: Mapped[bool] = mapped_column(server_default=false())
    auto_start: Mapped[bool] = mapped_column(server_default=false())
    recording: Mapped[bool] = mapped_column(server_default=false())
    series_id: Mapped[str | None]
    occurs_at: Mapped[datetime | None]
    created_by: Mapped[str | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
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
    started_by: Mapped[str | None]
    """None: by the schedule."""
    node_id: Mapped[str | None]
    """The server that hosts it, or did last."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
    policy: Mapped[str | None] = mapped_column(Text)
    """What the room allows, as JSON; NULL: nothing was set."""
    tutors_gone_at: Mapped[datetime | None]
    """When the last seat of a tutor was given up, while none is taken."""
