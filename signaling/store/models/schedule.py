"""What is to be done when the time has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base

_OPEN = text("state IN ('pending', 'claimed')")


class ScheduledJob(Base):
    """``starts_at`` is the start of the class it was made for. A claim that ran out may be taken by another."""

    __tablename__ = "scheduled_job"
    __table_args__ = (
        UniqueConstraint("kind", "live_class_id", "due_at", name="uq_scheduled_job_kind"),
        Index("ix_scheduled_job_open", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_scheduled_job_live_class_id", "live_class_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    live_class_id: Mapped[str] = mapped_column(ForeignKey("live_class.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(String(500))
