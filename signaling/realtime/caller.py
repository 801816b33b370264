"""Who an event comes from, and what a handler is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from signaling.identity import Identity


class Caller(msgspec.Struct, frozen=True):
    """A connection and who it speaks for."""

    connection: str
    who: Identity


Handler = Callable[[Caller, Any], Awaitable[msgspec.Struct]]
Handlers = Mapping[str, Handler]
"""By the name of the client event; the answer is its ack."""
