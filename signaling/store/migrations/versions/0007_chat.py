"""Chat rooms, messages and attachments. What was said in sessions goes to the room of the live class."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(128)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_OLD = sa.table(
    "message",
    *(sa.column(name, _ID) for name in ("session_id", "id", "participant_id", "user_id", "name", "role", "type")),
    sa.column("text", sa.Text),
    sa.column("sent_at", _TIME),
)
_ROOM = sa.table(
    "chat_room",
    *(sa.column(name, _ID) for name in ("id", "kind", "key", "course_id", "live_class_id")),
    *(sa.column(name, _TIME) for name in ("created_at", "last_at")),
    *(sa.column(name, sa.Integer) for name in ("seq", "last_seq")),
    sa.column("is_locked", sa.Boolean),
)
_MESSAGE = sa.table(
    "chat_message",
    *(sa.column(name, _ID) for name in ("room_id", "id", "user_id", "session_id", "participant_id", "name")),
    *(sa.column(name, _ID) for name in ("role", "type", "kind")),
    *(sa.column(name, sa.Integer) for name in ("seq", "changed_seq", "reply_count", "reaction_count")),
    sa.column("attachment_count", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("text", "mentions")),
    *(sa.column(name, _TIME) for name in ("sent_at", "deleted_at")),
)
_SESSION = sa.table("session", sa.column("id", _ID), sa.column("live_class_id", _ID))
_LIVE_CLASS = sa.table("live_class", sa.column("id", _ID), sa.column("course_id", _ID))

_FTS = (
    "CREATE VIRTUAL TABLE chat_message_fts USING fts5("
    "text, content='chat_message', content_rowid='row_id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER chat_message_fts_insert AFTER INSERT ON chat_message BEGIN "
    "INSERT INTO chat_message_fts (rowid, text) VALUES (new.row_id, new.text); END",
    "CREATE TRIGGER chat_message_fts_delete AFTER DELETE ON chat_message BEGIN "
    "INSERT INTO chat_message_fts (chat_message_fts, rowid, text) VALUES ('delete', old.row_id, old.text); END",
    "CREATE TRIGGER chat_message_fts_update AFTER UPDATE OF text ON chat_message BEGIN "
    "INSERT INTO chat_message_fts (chat_message_fts, rowid, text) VALUES ('delete', old.row_id, old.text); "
    "INSERT INTO chat_message_fts (rowid, text) VALUES (new.row_id, new.text); END",
)
_TSVECTOR = (
    "ALTER TABLE chat_message ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED",
    "CREATE INDEX ix_chat_message_search ON chat_message USING gin (search)",
)


def upgrade() -> None:
    _create_rooms()
    _create_messages()
    _create_parts()
    for statement in _FTS if op.get_bind().dialect.name == "sqlite" else _TSVECTOR:
        op.execute(statement)
    _move_messages()
    op.drop_table("message")


def _create_rooms() -> None:
    op.create_table(
        "chat_room",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(300)),
        sa.Column("course_id", _ID),
        sa.Column("live_class_id", _ID),
        sa.Column("title", sa.String(200)),
        sa.Column("created_by", _ID),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("is_locked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_room"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_chat_room_course_id"),
        sa.ForeignKeyConstraint(["live_class_id"], ["live_class.id"], name="fk_chat_room_live_class_id"),
        sa.UniqueConstraint("key", name="uq_chat_room_key"),
    )
    for column in ("course_id", "live_class_id", "last_at"):
        op.create_index(f"ix_chat_room_{column}", "chat_room", [column])
    op.create_table(
        "chat_member",
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("is_owner", sa.Boolean, nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.Column("removed_at", _TIME),
        sa.PrimaryKeyConstraint("room_id", "user_id", name="pk_chat_member"),
        sa.ForeignKeyConstraint(["room_id"], ["chat_room.id"], name="fk_chat_member_room_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_chat_member_user_id"),
    )
    op.create_index("ix_chat_member_user_id", "chat_member", ["user_id"])
    op.create_table(
        "chat_read",
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "user_id", name="pk_chat_read"),
        sa.ForeignKeyConstraint(["room_id"], ["chat_room.id"], name="fk_chat_read_room_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_chat_read_user_id"),
    )
    op.create_table(
        "chat_mute",
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("muted_by", _ID, nullable=False),
        sa.Column("muted_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("course_id", "user_id", name="pk_chat_mute"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_chat_mute_course_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_chat_mute_user_id"),
    )


def _create_messages() -> None:
    op.create_table(
        "chat_message",
        sa.Column("row_id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("changed_seq", sa.Integer, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("session_id", _ID),
        sa.Column("participant_id", _ID),
        sa.Column("name", _ID, nullable=False),
        sa.Column("role", sa.String(16)),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(32)),
        sa.Column("reply_to", _ID),
        sa.Column("reply_count", sa.Integer, nullable=False),
        sa.Column("reaction_count", sa.Integer, nullable=False),
        sa.Column("attachment_count", sa.Integer, nullable=False),
        sa.Column("mentions", sa.Text, nullable=False),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.Column("edited_at", _TIME),
        sa.Column("pinned_at", _TIME),
        sa.Column("deleted_at", _TIME),
        sa.Column("deleted_by", _ID),
        sa.PrimaryKeyConstraint("row_id", name="pk_chat_message"),
        sa.ForeignKeyConstraint(["room_id"], ["chat_room.id"], name="fk_chat_message_room_id"),
    )
    for columns in (["room_id", "id"], ["user_id", "id"], ["room_id", "seq"]):
        op.create_index(f"uq_chat_message_{'_'.join(columns)}", "chat_message", columns, unique=True)
    op.create_index("ix_chat_message_room_id_changed_seq", "chat_message", ["room_id", "changed_seq"])
    for name, columns, given in (
        ("thread", ["room_id", "reply_to", "seq"], "reply_to"),
        ("pinned", ["room_id", "seq"], "pinned_at"),
        ("session_id", ["session_id", "user_id"], "session_id"),
    ):
        where = sa.text(f"{given} IS NOT NULL")
        op.create_index(
            f"ix_chat_message_{name}", "chat_message", columns, sqlite_where=where, postgresql_where=where
        )


def _create_parts() -> None:
    op.create_table(
        "chat_version",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("message_row", _NUMBER, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("replaced_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_version"),
        sa.ForeignKeyConstraint(["message_row"], ["chat_message.row_id"], name="fk_chat_version_message_row"),
    )
    op.create_index("ix_chat_version_message_row", "chat_version", ["message_row"])
    op.create_table(
        "chat_mention",
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "user_id", "seq", name="pk_chat_mention"),
        sa.ForeignKeyConstraint(["room_id"], ["chat_room.id"], name="fk_chat_mention_room_id"),
    )
    op.create_table(
        "chat_reaction",
        sa.Column("message_row", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("emoji", sa.String(32), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("reacted_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("message_row", "emoji", "user_id", name="pk_chat_reaction"),
        sa.ForeignKeyConstraint(["message_row"], ["chat_message.row_id"], name="fk_chat_reaction_message_row"),
    )
    op.create_table(
        "chat_attachment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("message_row", _NUMBER),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", _ID, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("has_preview", sa.Boolean, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_attachment"),
        sa.ForeignKeyConstraint(["room_id"], ["chat_room.id"], name="fk_chat_attachment_room_id"),
        sa.ForeignKeyConstraint(["message_row"], ["chat_message.row_id"], name="fk_chat_attachment_message_row"),
    )
    for column in ("room_id", "user_id", "message_row", "digest", "created_at"):
        op.create_index(f"ix_chat_attachment_{column}", "chat_attachment", [column])


def _move_messages() -> None:
    """A room for each live class where something was said. An id was unique in a session alone: one that comes
    again is replaced."""
    bind = op.get_bind()
    said = (
        sa.select(_OLD, _SESSION.c.live_class_id, _LIVE_CLASS.c.course_id)
        .join(_SESSION, _SESSION.c.id == _OLD.c.session_id)
        .join(_LIVE_CLASS, _LIVE_CLASS.c.id == _SESSION.c.live_class_id)
        .order_by(_SESSION.c.live_class_id, _OLD.c.sent_at, _OLD.c.session_id, _OLD.c.id)
    )
    rooms: dict[str, dict[str, object]] = {}
    messages: list[dict[str, object]] = []
    taken: set[tuple[str, str]] = set()
    for row in bind.execute(said).mappings().all():
        key = f"live_class:{row['live_class_id']}"
        room = rooms.setdefault(
            key,
            {
                "id": secrets.token_urlsafe(12),
                "kind": "live_class",
                "key": key,
                "course_id": row["course_id"],
                "live_class_id": row["live_class_id"],
                "created_at": row["sent_at"],
                "seq": 0,
                "is_locked": False,
            },
        )
        room["seq"] = room["last_seq"] = seq = int(str(room["seq"])) + 1
        room["last_at"] = row["sent_at"]
        message_id = row["id"]
        if (key, message_id) in taken or (row["user_id"], message_id) in taken:
            message_id = secrets.token_urlsafe(12)
        taken |= {(key, message_id), (row["user_id"], message_id)}
        same = ("session_id", "participant_id", "user_id", "name", "role", "type", "text", "sent_at")
        messages.append(
            {
                **{name: row[name] for name in same},
                "room_id": room["id"],
                "id": message_id,
                "seq": seq,
                "changed_seq": seq,
                "kind": "text",
                "mentions": "",
                "reply_count": 0,
                "reaction_count": 0,
                "attachment_count": 0,
            }
        )
    if rooms:
        bind.execute(sa.insert(_ROOM), list(rooms.values()))
        bind.execute(sa.insert(_MESSAGE), messages)


def downgrade() -> None:
    op.create_table(
        "message",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("participant_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_message"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_message_session_id"),
    )
    op.create_index("ix_message_session_id_sent_at", "message", ["session_id", "sent_at"])
    columns = [column.name for column in _OLD.columns]
    c = _MESSAGE.c
    said_in_sessions = sa.select(*(c[name] for name in columns)).where(
        c.session_id.is_not(None), c.user_id.is_not(None), c.deleted_at.is_(None)
    )
    op.get_bind().execute(sa.insert(_OLD).from_select(columns, said_in_sessions))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE chat_message_fts")
    parts = ("chat_attachment", "chat_reaction", "chat_mention", "chat_version", "chat_message")
    for table in (*parts, "chat_mute", "chat_read", "chat_member", "chat_room"):
        op.drop_table(table)
