"""REST: live classes."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol.live_classes import (
    AttendeeList,
    JoinInfo,
    Left,
    LiveClass,
    LiveClassDetails,
    LiveClassList,
)
from signaling.protocol.reception import SessionHealth
from signaling.services.classes.live_classes import LiveClasses
from signaling.services.classes.plans import Plans
from signaling.services.sessions.room_media import RoomMedia


class LiveClassRoutes:
    """One method per route."""

    def __init__(self, live_classes: LiveClasses, plans: Plans, media: RoomMedia) -> None:
        self._media = media
        self._live_classes = live_classes
        self._plans = plans

    def handlers(self) -> Handlers:
        return {
            "list-live-classes": self.list_,
            "create-live-class": self.create,
            "get-live-class": self.get,
            "update-live-class": self.update,
            "start-live-class": self.start,
            "end-live-class": self.end,
            "cancel-live-class": self.cancel,
            "delete-live-class": self.delete,
            "join-live-class": self.join,
            "leave-live-class": self.leave,
            "list-attendees": self.attendees,
            "get-session-health": self.health,
        }

    async def list_(self, call: Call) -> LiveClassList:
        return await self._live_classes.visible(call.who, call.query)

    async def create(self, call: Call) -> LiveClass:
        return await self._plans.create(call.who, call.body)

    async def get(self, call: Call) -> LiveClassDetails:
        return await self._live_classes.get(call.who, call.id)

    async def update(self, call: Call) -> LiveClass:
        return await self._plans.update(call.who, call.id, call.body)

    async def start(self, call: Call) -> LiveClass:
        return await self._live_classes.start(call.who, call.id)

    async def end(self, call: Call) -> LiveClass:
        return await self._live_classes.end(call.who, call.id)

    async def cancel(self, call: Call) -> LiveClass:
        return await self._plans.cancel(call.who, call.id, call.body)

    async def delete(self, call: Call) -> None:
        await self._plans.delete(call.who, call.id, call.query.scope)

    async def join(self, call: Call) -> JoinInfo:
        return await self._live_classes.join_info(call.who, call.id)

    async def leave(self, call: Call) -> Left:
        return await self._live_classes.leave(call.who, call.id)

    async def attendees(self, call: Call) -> AttendeeList:
        return await self._live_classes.attendees(call.who, call.id, call.query)

    async def health(self, call: Call) -> SessionHealth:
        return await self._media.health(call.who, call.id)
