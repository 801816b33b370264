"""Courses, live classes, sessions, attendance and messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
    )
    op.create_table(
        "live_class",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("course_id", sa.String(128), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(128)),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_live_class"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_live_class_course_id"),
    )
    op.create_index("ix_live_class_course_id", "live_class", ["course_id"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("live_class_id", sa.String(128), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.ForeignKeyConstraint(["live_class_id"], ["live_class.id"], name="fk_session_live_class_id"),
    )
    op.create_index("ix_session_live_class_id", "session", ["live_class_id"])
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_session_running",
        "session",
        ["live_class_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("participant_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("seat_key_hash", sa.String(128), nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.Column("away_since", _TIME),
        sa.Column("left_at", _TIME),
        sa.Column("left_reason", sa.String(16)),
        sa.Column("hand_raised_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_attendance_session_id"),
        sa.UniqueConstraint("participant_id", name="uq_attendance_participant_id"),
    )
    op.create_index("ix_attendance_session_id", "attendance", ["session_id"])
    open_rows = sa.text("left_at IS NULL")
    op.create_index(
        "ix_attendance_open", "attendance", ["session_id"], sqlite_where=open_rows, postgresql_where=open_rows
    )
    op.create_table(
        "message",
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("participant_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_message"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_message_session_id"),
    )
    op.create_index("ix_message_session_id_sent_at", "message", ["session_id", "sent_at"])


def downgrade() -> None:
    for table in ("message", "attendance", "session", "live_class", "course"):
        op.drop_table(table)
