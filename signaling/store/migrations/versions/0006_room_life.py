"""Polls, hands and what people did. Whoever was removed from a running session stays out of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)


def _added() -> dict[str, list[sa.Column[object]]]:
    """The new columns by table."""
    return {
        "session": [sa.Column("policy", sa.Text), sa.Column("tutors_gone_at", _TIME)],
        "attendance": [
            sa.Column("answered_at", _TIME),
            sa.Column("allowed", sa.String(128), nullable=False, server_default=""),
            sa.Column("hands_raised", sa.Integer, nullable=False, server_default="0"),
            sa.Column("talk_ms", sa.Integer, nullable=False, server_default="0"),
            sa.Column("reactions", sa.Integer, nullable=False, server_default="0"),
        ],
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "standing",
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("is_admitted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_co_tutor", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_banned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("session_id", "user_id", name="pk_standing"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_standing_session_id"),
    )
    op.execute(
        "INSERT INTO standing (session_id, user_id, is_banned) "
        "SELECT DISTINCT session_id, user_id, true FROM attendance WHERE left_reason = 'removed'"
    )
    op.create_table(
        "poll",
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("is_quiz", sa.Boolean, nullable=False),
        sa.Column("may_change", sa.Boolean, nullable=False),
        sa.Column("show_results", sa.String(16), nullable=False),
        sa.Column("explanation", sa.Text),
        sa.Column("right_votes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("opened_at", _TIME),
        sa.Column("closed_at", _TIME),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_poll"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_poll_session_id"),
    )
    op.create_index("ix_poll_created_at", "poll", ["session_id", "created_at"])
    op.create_table(
        "poll_option",
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("poll_id", sa.String(128), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("is_correct", sa.Boolean, nullable=False),
        sa.Column("votes", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("session_id", "poll_id", "place", name="pk_poll_option"),
        _of_poll("poll_option"),
    )
    op.create_table(
        "poll_voter",
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("poll_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("choices", sa.String(128)),
        sa.Column("voted_at", _TIME),
        sa.PrimaryKeyConstraint("session_id", "poll_id", "user_id", name="pk_poll_voter"),
        _of_poll("poll_voter"),
    )


def _of_poll(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id", "poll_id"], ["poll.session_id", "poll.id"], name=f"fk_{table}_poll"
    )


def downgrade() -> None:
    for table in ("poll_voter", "poll_option", "poll", "standing"):
        op.drop_table(table)
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
