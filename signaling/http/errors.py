"""Errors as ``application/problem+json`` (RFC 9457), and the headers every answer carries."""

from __future__ import annotations

import logging
import math
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from signaling.config import HttpConfig
from signaling.errors import AlreadyLive, RateLimited, Refusal
from signaling.http.origins import Origins
from signaling.http.prefix import path_of
from signaling.logs import context
from signaling.protocol.rest import Problem

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[str, HTTPStatus] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "not_live": HTTPStatus.CONFLICT,
    "already_live": HTTPStatus.CONFLICT,
    "wrong_status": HTTPStatus.CONFLICT,
    "already_exists": HTTPStatus.CONFLICT,
    "muted": HTTPStatus.FORBIDDEN,
    "quota_exceeded": HTTPStatus.CONFLICT,
    "storage_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "class_full": HTTPStatus.CONFLICT,
    "elsewhere": HTTPStatus.MISDIRECTED_REQUEST,
    "room_locked": HTTPStatus.CONFLICT,
    "source_locked": HTTPStatus.CONFLICT,
    "poll_closed": HTTPStatus.CONFLICT,
    "already_voted": HTTPStatus.CONFLICT,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "precondition_failed": HTTPStatus.PRECONDITION_FAILED,
    "precondition_required": HTTPStatus.PRECONDITION_REQUIRED,
    "invite_expired": HTTPStatus.GONE,
    "invite_used_up": HTTPStatus.GONE,
    "invite_revoked": HTTPStatus.GONE,
    "bad_sdp": HTTPStatus.UNPROCESSABLE_ENTITY,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "media_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}

BUSY_S = 5.0
"""After so many seconds a server that could not serve may be asked again."""

_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}

REQUEST_ID = web.RequestKey("request_id", str)
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""A name that the client, or a proxy, gave the request; it is written into the log."""

EXPOSED = ("X-Request-Id", "Retry-After", "Location", "ETag", "Link", "Accept-Patch")
"""Headers that pages of other origins may read."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

HTTPS_ONLY = f"max-age={365 * 24 * 3600}"
"""Browsers that came by HTTPS once come by nothing else, for a year. Other hosts of the domain are not ours."""


def problem(
    request: web.Request,
    status: int,
    code: str,
    detail: str,
    *,
    session_id: str | None = None,
    retry_after: float | None = None,
) -> web.Response:
    """``retry_after``: seconds."""
    status = HTTPStatus(status)
    body: dict[str, object] = msgspec.to_builtins(
        Problem(
            type="about:blank",
            title=status.phrase,
            status=status.value,
            code=code,
            detail=detail,
            request_id=request.get(REQUEST_ID),
            session_id=session_id,
        )
    )
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/problem+json", headers=headers
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request a name for the log. Turns what a handler raises into a problem document; a bug is logged
    and shown as ``internal``."""
    given = request.headers.get("X-Request-Id", "")
    request_id = request[REQUEST_ID] = given if SANE_ID.fullmatch(given) else secrets.token_hex(8)
    with context(request=request_id):
        return await _answer(request, handler)


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as error:
        status = STATUS.get(error.code, HTTPStatus.BAD_REQUEST)
        busy = BUSY_S if status is HTTPStatus.SERVICE_UNAVAILABLE else None
        return problem(
            request,
            status,
            error.code,
            error.message,
            session_id=error.session_id if isinstance(error, AlreadyLive) else None,
            retry_after=error.retry_after if isinstance(error, RateLimited) else busy,
        )
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        code = _CODES.get(HTTPStatus(error.status), "bad_request")
        answer = problem(request, error.status, code, error.reason)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        message = "the server failed; it has been logged"
        return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message)


def headers_for(
    config: HttpConfig, origins: Origins, servers: Callable[[], Sequence[str]]
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A hook for ``on_response_prepare``: security headers on all, CORS for the origins of the settings. Pages may
    connect to the ``servers`` of the cluster."""
    allowed = set(config.cors_origins)
    # behind a prefix the host belongs to others too, as does localhost: how they are reached is not for us to say
    own = urlsplit(config.public_url)
    is_ours = own.scheme == "https" and not config.prefix and own.hostname != "localhost"

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if urls := servers():
            sources = " ".join(f"{url} ws{url.removeprefix('http')}" for url in urls)
            policy = response.headers["Content-Security-Policy"]
            policy = policy.replace("connect-src 'self'", f"connect-src 'self' {sources}")
            response.headers["Content-Security-Policy"] = policy
        if is_ours and origins.is_https(request):
            response.headers["Strict-Transport-Security"] = HTTPS_ONLY
        if REQUEST_ID in request:
            response.headers.setdefault("X-Request-Id", request[REQUEST_ID])
        if allowed and path_of(request).startswith(("/api/", "/whip/", "/whep/")):
            # also for those who may not: a cache must not give one page what was answered to another
            response.headers.add("Vary", "Origin")
            if (origin := request.headers.get("Origin")) in allowed:
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)

    return prepare
