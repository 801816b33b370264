"""Files in chat: uploaded first, then sent with a message."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route


class Attachment(Wire, frozen=True, kw_only=True):
    """``size`` in bytes. ``width`` and ``height`` in pixels, of images; ``hasPreview``: a small picture of it."""

    id: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    has_preview: bool


class UploadQuery(Wire, frozen=True, kw_only=True):
    """``name`` is the file's name; it is cleaned."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]


_ALL = "/api/v1/chat-rooms/{id}/attachments"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="upload-chat-attachment",
        method="POST",
        path=_ALL,
        who="who may write there",
        doc="Upload a file: the body is its content, `Content-Type` its type. Then send it with a message.",
        query=UploadQuery,
        body_media_type="application/octet-stream",
        answer=Attachment,
        status=201,
        errors=("not_found", "forbidden", "muted", "unsupported_type", "quota_exceeded", "storage_full"),
    ),
    Route(
        operation="download-chat-attachment",
        method="GET",
        path=f"{_ALL}/{{attachmentId}}",
        who="who may read there",
        doc="The file, to be saved. Ranges are served.",
        media_type="application/octet-stream",
        errors=("not_found",),
    ),
    Route(
        operation="preview-chat-attachment",
        method="GET",
        path=f"{_ALL}/{{attachmentId}}/preview",
        who="who may read there",
        doc="A small picture of an image: WebP, at most 320 pixels each way, without the data of the camera.",
        media_type="image/webp",
        errors=("not_found",),
    ),
)
