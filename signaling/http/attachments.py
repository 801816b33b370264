"""REST: files in chat. What people uploaded is never shown as a page of this server: it is saved, and would run
nothing if it were opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web

from signaling.http.api import Call, Handlers
from signaling.protocol.chat_files import Attachment, UploadQuery
from signaling.services.chat.attachments import Attachments, Download

CHUNK_BYTES = 1 << 18
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-site",
    # asked anew each time, so that it ends with the membership; the content itself never changes
    "Cache-Control": "private, no-cache",
}


class AttachmentRoutes:
    """One method per route."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    def handlers(self) -> Handlers:
        return {
            "upload-chat-attachment": self.upload,
            "download-chat-attachment": self.download,
            "preview-chat-attachment": self.preview,
        }

    async def upload(self, call: Call) -> Attachment:
        query: UploadQuery = call.query
        request = call.request
        return await self._attachments.upload(
            call.who,
            call.id,
            name=query.name,
            declared=request.headers.get("Content-Type", ""),
            size=request.content_length,
            chunks=_chunks(request),
        )

    async def download(self, call: Call) -> web.StreamResponse:
        found = await self._attachments.download(call.who, call.id, call.path["attachmentId"])
        return _file(found, "attachment")

    async def preview(self, call: Call) -> web.StreamResponse:
        found = await self._attachments.preview(call.who, call.id, call.path["attachmentId"])
        return _file(found, "inline")


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        yield chunk


def _file(found: Download, disposition: str) -> web.FileResponse:
    is_text = found.media_type.startswith("text/")
    return web.FileResponse(
        found.path,
        headers={
            **_HEADERS,
            "Content-Type": f"{found.media_type}; charset=utf-8" if is_text else found.media_type,
            "Content-Disposition": f"{disposition}; {_name(found.name)}",
        },
    )


def _name(name: str) -> str:
    """RFC 6266: for those who know nothing else in ASCII, and as it is."""
    plain = "".join(char if char.isascii() and char not in '"\\%;' else "_" for char in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
