"""Client events about polls."""

from __future__ import annotations

from signaling.protocol import polls as wire
from signaling.protocol.base import Ok
from signaling.realtime.caller import Caller, Handlers
from signaling.services.sessions.polls import Polls

_OK = Ok()


class PollEvents:
    """One method per client event; its answer is the ack."""

    def __init__(self, polls: Polls) -> None:
        self._polls = polls

    def handlers(self) -> Handlers:
        return {
            "create-poll": self.create,
            "launch-poll": self.launch,
            "vote-poll": self.vote,
            "close-poll": self.close,
        }

    async def create(self, caller: Caller, payload: wire.CreatePoll) -> wire.PollCreated:
        return wire.PollCreated(report=await self._polls.create(caller.connection, payload))

    async def launch(self, caller: Caller, payload: wire.LaunchPoll) -> Ok:
        await self._polls.launch(caller.connection, payload.poll_id)
        return _OK

    async def vote(self, caller: Caller, payload: wire.VotePoll) -> Ok:
        await self._polls.vote(caller.connection, payload)
        return _OK

    async def close(self, caller: Caller, payload: wire.ClosePoll) -> Ok:
        await self._polls.close(caller.connection, payload.poll_id)
        return _OK
