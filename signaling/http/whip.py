"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): streams opened by an offer, changed and ended by their URL.

``POST /whip/{id}`` publishes in a running class, ``POST /whep/{id}`` plays its stage; ``id`` is that of a live
class or of its session. The answer's ``Location`` takes ``PATCH`` and ``DELETE``. Errors are problem documents, as
in REST.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Literal, cast, get_args

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from signaling.errors import BadRequest, Elsewhere, NotFound, Unauthorized, UnsupportedType
from signaling.http.api import bearer_token, read_body
from signaling.http.errors import Handler
from signaling.http.limits import RequestLimits
from signaling.http.prefix import at, path_of
from signaling.protocol.base import Id
from signaling.protocol.media import IceServer
from signaling.protocol.streams import StreamKind, StreamSource
from signaling.services.sessions.streams import Asker, Opened, Streams

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"

_KINDS: dict[Literal["whip", "whep"], StreamKind] = {"whip": "publish", "whep": "play"}
_ETAG = re.compile(r'(?:W/)?"([^"]*)"|\*')


class Whip:
    """The endpoints and the streams opened there."""

    def __init__(self, streams: Streams, limits: RequestLimits, largest: int) -> None:
        """``largest``: octets of an offer."""
        self._streams = streams
        self._limits = limits
        self._largest = largest

    def attach(self, app: web.Application) -> None:
        """Before the web client, which takes every other path."""
        for name, kind in _KINDS.items():
            endpoint, stream = _Endpoint(self, name, kind), f"/{name}/{{id}}/{{stream}}"
            app.router.add_post(f"/{name}/{{id}}", endpoint.open)
            app.router.add_options(f"/{name}/{{id}}", endpoint.describe)
            app.router.add_patch(stream, endpoint.patch)
            app.router.add_delete(stream, endpoint.end)
            app.router.add_options(stream, endpoint.describe_stream)
            app.router.add_route("*", f"/{name}/{{id}}", _only("POST"))
            app.router.add_route("*", stream, _only("PATCH", "DELETE"))

    async def asker(self, request: web.Request) -> Asker:
        """Raises `Unauthorized`, `RateLimited`."""
        try:
            asker = await self._streams.identify(bearer_token(request))
        except Unauthorized:
            # who guesses tokens is slowed down
            self._limits.stranger(request)
            raise
        self._limits.known(asker.who)
        return asker

    async def open(
        self, asker: Asker, kind: StreamKind, name: str, source: StreamSource | None, offer: str
    ) -> Opened:
        if kind == "publish":
            return await self._streams.publish(asker, name, source, offer)
        return await self._streams.play(asker, name, offer)

    async def text(self, request: web.Request, media_type: str) -> str:
        """The body. Raises `UnsupportedType`, `TooLarge`, `BadRequest`."""
        if request.content_type != media_type:
            raise UnsupportedType(f"send the body as {media_type}, not as {request.content_type[:64]}")
        try:
            return (await read_body(request, self._largest)).decode()
        except UnicodeDecodeError:
            raise BadRequest("SDP is UTF-8") from None

    @property
    def streams(self) -> Streams:
        return self._streams


class _Endpoint:
    """One of the two."""

    def __init__(self, whip: Whip, path: str, kind: StreamKind) -> None:
        self._whip = whip
        self._path = path
        self._kind = kind

    async def open(self, request: web.Request) -> web.StreamResponse:
        asker = await self._whip.asker(request)
        name = _id(request, "id")
        source = _source(request) if self._kind == "publish" else None
        offer = await self._whip.text(request, SDP)
        try:
            opened = await self._whip.open(asker, self._kind, name, source, offer)
        except Elsewhere as elsewhere:
            # RFC 9725 section 4.5: the client asks the other server in the same way
            query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
            location = f"{elsewhere.url.rstrip('/')}{path_of(request)}{query}"
            return web.Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": location})
        headers = CIMultiDict(
            {
                "Location": at(request, f"/{self._path}/{name}/{opened.id}"),
                "ETag": f'"{opened.etag}"',
                "Accept-Patch": FRAGMENT,
                "Cache-Control": "no-store",
            }
        )
        for link in ice_links(opened.ice_servers):
            headers.add("Link", link)
        return web.Response(status=HTTPStatus.CREATED, text=opened.answer, content_type=SDP, headers=headers)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        asker = await self._whip.asker(request)
        name, stream_id = _id(request, "id"), _id(request, "stream")
        fragment = await self._whip.text(request, FRAGMENT)
        matches = _matches(request.headers.getall("If-Match", []))
        restarted = await self._whip.streams.patch(asker, self._kind, name, stream_id, matches, fragment)
        if restarted is None:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        answer, etag = restarted
        return web.Response(text=answer, content_type=FRAGMENT, headers={"ETag": f'"{etag}"'})

    async def end(self, request: web.Request) -> web.StreamResponse:
        asker = await self._whip.asker(request)
        await self._whip.streams.end(asker, self._kind, _id(request, "id"), _id(request, "stream"))
        return web.Response(status=HTTPStatus.OK)

    async def describe(self, request: web.Request) -> web.StreamResponse:
        return _options("POST", {"Accept-Post": SDP})

    async def describe_stream(self, request: web.Request) -> web.StreamResponse:
        return _options("PATCH, DELETE", {"Accept-Patch": FRAGMENT})


def ice_links(servers: Iterable[IceServer]) -> list[str]:
    """Values of ``Link`` (RFC 9725 section 4.6)."""
    found = []
    for server in servers:
        credentials = ""
        if server.username is not None and server.credential is not None:
            credentials = f"; username={_quoted(server.username)}; credential={_quoted(server.credential)}"
            credentials += '; credential-type="password"'
        found += [f'<{url}>; rel="ice-server"{credentials}' for url in server.urls]
    return found


def _quoted(text: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def _id(request: web.Request, name: str) -> str:
    try:
        return msgspec.convert(request.match_info[name], Id)
    except msgspec.ValidationError:
        raise NotFound("there is no such live class or stream") from None


def _source(request: web.Request) -> StreamSource | None:
    source = request.query.get("source")
    if source is not None and source not in get_args(StreamSource):
        raise BadRequest(f"source is one of {', '.join(get_args(StreamSource))}")
    return cast("StreamSource | None", source)


def _matches(headers: list[str]) -> frozenset[str]:
    """The ETags of ``If-Match``."""
    found = (match for header in headers for match in _ETAG.finditer(header))
    return frozenset("*" if match[1] is None else match[1] for match in found)


def _options(methods: str, more: dict[str, str]) -> web.Response:
    headers = {
        "Allow": f"{methods}, OPTIONS",
        "Access-Control-Allow-Methods": f"{methods}, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={**headers, **more})


def _only(*methods: str) -> Handler:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, [*methods, "OPTIONS"])

    return refuse
