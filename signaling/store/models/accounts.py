"""Local accounts, their sign-ins, and the links that let somebody in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Credential(Base):
    """The password of a local account, hashed; an account without a row has none yet."""

    __tablename__ = "credential"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class SignInName(Base):
    """What a local account signs in with: its username and its e-mail address, both in lower case."""

    __tablename__ = "sign_in_name"

    name: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)


class Device(Base):
    """A sign-in that lasts. Its refresh token is made from ``id``, ``generation`` and ``salt`` with the server's
    secret, so that at most one is valid and none is kept."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(64))
    generation: Mapped[int]
    rotated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: to make the first admin, or to set a password. Only its hash is kept."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"), index=True)
    expires_at: Mapped[datetime]


class Invite(Base):
    """A link into a course. Its token is made from ``id`` and the server's secret: it can be shown again."""

    __tablename__ = "invite"

    id: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    live_class_id: Mapped[str | None] = mapped_column(ForeignKey("live_class.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    max_uses: Mapped[int | None]
    uses: Mapped[int]
    created_by: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
