"""What each client event does: a table from its name to a service call. No rule is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from signaling.protocol import messages as wire
from signaling.services.live_classes import LiveClasses
from signaling.services.sessions import Sessions
from signaling.tokens import Principal

_OK = wire.Ok()


class Caller(msgspec.Struct, frozen=True):
    """A connection and who it speaks for."""

    connection: str
    who: Principal


class Handlers:
    """One method per client event; its answer is the ack."""

    def __init__(self, sessions: Sessions, live_classes: LiveClasses) -> None:
        self._sessions = sessions
        self._live_classes = live_classes
        self.by_event: dict[str, Callable[[Caller, Any], Awaitable[msgspec.Struct]]] = {
            "join-session": self.join,
            "leave-session": self.leave,
            "get-session-users": self.users,
            "resync": self.resync,
            "connect-media": self.connect_media,
            "update-media-state": self.update_media,
            "set-reception": self.set_reception,
            "raise-hand": self.raise_hand,
            "lower-hand": self.lower_hand,
            "send-message": self.say,
            "mute-user": self.mute,
            "remove-user": self.remove,
            "end-session": self.end,
        }

    async def join(self, caller: Caller, payload: wire.JoinSession) -> wire.Joined:
        return await self._sessions.join(caller.who, caller.connection, payload)

    async def leave(self, caller: Caller, _: wire.LeaveSession) -> wire.Ok:
        await self._sessions.leave(caller.connection)
        return _OK

    async def users(self, caller: Caller, _: wire.GetSessionUsers) -> wire.SessionUsers:
        return await self._sessions.users(caller.connection)

    async def resync(self, caller: Caller, payload: wire.Resync) -> wire.Resynced:
        return await self._sessions.resync(caller.connection, payload.last_seq)

    async def connect_media(self, caller: Caller, payload: wire.ConnectMedia) -> wire.MediaConnected:
        return await self._sessions.connect_media(caller.connection, payload)

    async def update_media(self, caller: Caller, payload: wire.UpdateMediaState) -> wire.Ok:
        await self._sessions.update_media(caller.connection, payload)
        return _OK

    async def set_reception(self, caller: Caller, payload: wire.SetReception) -> wire.Ok:
        await self._sessions.set_reception(caller.connection, payload.reception)
        return _OK

    async def raise_hand(self, caller: Caller, _: wire.RaiseHand) -> wire.Ok:
        await self._sessions.raise_hand(caller.connection)
        return _OK

    async def lower_hand(self, caller: Caller, payload: wire.LowerHand) -> wire.Ok:
        await self._sessions.lower_hand(caller.connection, payload.participant_id)
        return _OK

    async def say(self, caller: Caller, payload: wire.SendMessage) -> wire.MessageSent:
        return wire.MessageSent(message=await self._sessions.say(caller.connection, payload))

    async def mute(self, caller: Caller, payload: wire.MuteUser) -> wire.Ok:
        await self._sessions.mute(caller.connection, payload.participant_id)
        return _OK

    async def remove(self, caller: Caller, payload: wire.RemoveUser) -> wire.Ok:
        await self._sessions.remove(caller.connection, payload.participant_id)
        return _OK

    async def end(self, caller: Caller, _: wire.EndSession) -> wire.Ok:
        live_class_id, _seat = await self._sessions.place(caller.connection)
        await self._live_classes.end(caller.who, live_class_id)
        return _OK
