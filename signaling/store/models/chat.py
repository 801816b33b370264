"""Chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


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
