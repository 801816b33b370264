"""People."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class User(Base):
    """An account, a guest, or somebody known from a token of ours or of another issuer."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_admin: Mapped[bool]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Something that an admin or a tutor did to somebody or something. ``details`` is JSON."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[str]
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str]
    course_id: Mapped[str | None] = mapped_column(index=True)
    details: Mapped[str] = mapped_column(Text)
