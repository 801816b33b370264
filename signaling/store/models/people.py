"""People."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class User(Base):
    """An account, a guest, or somebody known from a token of ours or of another issuer."""

    __tablename__ = "user"
    __table_args__ = (
        Index("uq_user_issuer_subject", "issuer", "subject", unique=True),
        Index("ix_user_search_key", "search_key", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_admin: Mapped[bool]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    provider: Mapped[str] = mapped_column(String(16), server_default="token")
    """Where they are known from: local, issuer, guest or token."""
    username: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))
    """Where they are written to; to sign in with it there is a `SignInName`."""
    issuer: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))
    search_key: Mapped[str] = mapped_column(String(450), server_default="")
    """Name, username and e-mail, casefolded: a database folds the case of ASCII alone, or not alike."""


class UserBlock(Base):
    """Somebody who wants nothing of somebody else."""

    __tablename__ = "user_block"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    blocked_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]


class Presence(Base):
    """Somebody with at least one connection to a server, while it lasts."""

    __tablename__ = "presence"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    node_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    since: Mapped[datetime]


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
