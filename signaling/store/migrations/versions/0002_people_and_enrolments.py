"""People, who is in which course, and the audit log. Whoever attended before is enrolled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME),
        sa.Column("blocked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
    )
    op.create_table(
        "enrolment",
        sa.Column("course_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("enrolled_at", _TIME, nullable=False),
        sa.Column("removed_at", _TIME),
        sa.PrimaryKeyConstraint("course_id", "user_id", name="pk_enrolment"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_enrolment_course_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_enrolment_user_id"),
    )
    op.create_index("ix_enrolment_user_id", "enrolment", ["user_id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor_id", sa.String(128), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("course_id", sa.String(128)),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_course_id", "audit_entry", ["course_id"])
    op.execute(
        'INSERT INTO "user" (id, name, is_admin, created_at) '
        "SELECT user_id, MAX(name), false, MIN(joined_at) FROM attendance GROUP BY user_id"
    )
    op.execute(
        "INSERT INTO enrolment (course_id, user_id, role, enrolled_at) "
        "SELECT l.course_id, a.user_id, MAX(a.role), MIN(a.joined_at) FROM attendance a "
        "JOIN session s ON s.id = a.session_id JOIN live_class l ON l.id = s.live_class_id "
        "GROUP BY l.course_id, a.user_id"
    )


def downgrade() -> None:
    for table in ("audit_entry", "enrolment", "user"):
        op.drop_table(table)
