"""Servers, and what they tell each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Node(Base):
    """One run of one server, from its start to its end."""

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(512))
    """How browsers reach it."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    """Its last heartbeat."""
    stopped_at: Mapped[datetime | None]
    """When it stopped by itself; NULL while it runs, and after a crash."""
    participants: Mapped[int] = mapped_column(server_default="0")


class LoggedEvent(Base):
    """An announcement on its way to every server. Written by clusters alone; ids are visible in their order."""

    __tablename__ = "event_log"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    topic: Mapped[str] = mapped_column(String(256))
    event: Mapped[str] = mapped_column(String(64))
    data: Mapped[str] = mapped_column(Text)
    """JSON."""
    node_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
