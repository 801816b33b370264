"""REST routes of polls."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol.polls import PollList, PollQuery
from signaling.services.sessions.polls import Polls


class PollRoutes:
    """One method per route; its answer is the body."""

    def __init__(self, polls: Polls) -> None:
        self._polls = polls

    def handlers(self) -> Handlers:
        return {"list-polls": self.list_}

    async def list_(self, call: Call) -> PollList:
        query: PollQuery = call.query
        return await self._polls.reports(call.who, call.id, query)
