"""What a message is made of: rows as what crosses the wire, and what a new message may say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signaling.errors import BadRequest
from signaling.protocol.chat import ChatMessage, MessageKind, PostMessage, Reaction
from signaling.protocol.chat_files import Attachment
from signaling.protocol.text import clean_text
from signaling.store.chat.messages import EVERYBODY, MessageRow
from signaling.store.chat.parts import FileRow, ReactionRow

NOTICE_LENGTH = 140
"""Characters of a message that a notification shows."""


def shown(
    row: MessageRow,
    files: Mapping[int, Sequence[FileRow]] | None = None,
    reactions: Mapping[int, Sequence[ReactionRow]] | None = None,
) -> ChatMessage:
    """The message as everybody in the room sees it."""
    is_gone = row.deleted_at is not None
    mentions = [] if is_gone else row.mentions.split()
    return ChatMessage(
        id=row.id,
        room_id=row.room_id,
        seq=row.seq,
        changed_seq=row.changed_seq,
        user_id=row.user_id,
        participant_id=row.participant_id,
        name=row.name,
        role=row.role,
        type=row.type,
        kind=row.kind,
        text="" if is_gone else row.text,
        language=row.language,
        reply_to=row.reply_to,
        reply_count=row.reply_count,
        mentions=[user_id for user_id in mentions if user_id != EVERYBODY],
        mentions_all=EVERYBODY in mentions,
        attachments=[] if is_gone else [attachment(file) for file in (files or {}).get(row.row_id, ())],
        reactions=[] if is_gone else [_reaction(found) for found in (reactions or {}).get(row.row_id, ())],
        is_pinned=row.pinned_at is not None,
        sent_at=row.sent_at,
        edited_at=None if is_gone else row.edited_at,
        deleted_at=row.deleted_at,
        is_moderated=is_gone and row.deleted_by != row.user_id,
    )


def attachment(file: FileRow) -> Attachment:
    return Attachment(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        width=file.width,
        height=file.height,
        has_preview=file.has_preview,
    )


def _reaction(row: ReactionRow) -> Reaction:
    return Reaction(emoji=row.emoji, count=row.count, user_ids=row.user_ids)


def written(text: str, *, is_code: bool, may_be_empty: bool) -> str:
    """What is kept of a text: without control characters and what turns the direction of the rest. The lines of
    code stay as they are. Raises `BadRequest`."""
    text = clean_text(text)
    text = text.strip("\n").rstrip() if is_code else text.strip()
    if not text and not may_be_empty:
        raise BadRequest("the message is empty")
    return text


def kind_of(command: PostMessage, files: Sequence[FileRow]) -> MessageKind:
    """Raises `BadRequest` when what was asked for does not fit what is there."""
    if not files:
        if command.kind in ("image", "file"):
            raise BadRequest(f"a message of kind {command.kind} needs attachments")
        if command.language is not None and command.kind != "code":
            raise BadRequest("only code has a language")
        return command.kind or "text"
    kind: MessageKind = "image" if all(file.media_type.startswith("image/") for file in files) else "file"
    if command.kind not in (None, kind, "file"):
        raise BadRequest(f"these attachments make a message of kind {kind}")
    if command.language is not None:
        raise BadRequest("only code has a language")
    return command.kind or kind


def excerpt(row: MessageRow) -> str:
    """One short line for a notification."""
    text = " ".join(row.text.split())
    if not text:
        return "sent a picture" if row.kind == "image" else "sent a file"
    return text if len(text) <= NOTICE_LENGTH else text[: NOTICE_LENGTH - 1].rstrip() + "…"
