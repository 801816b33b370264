"""REST: calendars."""

from __future__ import annotations

from aiohttp import web

from signaling.http.api import Call, Handlers
from signaling.protocol.calendars import CalendarFeed, NewCalendarFeed
from signaling.services.classes.calendar_feeds import CalendarFeeds


class CalendarRoutes:
    """One method per route."""

    def __init__(self, feeds: CalendarFeeds) -> None:
        self._feeds = feeds

    def handlers(self) -> Handlers:
        return {
            "get-calendar-file": self.file,
            "get-calendar-feed": self.get,
            "make-calendar-feed": self.make,
            "drop-calendar-feed": self.drop,
            "read-calendar-feed": self.read,
        }

    async def file(self, call: Call) -> web.Response:
        return _calendar(await self._feeds.file(call.who, call.id), f"class-{call.id}")

    async def get(self, call: Call) -> CalendarFeed:
        return await self._feeds.get(call.who)

    async def make(self, call: Call) -> NewCalendarFeed:
        return await self._feeds.make(call.who)

    async def drop(self, call: Call) -> None:
        await self._feeds.drop(call.who)

    async def read(self, call: Call) -> web.Response:
        return _calendar(await self._feeds.read(call.path["token"]), "live-classes")


def _calendar(text: bytes, name: str) -> web.Response:
    return web.Response(
        body=text,
        content_type="text/calendar",
        charset="utf-8",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'attachment; filename="{name}.ics"',
        },
    )
