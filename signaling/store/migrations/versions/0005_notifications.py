"""Notifications, deliveries, webhooks and scheduled jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _notifications()
    _deliveries()
    _schedule()


def _notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("course_id", sa.String(128)),
        sa.Column("live_class_id", sa.String(128)),
        sa.Column("chat_room_id", sa.String(128)),
        sa.Column("dedupe_key", sa.String(200)),
        sa.Column("in_app", sa.Boolean, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("read_at", _TIME),
        sa.PrimaryKeyConstraint("user_id", "seq", name="pk_notification"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_notification_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "dedupe_key", name="uq_notification_user_id_dedupe_key"),
    )
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_notification_unread", "notification", ["user_id"], sqlite_where=unread, postgresql_where=unread
    )
    op.create_table(
        "notification_cursor",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_notification_cursor"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_notification_cursor_user_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "notification_setting",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_notification_setting"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_notification_setting_user_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("device_id", sa.String(128)),
        sa.Column("endpoint", sa.String(1000), nullable=False),
        sa.Column("p256dh", sa.String(200), nullable=False),
        sa.Column("auth", sa.String(200), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_success_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscription"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_push_subscription_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("endpoint", name="uq_push_subscription_endpoint"),
    )
    op.create_index("ix_push_subscription_user_id", "push_subscription", ["user_id"])
    op.create_index("ix_push_subscription_device_id", "push_subscription", ["device_id"])


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME),
        sa.Column("outcome", sa.String(500), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["channel", "next_attempt_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index("ix_delivery_target", "delivery", ["target", "created_at"])
    op.create_index("ix_delivery_finished_at", "delivery", ["finished_at"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("course_id", sa.String(128)),
        sa.Column("secret", sa.String(128), nullable=False),
        sa.Column("old_secret", sa.String(128)),
        sa.Column("old_secret_until", _TIME),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("failing_since", _TIME),
        sa.Column("disabled_at", _TIME),
        sa.Column("disabled_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("webhook_id", sa.String(128), nullable=False),
        sa.Column("delivery_id", sa.String(128), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempt"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_webhook_attempt_webhook_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_webhook_attempt_at", "webhook_attempt", ["at"])
    op.create_index("ix_webhook_attempt_webhook_id_id", "webhook_attempt", ["webhook_id", "id"])


def _schedule() -> None:
    op.create_table(
        "scheduled_job",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("live_class_id", sa.String(128), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_by", sa.String(128)),
        sa.Column("claimed_until", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_job"),
        sa.ForeignKeyConstraint(
            ["live_class_id"], ["live_class.id"], name="fk_scheduled_job_live_class_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("kind", "live_class_id", "due_at", name="uq_scheduled_job_kind"),
    )
    still_open = sa.text("state IN ('pending', 'claimed')")
    op.create_index(
        "ix_scheduled_job_open", "scheduled_job", ["due_at"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("ix_scheduled_job_live_class_id", "scheduled_job", ["live_class_id"])


def downgrade() -> None:
    for table in (
        "scheduled_job",
        "webhook_attempt",
        "webhook",
        "delivery",
        "push_subscription",
        "notification_setting",
        "notification_cursor",
        "notification",
    ):
        op.drop_table(table)
