"""Courses, and who is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Course(Base):
    __tablename__ = "course"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Enrolment(Base):
    """Somebody in a course. ``removed_at``: no longer, and not let in again by an old token."""

    __tablename__ = "enrolment"

    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    enrolled_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
