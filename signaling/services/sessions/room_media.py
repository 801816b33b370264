"""What people in a room do about their own media, and what tutors see of everyone's.

Every method that takes a connection raises `NotJoined` when it has no seat.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from signaling.config import SessionConfig
from signaling.errors import BadRequest
from signaling.identity import Identity
from signaling.permissions import require
from signaling.protocol import reception
from signaling.protocol import session as wire
from signaling.rooms import commands
from signaling.rooms.room import Room
from signaling.rooms.seat import Seat
from signaling.services.sessions.media import Media
from signaling.services.sessions.media_link import Terms
from signaling.services.sessions.sessions import Sessions

LOW_OPUS_BPS = 18_000
"""Asked of microphones in a room with ``low_bandwidth``."""


class RoomMedia:
    def __init__(
        self, *, sessions: Sessions, media: Media, config: SessionConfig, now: Callable[[], datetime]
    ) -> None:
        self._now = now
        self._sessions = sessions
        self._media = media
        self._opus_bps = config.opus_kbps * 1000

    async def connect(self, connection: str, command: wire.ConnectMedia) -> wire.MediaConnected:
        """Lines for any source may be offered, since what may be sent on them can change: what is forwarded is
        what the seat publishes. Raises `BadRequest`, `BadOffer`, `Overloaded`, `MediaUnavailable`."""
        async with self._sessions.seat(connection) as (hosted, seat):
            sources = list(command.sources.values())
            if len(sources) != len(set(sources)):
                raise BadRequest("each source may be sent on one line only")
            room = hosted.room
            room.health.connected(seat)
            self._sessions.media_news.tell_reception(room, seat)
        # not under the room's lock: an answer may take a while, and nobody else should wait for it
        connected = await self._media.connect(room.session_id, seat.id, command, self.terms(room, seat))
        self._sessions.media_news.tell_layers(room.session_id, seat)
        return connected

    def terms(self, room: Room, seat: Seat) -> Terms:
        opus_bps = min(self._opus_bps, LOW_OPUS_BPS) if room.policy.low_bandwidth else self._opus_bps
        return Terms(lead=seat.role == "tutor", opus_bps=opus_bps)

    async def restart_ice(self, connection: str, command: wire.RestartIce) -> wire.MediaConnected:
        """Raises `BadOffer`, `MediaUnavailable`."""
        async with self._sessions.seat(connection) as (hosted, seat):
            session_id = hosted.room.session_id
        return await self._media.restart_ice(session_id, seat.id, command.offer)

    async def update(self, connection: str, state: wire.UpdateMediaState) -> None:
        """Raises `Forbidden`, `SourceLocked`."""
        await self._sessions.act(connection, lambda room, seat, now: commands.update_media(room, seat, state, now))

    async def set_reception(self, connection: str, command: reception.SetReception) -> None:
        async with self._sessions.seat(connection) as (hosted, seat):
            room = hosted.room
            await self._sessions.apply(hosted, commands.set_reception(room, seat, command, self._now()))
            self._media.receive(room.session_id, seat.id, command.reception, pinned=command.pinned)
            seat = room.seats[seat.id]
            room.health.chosen(seat)
            self._sessions.media_news.tell_reception(room, seat)

    async def suggest_reception(self, connection: str, command: reception.SuggestReception) -> None:
        """Raises `Forbidden`, `NotFound`."""
        await self._sessions.act(
            connection, lambda room, by, now: commands.suggest_reception(room, by, command, now)
        )

    async def set_wishes(self, connection: str, command: reception.SetWishes) -> None:
        """Wishes for somebody who is not there are left out: a client may know less than the room."""
        async with self._sessions.seat(connection) as (hosted, seat):
            room, wishes = hosted.room, command.wishes
            if wishes is not None:
                wishes = [wish for wish in wishes if wish.participant_id in room.seats]
            self._media.wish(room.session_id, seat.id, wishes)

    async def health(self, who: Identity, live_class_id: str) -> reception.SessionHealth:
        """Raises `Forbidden`, `NotFound`, `NotLive`, `Elsewhere`."""
        hosted, _, principal = await self._sessions.of_live_class(who, live_class_id)
        room = hosted.room
        is_co_tutor = principal.user_id in room.state.co_tutors
        require("tutor" if is_co_tutor else principal.role, "see-health")
        return reception.SessionHealth(
            session_id=room.session_id,
            overview=room.health.overview(room.seats.values()),
            participants=room.health.lines(room.seats.values()),
        )
