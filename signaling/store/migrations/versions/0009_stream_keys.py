"""Keys of streams, so that one can be revoked. Those that were made before are not known, and open nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "stream_key",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("live_class_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_stream_key"),
        sa.ForeignKeyConstraint(
            ["live_class_id"], ["live_class.id"], name="fk_stream_key_live_class_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_stream_key_user_id"),
    )
    op.create_index("ix_stream_key_live_class_id", "stream_key", ["live_class_id"])


def downgrade() -> None:
    op.drop_table("stream_key")
