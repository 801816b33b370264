"""Client events of a running session."""

from __future__ import annotations

from signaling.protocol import reception
from signaling.protocol import session as wire
from signaling.protocol.base import Ok
from signaling.realtime.caller import Caller, Handlers
from signaling.services.classes.live_classes import LiveClasses
from signaling.services.sessions.room_media import RoomMedia
from signaling.services.sessions.sessions import Sessions

_OK = Ok()


class SessionEvents:
    """One method per client event; its answer is the ack."""

    def __init__(self, sessions: Sessions, media: RoomMedia, live_classes: LiveClasses) -> None:
        self._sessions = sessions
        self._media = media
        self._live_classes = live_classes

    def handlers(self) -> Handlers:
        return {
            "join-session": self.join,
            "leave-session": self.leave,
            "get-session-users": self.users,
            "resync": self.resync,
            "connect-media": self.connect_media,
            "update-media-state": self.update_media,
            "restart-ice": self.restart_ice,
            "set-reception": self.set_reception,
            "suggest-reception": self.suggest_reception,
            "set-wishes": self.set_wishes,
            "end-session": self.end,
        }

    async def join(self, caller: Caller, payload: wire.JoinSession) -> wire.Joined:
        return await self._sessions.join(caller.who, caller.connection, payload)

    async def leave(self, caller: Caller, _: wire.LeaveSession) -> Ok:
        await self._sessions.leave(caller.connection)
        return _OK

    async def users(self, caller: Caller, _: wire.GetSessionUsers) -> wire.SessionUsers:
        return await self._sessions.users(caller.connection)

    async def resync(self, caller: Caller, payload: wire.Resync) -> wire.Resynced:
        return await self._sessions.resync(caller.connection, payload.last_seq)

    async def connect_media(self, caller: Caller, payload: wire.ConnectMedia) -> wire.MediaConnected:
        return await self._media.connect(caller.connection, payload)

    async def update_media(self, caller: Caller, payload: wire.UpdateMediaState) -> Ok:
        await self._media.update(caller.connection, payload)
        return _OK

    async def restart_ice(self, caller: Caller, payload: wire.RestartIce) -> wire.MediaConnected:
        return await self._media.restart_ice(caller.connection, payload)

    async def set_reception(self, caller: Caller, payload: reception.SetReception) -> Ok:
        await self._media.set_reception(caller.connection, payload)
        return _OK

    async def suggest_reception(self, caller: Caller, payload: reception.SuggestReception) -> Ok:
        await self._media.suggest_reception(caller.connection, payload)
        return _OK

    async def set_wishes(self, caller: Caller, payload: reception.SetWishes) -> Ok:
        await self._media.set_wishes(caller.connection, payload)
        return _OK

    async def end(self, caller: Caller, _: wire.EndSession) -> Ok:
        live_class_id, _seat = await self._sessions.place(caller.connection)
        await self._live_classes.end(caller.who, live_class_id)
        return _OK
