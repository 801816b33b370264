"""Serves the routes of the protocol: finds who asks, parses, hands over to the route's handler, answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from signaling import incoming
from signaling.errors import BadRequest, TooLarge, Unauthorized, UnsupportedType
from signaling.http.limits import RequestLimits
from signaling.http.prefix import path_of
from signaling.identity import Identity
from signaling.protocol.base import Id
from signaling.protocol.rest import Route

Authenticate = Callable[[str], Awaitable[Identity]]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, parsed. ``query`` and ``body`` are structs of the types that the route names."""

    request: web.Request
    route: Route
    identity: Identity | None
    path: dict[str, str]
    query: Any = None
    body: Any = None

    @property
    def who(self) -> Identity:
        """Who asks; routes that are not public always have somebody."""
        assert self.identity is not None
        return self.identity

    @property
    def id(self) -> str:
        return self.path["id"]


UNCOUNTED = frozenset({"health"})
"""Asked by machines, often, from one address."""

Handler = Callable[[Call], Awaitable[msgspec.Struct | web.StreamResponse | None]]
Handlers = Mapping[str, Handler]
"""By the operation of the route."""


class Api:
    """Every route has one handler, every handler one route."""

    def __init__(
        self, routes: Sequence[Route], handlers: Handlers, authenticate: Authenticate, limits: RequestLimits
    ) -> None:
        wanted, given = {route.operation for route in routes}, set(handlers)
        assert wanted == given, f"routes and handlers differ: {sorted(wanted ^ given)}"
        self._routes = routes
        self._handlers = handlers
        self._authenticate = authenticate
        self._limits = limits
        self._methods = _methods(routes)

    def attach(self, app: web.Application) -> None:
        for route in self._routes:
            serve = self._serve(route)
            app.router.add_route(route.method, route.path, serve)
            if route.method == "GET":
                app.router.add_route("HEAD", route.path, serve)
        app.router.add_route("OPTIONS", "/api/{path:.*}", self._preflight)
        app.router.add_route("*", "/api/{path:.*}", self._no_route)

    def _serve(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        handler = self._handlers[route.operation]
        decoder = msgspec.json.Decoder(route.body) if route.body is not None else None

        async def serve(request: web.Request) -> web.StreamResponse:
            identity = await self._identity(request, route)
            call = Call(
                request=request,
                route=route,
                identity=identity,
                path=_path(request),
                query=_query(request, route),
                body=await _body(request, route, decoder) if decoder is not None else None,
            )
            return _answer(route, await handler(call))

        return serve

    async def _identity(self, request: web.Request, route: Route) -> Identity | None:
        """Who asks, None where anybody may. Raises `Unauthorized`, `RateLimited`."""
        if route.public:
            if route.operation not in UNCOUNTED:
                self._limits.stranger(request)
            return None
        try:
            identity = await self._authenticate(bearer_token(request))
        except Unauthorized:
            # who guesses tokens is slowed down
            self._limits.stranger(request)
            raise
        self._limits.known(identity)
        return identity

    def _allowed(self, path: str) -> list[str]:
        """The methods of the routes with this path, none when there is no such path."""
        return sorted({method for pattern, method in self._methods if pattern.fullmatch(path)})

    async def _preflight(self, request: web.Request) -> web.Response:
        headers = {
            "Allow": ", ".join([*self._allowed(path_of(request)), "OPTIONS"]),
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    async def _no_route(self, request: web.Request) -> web.Response:
        if allowed := self._allowed(path_of(request)):
            raise web.HTTPMethodNotAllowed(request.method, [*allowed, "OPTIONS"])
        raise web.HTTPNotFound


def _methods(routes: Sequence[Route]) -> list[tuple[re.Pattern[str], str]]:
    found = []
    for route in routes:
        pattern = re.compile(r"[^{}/]+".join(map(re.escape, re.split(r"\{\w+\}", route.path))))
        found += [(pattern, method) for method in ("GET", "HEAD") if route.method == "GET"]
        found += [(pattern, route.method)]
    return found


def bearer_token(request: web.Request) -> str:
    """Raises `Unauthorized`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("send a token: Authorization: Bearer <token>")
    return token.strip()


def json_response(body: msgspec.Struct, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _answer(route: Route, answer: msgspec.Struct | web.StreamResponse | None) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    if answer is None:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    return json_response(answer, route.status)


def _path(request: web.Request) -> dict[str, str]:
    try:
        return {name: msgspec.convert(value, Id) for name, value in request.match_info.items()}
    except msgspec.ValidationError as error:
        raise BadRequest(f"the path: {error}") from None


def _query(request: web.Request, route: Route) -> Any:
    names = {f.encode_name for f in msgspec.structs.fields(route.query)} if route.query is not None else set()
    for name in request.query:
        if name not in names:
            raise BadRequest(f"there is no query parameter {name[:64]!r}")
        if len(request.query.getall(name)) > 1:
            raise BadRequest(f"the query parameter {name} comes twice")
    if route.query is None:
        return None
    try:
        query = msgspec.convert(dict(request.query), route.query, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(f"the query: {error}") from None
    incoming.check(query)
    return query


async def _body(request: web.Request, route: Route, decoder: msgspec.json.Decoder[Any]) -> Any:
    data = await read_body(request, route.largest)
    if not data:
        # a body whose fields are all optional may be left out
        return incoming.decode(decoder, b"{}")
    if request.content_type != "application/json":
        raise UnsupportedType(f"send the body as application/json, not as {request.content_type[:64]}")
    if request.charset not in (None, "utf-8", "utf8", "us-ascii", "UTF-8"):
        raise UnsupportedType("JSON is UTF-8")
    return incoming.decode(decoder, data)


async def read_body(request: web.Request, largest: int | None = None) -> bytes:
    """The body, of at most ``largest`` octets (None: ``limits.request_bytes``): what is longer is refused when it
    is announced, or when the first octet too many comes. Raises `TooLarge`, `UnsupportedType`."""
    if largest is None:
        largest = request.client_max_size
    too_large = TooLarge(f"the body may have {largest} bytes")
    if (request.content_length or 0) > largest:
        raise too_large
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedType("send the body as it is, without a Content-Encoding")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > largest:
            raise too_large
    return bytes(body)
