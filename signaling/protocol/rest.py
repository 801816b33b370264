"""The REST API, defined once: every route under ``/api/v1``, and the health check.

Bodies are JSON with camelCase fields. Errors are ``application/problem+json`` (RFC 9457) with the stable ``code``
of `signaling.protocol.errors.ERROR_CODES`. Each subject has a module with its bodies and its routes; the
dispatcher (`signaling.http.api`), the OpenAPI document and ``docs/protocol.md`` are made from them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from signaling.protocol.base import Wire

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Problem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An error. ``sessionId`` comes with ``already_live``: the session that is running. ``requestId`` finds the
    request in the server's log."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None
    session_id: str | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation.

    ``operation`` is its unique name, and that of its handler. ``path`` has ``{names}``, which are `Id`s. ``who``
    is for readers; the rules are in `signaling.permissions`. ``query`` is a struct of the query's parameters.
    ``answer`` None means 204 without a body, unless ``media_type`` says that it is not JSON. What any route may
    answer (`common_errors`) is not repeated in ``errors``.
    """

    operation: str
    method: Method
    path: str
    who: str
    doc: str
    query: type[Wire] | None = None
    body: type[Wire] | None = None
    body_media_type: str = "application/json"
    """Anything else: ``body`` is None and the handler reads the request itself."""
    answer: type[msgspec.Struct] | None = None
    media_type: str = "application/json"
    other_media_types: tuple[str, ...] = ()
    """What the query may ask for instead."""
    status: int = 200
    errors: tuple[str, ...] = ()
    public: bool = False
    """Needs no token."""
    largest: int | None = None
    """Octets of the body; None means ``limits.request_bytes``."""

    @property
    def common_errors(self) -> tuple[str, ...]:
        """What it may also be refused with, by its nature."""
        codes = ["rate_limited"] if self.public else ["unauthorized", "rate_limited"]
        if self.query is not None or self.body is not None or "{" in self.path:
            codes.append("bad_request")
        if self.body is not None or self.body_media_type != "application/json":
            codes += ["too_large", "unsupported_type"]
        return tuple(codes)
