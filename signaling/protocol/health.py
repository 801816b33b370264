"""The health check."""

from __future__ import annotations

from typing import Literal

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route


class Health(Wire, frozen=True, kw_only=True):
    """``ok``: the server and its media workers serve; ``degraded``: no media worker answers (HTTP status 503)."""

    status: Literal["ok", "degraded"]
    version: str
    uptime_seconds: float
    sessions: int
    participants: int
    media_workers: int
    media_workers_alive: int
    connections: int
    """Open sockets."""
    too_slow: int
    """Sockets that were cut off since the start because they did not read."""
    stalls: int
    """How often the event loop stood still for more than 50 ms since the start."""
    longest_stall_ms: float
    """Within the last minute."""


ROUTES: tuple[Route, ...] = (
    Route(
        operation="health",
        method="GET",
        path="/healthz",
        who="anybody",
        doc="Is the server able to serve?",
        answer=Health,
        public=True,
    ),
)
