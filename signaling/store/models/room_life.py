"""Polls, and what was decided about people in a session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base


class Standing(Base):
    """What was decided about a user for one session."""

    __tablename__ = "standing"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    is_admitted: Mapped[bool] = mapped_column(server_default=false())
    is_co_tutor: Mapped[bool] = mapped_column(server_default=false())
    is_banned: Mapped[bool] = mapped_column(server_default=false())


class Poll(Base):
    """``id`` was made by the client, so a retry finds it taken."""

    __tablename__ = "poll"
    __table_args__ = (Index("ix_poll_created_at", "session_id", "created_at"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    is_anonymous: Mapped[bool]
    is_quiz: Mapped[bool]
    may_change: Mapped[bool]
    show_results: Mapped[str] = mapped_column(String(16))
    explanation: Mapped[str | None] = mapped_column(Text)
    right_votes: Mapped[int] = mapped_column(server_default="0")
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


def _of_poll(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["session_id", "poll_id"], ["poll.session_id", "poll.id"], name=f"fk_{table}_poll")


class PollOption(Base):
    """``votes`` counts also those of an anonymous poll, where nothing else says what was chosen."""

    __tablename__ = "poll_option"
    __table_args__ = (_of_poll("poll_option"),)

    session_id: Mapped[str] = mapped_column(primary_key=True)
    poll_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    is_correct: Mapped[bool]
    votes: Mapped[int] = mapped_column(server_default="0")


class PollVoter(Base):
    """Somebody has voted: nobody does twice. ``choices`` (places with commas between) and ``voted_at`` are NULL in
    an anonymous poll."""

    __tablename__ = "poll_voter"
    __table_args__ = (_of_poll("poll_voter"),)

    session_id: Mapped[str] = mapped_column(primary_key=True)
    poll_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    choices: Mapped[str | None]
    voted_at: Mapped[datetime | None]
