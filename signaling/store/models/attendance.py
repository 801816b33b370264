"""Who was in a session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


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
    answered_at: Mapped[datetime | None]
    allowed: Mapped[str] = mapped_column(server_default="")
    """Sources with commas between that may be published in spite of the room's policy."""
    hands_raised: Mapped[int] = mapped_column(server_default="0")
    talk_ms: Mapped[int] = mapped_column(server_default="0")
    """Time as the active speaker."""
    reactions: Mapped[int] = mapped_column(server_default="0")
