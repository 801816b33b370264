"""REST: keys of streams. The streams themselves are in `signaling.http.whip`."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol import streams as wire
from signaling.services.sessions.stream_keys import StreamKeys


class StreamRoutes:
    """One method per route."""

    def __init__(self, keys: StreamKeys) -> None:
        self._keys = keys

    def handlers(self) -> Handlers:
        return {
            "create-stream-key": self.create_key,
            "list-stream-keys": self.list_keys,
            "revoke-stream-key": self.revoke_key,
        }

    async def create_key(self, call: Call) -> wire.StreamKey:
        return await self._keys.create(call.who, call.id, call.body)

    async def list_keys(self, call: Call) -> wire.StreamKeyList:
        return await self._keys.page(call.who, call.id, call.query)

    async def revoke_key(self, call: Call) -> None:
        await self._keys.revoke(call.who, call.id, call.path["keyId"])
