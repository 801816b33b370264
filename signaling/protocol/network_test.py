"""Measuring the line to the server before a class: how long a request takes, and how much comes and goes.

Small enough to be free: a whole test takes less than 300 kB, and each user may take so many of them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route

MOST_BYTES = 128_000
_PATH = "/api/v1/network-test"


class NetworkTestQuery(Wire, frozen=True, kw_only=True):
    """``bytes`` 0, the default: an empty answer, to time a round trip."""

    bytes: Annotated[int, Meta(ge=0, le=MOST_BYTES)] = 0


ROUTES: tuple[Route, ...] = (
    Route(
        operation="test-download",
        method="GET",
        path=_PATH,
        who="anybody with a token",
        doc="So many random octets, to time them. Never compressed, never kept.",
        query=NetworkTestQuery,
        media_type="application/octet-stream",
    ),
    Route(
        operation="test-upload",
        method="POST",
        path=_PATH,
        who="anybody with a token",
        doc="Takes up to 128,000 octets and forgets them.",
        body_media_type="application/octet-stream",
        largest=MOST_BYTES,
        status=204,
    ),
)
