"""The OpenAPI document at ``/api/v1/openapi.json``, and a page at ``/api/docs`` that shows it and tries it out."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

import msgspec
from aiohttp import web

from signaling.http.openapi import openapi
from signaling.http.prefix import at, path_of

PAGE = Path(__file__).parent / "docs_page"
DOCUMENT = "/api/v1/openapi.json"

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


@cache
def _document(version: str) -> bytes:
    # not when it is first asked for: the tenth of a second would stop everything else
    return msgspec.json.encode(openapi(version))


class Docs:
    """All of it is made once, and small."""

    def __init__(self, version: str) -> None:
        self._files = {DOCUMENT: (_document(version), "application/json")}
        for file in sorted(PAGE.iterdir()):
            if file.suffix in _TYPES:
                path = "/api/docs" if file.name == "index.html" else f"/api/docs/{file.name}"
                self._files[path] = (file.read_bytes(), _TYPES[file.suffix])

    def attach(self, app: web.Application) -> None:
        """Before the API, which takes every other path under /api."""
        for path in self._files:
            app.router.add_get(path, self._file)
        app.router.add_get("/api/docs/", self._to_page)

    async def _file(self, request: web.Request) -> web.Response:
        body, media_type = self._files[path_of(request)]
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        response = web.Response(body=body, content_type=media_type, charset="utf-8", headers=headers)
        response.enable_compression()
        return response

    async def _to_page(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(at(request, "/api/docs"))
