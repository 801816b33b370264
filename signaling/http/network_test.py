"""REST: octets that are there to be timed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from aiohttp import web

from signaling.http.api import Call, Handlers, read_body
from signaling.limits import Buckets

PER_SECOND = 0.25
AT_ONCE = 24
"""Requests with octets of one user. A test makes four."""


class NetworkTestRoutes:
    """One method per route. Both raise `RateLimited`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._counted = Buckets(PER_SECOND, AT_ONCE)

    def handlers(self) -> Handlers:
        return {"test-download": self.download, "test-upload": self.upload}

    async def download(self, call: Call) -> web.Response:
        size: int = call.query.bytes
        if size:
            self._count(call)
        return web.Response(
            # random, so that nothing on the way makes less of it
            body=secrets.token_bytes(size),
            content_type="application/octet-stream",
            headers={"Cache-Control": "no-store, no-transform"},
        )

    async def upload(self, call: Call) -> None:
        self._count(call)
        await read_body(call.request, call.route.largest)

    def _count(self, call: Call) -> None:
        self._counted.check(call.who.user_id, self._monotonic())
