"""REST: live classes."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol.live_classes import CreateLiveClass, LiveClass, LiveClassList, LiveClassQuery
from signaling.services.live_classes import LiveClasses


class LiveClassRoutes:
    """One method per route."""

    def __init__(self, live_classes: LiveClasses) -> None:
        self._live_classes = live_classes

    def handlers(self) -> Handlers:
        return {
            "list-live-classes": self.list_,
            "create-live-class": self.create,
            "get-live-class": self.get,
            "start-live-class": self.start,
            "end-live-class": self.end,
        }

    async def list_(self, call: Call) -> LiveClassList:
        query: LiveClassQuery = call.query
        return LiveClassList(
            items=await self._live_classes.visible(call.who, query.course_id), next_cursor=None
        )

    async def create(self, call: Call) -> LiveClass:
        body: CreateLiveClass = call.body
        return await self._live_classes.create(call.who, body)

    async def get(self, call: Call) -> LiveClass:
        return await self._live_classes.get(call.who, call.id)

    async def start(self, call: Call) -> LiveClass:
        return await self._live_classes.start(call.who, call.id)

    async def end(self, call: Call) -> LiveClass:
        return await self._live_classes.end(call.who, call.id)
