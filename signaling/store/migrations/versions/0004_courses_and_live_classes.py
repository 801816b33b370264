"""Sections, plans, recurrence and calendars. Live classes that are there become lectures without a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)


def _added() -> dict[str, list[sa.Column[object]]]:
    """The new columns by table. Without foreign keys: SQLite could not drop them again."""
    return {
        "course": [
            sa.Column("description", sa.Text, nullable=False, server_default=""),
            sa.Column("created_by", sa.String(128)),
            sa.Column("archived_at", _TIME),
        ],
        "enrolment": [sa.Column("section_id", sa.String(128)), sa.Column("blocked_at", _TIME)],
        "session": [sa.Column("started_by", sa.String(128)), sa.Column("end_reason", sa.String(16))],
        "live_class": [
            sa.Column("section_id", sa.String(128)),
            sa.Column("description", sa.Text, nullable=False, server_default=""),
            sa.Column("type", sa.String(16), nullable=False, server_default="lecture"),
            sa.Column("scheduled_at", _TIME),
            sa.Column("duration_minutes", sa.Integer),
            sa.Column("max_participants", sa.Integer),
            sa.Column("waiting_room", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("auto_start", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("recording", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("series_id", sa.String(128)),
            sa.Column("occurs_at", _TIME),
            sa.Column("created_by", sa.String(128)),
            sa.Column("cancel_reason", sa.Text),
            sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
            sa.Column("changed_at", _TIME),
            sa.Column("deleted_at", _TIME),
        ],
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_live_class_course_id_scheduled_at", "live_class", ["course_id", "scheduled_at"])
    op.create_index("uq_live_class_occurrence", "live_class", ["series_id", "occurs_at"], unique=True)
    op.create_table(
        "section",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("course_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_section"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_section_course_id"),
        sa.UniqueConstraint("course_id", "name", name="uq_section_course_id_name"),
    )
    op.create_index("ix_section_course_id", "section", ["course_id"])
    op.create_table(
        "series",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("course_id", sa.String(128), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("time_zone", sa.String(128), nullable=False),
        sa.Column("first", sa.String(32), nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("planned_until", _TIME),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_series_course_id"),
    )
    op.create_index("ix_series_course_id", "series", ["course_id"])
    op.create_index("ix_series_planned_until", "series", ["planned_until"])
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("token_hash", sa.String(128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_calendar_feed"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_calendar_feed_user_id"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
    )


def downgrade() -> None:
    for table in ("calendar_feed", "series", "section"):
        op.drop_table(table)
    op.drop_index("uq_live_class_occurrence", "live_class")
    op.drop_index("ix_live_class_course_id_scheduled_at", "live_class")
    for table, columns in _added().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
