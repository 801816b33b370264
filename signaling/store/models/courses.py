"""Courses, and who is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Course(Base):
    __tablename__ = "course"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, server_default="")
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Section(Base):
    """A part of a course's students."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class Enrolment(Base):
    """Somebody in a course. ``removed_at``: no longer, and not let in again by an old token. ``blocked_at``:
    nor by an invite."""

    __tablename__ = "enrolment"

    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    section_id: Mapped[str | None]
    enrolled_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]


class CalendarFeed(Base):
    """Somebody's secret address of a calendar, as a hash."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
