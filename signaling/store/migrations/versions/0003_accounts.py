"""Accounts, sign-ins, invites, blocks and presence. Who is known already keeps being known from their tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(128)
_USER_COLUMNS = ("provider", "username", "email", "issuer", "subject", "search_key")


def upgrade() -> None:
    op.add_column("user", sa.Column("provider", sa.String(16), nullable=False, server_default="token"))
    op.add_column("user", sa.Column("username", sa.String(64)))
    op.add_column("user", sa.Column("email", sa.String(254)))
    op.add_column("user", sa.Column("issuer", sa.String(255)))
    op.add_column("user", sa.Column("subject", sa.String(255)))
    op.add_column("user", sa.Column("search_key", sa.String(450), nullable=False, server_default=""))
    user = sa.table("user", sa.column("id"), sa.column("name"), sa.column("search_key"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(user.c.id, user.c.name)).all():
        key = row.name.casefold()[:450]
        connection.execute(sa.update(user).where(user.c.id == row.id).values(search_key=key))
    op.create_index("uq_user_issuer_subject", "user", ["issuer", "subject"], unique=True)
    op.create_index("ix_user_search_key", "user", ["search_key", "id"])
    _of_people()
    _of_accounts()


def _of_people() -> None:
    op.create_table(
        "user_block",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("blocked_id", _ID, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "blocked_id", name="pk_user_block"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_block_user_id"),
        sa.ForeignKeyConstraint(["blocked_id"], ["user.id"], name="fk_user_block_blocked_id"),
    )
    op.create_index("ix_user_block_blocked_id", "user_block", ["blocked_id"])
    op.create_table(
        "presence",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("node_id", _ID, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "node_id", name="pk_presence"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_presence_user_id"),
    )
    op.create_index("ix_presence_node_id", "presence", ["node_id"])


def _of_accounts() -> None:
    op.create_table(
        "credential",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_credential"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_credential_user_id"),
    )
    op.create_table(
        "sign_in_name",
        sa.Column("name", sa.String(254), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sign_in_name"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_sign_in_name_user_id"),
    )
    op.create_index("ix_sign_in_name_user_id", "sign_in_name", ["user_id"])
    op.create_table(
        "device",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("rotated_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_device_user_id"),
    )
    op.create_index("ix_device_user_id", "device", ["user_id"])
    op.create_index("ix_device_expires_at", "device", ["expires_at"])
    op.create_table(
        "one_time_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_one_time_link"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_one_time_link_user_id"),
    )
    op.create_index("ix_one_time_link_purpose", "one_time_link", ["purpose"])
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])
    op.create_table(
        "invite",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("live_class_id", _ID),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("max_uses", sa.Integer),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_invite_course_id"),
        sa.ForeignKeyConstraint(
            ["live_class_id"], ["live_class.id"], name="fk_invite_live_class_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name="fk_invite_created_by"),
    )
    op.create_index("ix_invite_course_id", "invite", ["course_id"])


def downgrade() -> None:
    for table in ("invite", "one_time_link", "device", "sign_in_name", "credential", "presence", "user_block"):
        op.drop_table(table)
    op.drop_index("ix_user_search_key", table_name="user")
    op.drop_index("uq_user_issuer_subject", table_name="user")
    for column in _USER_COLUMNS:
        op.drop_column("user", column)
