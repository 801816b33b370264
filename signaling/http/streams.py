"""REST: keys of streams. The streams themselves are in `signaling.http.whip`."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol.streams import StreamKey
from signaling.services.sessions.stream_keys import StreamKeys


class StreamRoutes:
    """One method per route."""

    def __init__(self, keys: StreamKeys) -> None:
        self._keys = keys

    def handlers(self) -> Handlers:
        return {"create-stream-key": self.create_key}

    async def create_key(self, call: Call) -> StreamKey:
        return await self._keys.create(call.who, call.id, call.body)
