"""Keys of streams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class StreamKey(Base):
    """What somebody gave to a program. The key itself, a signed token with this ``id``, is not kept."""

    __tablename__ = "stream_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    live_class_id: Mapped[str] = mapped_column(ForeignKey("live_class.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
