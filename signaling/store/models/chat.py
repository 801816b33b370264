"""Chat rooms, who is in them, and what is said there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.store.models.base import Base

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class ChatRoom(Base):
    """``key`` makes rooms unique that there is one of: per pair, course, live class; groups have none.

    ``seq`` counts the changes. ``last_seq`` and ``last_at`` are those of the latest message.
    """

    __tablename__ = "chat_room"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str | None] = mapped_column(String(300), unique=True)
    course_id: Mapped[str | None] = mapped_column(ForeignKey("course.id"), index=True)
    live_class_id: Mapped[str | None] = mapped_column(ForeignKey("live_class.id"), index=True)
    title: Mapped[str | None] = mapped_column(String(200))
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    seq: Mapped[int]
    last_seq: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    is_locked: Mapped[bool]
    """Only moderators may write."""


class ChatMember(Base):
    """Somebody in a direct room or a group. Who is in the others follows from the enrolments."""

    __tablename__ = "chat_member"

    room_id: Mapped[str] = mapped_column(ForeignKey("chat_room.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    is_owner: Mapped[bool]
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ChatRead(Base):
    """How far somebody has read."""

    __tablename__ = "chat_read"

    room_id: Mapped[str] = mapped_column(ForeignKey("chat_room.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seq: Mapped[int]
    read_at: Mapped[datetime]


class ChatMute(Base):
    """Somebody who may not write in the chats of a course."""

    __tablename__ = "chat_mute"

    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    muted_by: Mapped[str]
    muted_at: Mapped[datetime]


class ChatMessage(Base):
    """``id`` was made by the sender, so a retry finds it taken. ``text`` stays when it is deleted, for moderators.

    ``row_id`` is the order of all rooms together, and what the index of words refers to: an FTS5 table with
    triggers in SQLite, the generated column ``search`` in PostgreSQL (migration 0007).
    """

    __tablename__ = "chat_message"
    __table_args__ = (
        Index("uq_chat_message_room_id_id", "room_id", "id", unique=True),
        Index("uq_chat_message_user_id_id", "user_id", "id", unique=True),
        Index("uq_chat_message_room_id_seq", "room_id", "seq", unique=True),
        Index("ix_chat_message_room_id_changed_seq", "room_id", "changed_seq"),
        Index(
            "ix_chat_message_thread",
            "room_id",
            "reply_to",
            "seq",
            sqlite_where=text("reply_to IS NOT NULL"),
            postgresql_where=text("reply_to IS NOT NULL"),
        ),
        Index(
            "ix_chat_message_pinned",
            "room_id",
            "seq",
            sqlite_where=text("pinned_at IS NOT NULL"),
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
        Index(
            "ix_chat_message_session_id",
            "session_id",
            "user_id",
            sqlite_where=text("session_id IS NOT NULL"),
            postgresql_where=text("session_id IS NOT NULL"),
        ),
    )

    row_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("chat_room.id"))
    seq: Mapped[int]
    changed_seq: Mapped[int]
    id: Mapped[str]
    user_id: Mapped[str | None]
    """None: said by the server."""
    session_id: Mapped[str | None]
    """The session it was said in, if any, and the seat there."""
    participant_id: Mapped[str | None]
    name: Mapped[str]
    role: Mapped[str | None] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(32))
    reply_to: Mapped[str | None]
    reply_count: Mapped[int]
    reaction_count: Mapped[int]
    attachment_count: Mapped[int]
    mentions: Mapped[str] = mapped_column(Text)
    """The ids of the users it names, by spaces; ``*`` is everybody."""
    sent_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str | None]


class ChatVersion(Base):
    """What an edited message said before."""

    __tablename__ = "chat_version"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=True)
    message_row: Mapped[int] = mapped_column(ForeignKey("chat_message.row_id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class ChatMention(Base):
    """Who is named in a message; ``*`` is everybody."""

    __tablename__ = "chat_mention"

    room_id: Mapped[str] = mapped_column(ForeignKey("chat_room.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)


class ChatReaction(Base):
    __tablename__ = "chat_reaction"

    message_row: Mapped[int] = mapped_column(ForeignKey("chat_message.row_id"), primary_key=True)
    emoji: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    reacted_at: Mapped[datetime]


class ChatAttachment(Base):
    """A file; not yet sent while it has no message. ``digest`` names what is on the disk, which rows may share."""

    __tablename__ = "chat_attachment"

    id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("chat_room.id"), index=True)
    user_id: Mapped[str] = mapped_column(index=True)
    message_row: Mapped[int | None] = mapped_column(ForeignKey("chat_message.row_id"), index=True)
    place: Mapped[int]
    """Its number among the attachments of the message."""
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    has_preview: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
