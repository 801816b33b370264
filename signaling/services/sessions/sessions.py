"""The running sessions of this server: who sits in their rooms, and what happens there. Connections are opaque
names here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from signaling.config import SessionConfig
from signaling.errors import BadRequest, NotFound, NotJoined, NotLive
from signaling.identity import Identity, Principal
from signaling.logs import context
from signaling.protocol import live_classes
from signaling.protocol import session as wire
from signaling.protocol.media import IceServer, MediaSetup
from signaling.rooms import commands
from signaling.rooms.events import Notice, Tell
from signaling.rooms.publishing import may_publish
from signaling.rooms.reception_use import reception_use
from signaling.rooms.room import Change, Room, Rules
from signaling.rooms.seat import Seat, hash_key
from signaling.rooms.state import Waiting
from signaling.services.access import Access
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.sessions.hosted import Hosted, HostedRooms
from signaling.services.sessions.hosting import Hosting
from signaling.services.sessions.media import Media
from signaling.services.sessions.media_news import MediaNews
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)

Command = Callable[[Room, Seat, datetime], Change]
"""What the participant of a seat does to the room."""


class Sessions(HostedRooms):
    def __init__(
        self,
        *,
        database: Database,
        store: SessionStore,
        live_classes: LiveClassStore,
        lifecycle: Lifecycle,
        hosting: Hosting,
        access: Access,
        media: Media,
        config: SessionConfig,
        rules: Rules,
        ice_servers: Callable[[str], list[IceServer]],
        publish: Callable[[Notice], None],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """``ice_servers`` are for a user; ``publish`` carries out notices later and in order; it never blocks."""
        super().__init__(
            database=database,
            store=store,
            lifecycle=lifecycle,
            hosting=hosting,
            media=media,
            rules=rules,
            publish=publish,
            now=now,
        )
        self._live_classes = live_classes
        self._access = access
        self._config = config
        self._new_id = new_id
        self._ice_servers = ice_servers
        self.media_news = MediaNews(hosted=self._hosted, media=media, publish=publish, now=now)
        media.listen(self.media_news)

    # --- connections --------------------------------------------------------------------------------

    def attach(self, connection: str) -> None:
        """A connection was opened."""
        self._connections[connection] = None

    async def drop(self, connection: str) -> None:
        """A connection is gone; its seat is kept for a while."""
        place = self._connections.pop(connection, None)
        if place is not None:
            hosted, participant_id = place
            async with hosted.lock:
                await self._lose(hosted, connection, participant_id)

    async def _lose(self, hosted: Hosted, connection: str, participant_id: str) -> None:
        seat = hosted.room.seats.get(participant_id)
        if seat is not None and seat.connection == connection and seat.away is None:
            await self.apply(hosted, commands.lose(hosted.room, seat, self._now()))
        await self._give_up(hosted, connection, participant_id)

    async def _give_up(self, hosted: Hosted, connection: str, participant_id: str) -> None:
        place = hosted.room.state.waiting.get(participant_id)
        if place is not None and place.connection == connection:
            await self.apply(hosted, commands.give_up(hosted.room, place, self._now()))

    # --- in a room ----------------------------------------------------------------------------------

    async def join(self, identity: Identity, connection: str, command: wire.JoinSession) -> wire.Joined:
        """Take a seat, or the one kept for the key, or a place at the door. Raises `NotFound`, `NotLive`,
        `ClassFull`, `RoomLocked`, `Forbidden`."""
        hosted, live_class, who = await self.of_live_class(identity, command.live_class_id)
        place = self._connections.get(connection)
        if place is not None and place[0] is not hosted:
            raise BadRequest("this connection is in another session: leave that first")
        async with hosted.lock:
            room = hosted.room
            if room.closed:
                raise NotLive("the live class is not running")
            room.live_class = live_class
            key_hash = hash_key(who.user_id, command.seat_key)
            kept = room.by_key(key_hash)
            known = kept or room.waiting_by_key(key_hash)
            # the place may have changed while the lock was waited for
            place = self._connections.get(connection)
            if place is not None and (known is None or known.id != place[1]):
                raise BadRequest("this connection has another seat: leave that first")
            change = commands.join(room, who, connection, key_hash, self._new_id(), self._now())
            await self.apply(hosted, change)
            seat = room.by_key(key_hash)
            taken = seat or room.waiting_by_key(key_hash)
            assert taken is not None
            if connection not in self._connections:
                await self._lose(hosted, connection, taken.id)
                raise NotJoined("the connection is gone")
            self._connections[connection] = (hosted, taken.id)
            if seat is None:
                return self._waits(room, taken)
            last_seq = command.last_seq if command.session_id in (None, room.session_id) else None
            return self._joined(room, seat, last_seq, resumed=kept is not None)

    def media_setup(self, user_id: str) -> MediaSetup:
        """What somebody can make an offer of before they have a seat."""
        config = self._config
        servers = self._ice_servers(user_id)
        return MediaSetup(audio_slots=config.audio_slots, video_slots=config.video_slots, ice_servers=servers)

    def _waits(self, room: Room, place: Waiting | Seat) -> wire.Joined:
        with context(session=room.session_id, participant=place.id):
            log.info("%s waits to be let in", place.role)
        return wire.Joined(
            admission="waiting",
            participant_id=place.id,
            session_id=room.session_id,
            resumed=False,
            media_kept=False,
            seq=0,
            limits=wire.MediaLimits(audio_slots=0, video_slots=0, may_publish=[]),
            snapshot=None,
            missed=[],
            own=None,
        )

    def _joined(self, room: Room, seat: Seat, last_seq: int | None, *, resumed: bool) -> wire.Joined:
        snapshot, missed = room.catch_up(last_seq if resumed else None)
        if snapshot is not None:
            others = [user for user in snapshot.existing_users if user.id != seat.id]
            self._publish(Tell(seat.connection, wire.ExistingUsers(seq=room.seq, users=others)))
        if resumed:
            self.media_news.catch_up(room, seat)
        with context(session=room.session_id, participant=seat.id):
            log.info("%s %s", seat.role, "came back" if resumed else "joined")
        return wire.Joined(
            admission="admitted",
            participant_id=seat.id,
            session_id=room.session_id,
            resumed=resumed,
            media_kept=self._media.has(room.session_id, seat.id),
            seq=room.seq,
            limits=wire.MediaLimits(
                audio_slots=self._config.audio_slots,
                video_slots=self._config.video_slots,
                may_publish=may_publish(seat, room.policy),
            ),
            snapshot=snapshot,
            missed=missed,
            own=room.own(seat),
            ice_servers=self._ice_servers(seat.user_id),
            reception_use=reception_use(),
        )

    async def leave(self, connection: str) -> None:
        place = self._connections.get(connection)
        if place is not None:
            async with place[0].lock:
                await self._give_up(place[0], connection, place[1])
                if self._connections.get(connection) is None:
                    return
        await self.act(connection, commands.leave)

    async def act(self, connection: str, command: Command) -> Room:
        """Do something in the room of a connection. Raises `NotJoined`, and what the command refuses."""
        async with self.seat(connection) as (hosted, seat):
            await self.apply(hosted, command(hosted.room, seat, self._now()))
            return hosted.room

    async def users(self, connection: str) -> wire.SessionUsers:
        async with self.seat(connection) as (hosted, _):
            return wire.SessionUsers(seq=hosted.room.seq, users=hosted.room.users())

    async def resync(self, connection: str, last_seq: int) -> wire.Resynced:
        async with self.seat(connection) as (hosted, seat):
            room = hosted.room
            snapshot, missed = room.catch_up(last_seq)
            return wire.Resynced(seq=room.seq, snapshot=snapshot, missed=missed, own=room.own(seat))

    def seated(self, connection: str) -> tuple[str, str, str]:
        """The live class, session and participant of a connection, at once. Raises `NotJoined`."""
        place = self._connections.get(connection)
        seat = place[0].room.seats.get(place[1]) if place is not None else None
        if place is None or seat is None or seat.connection != connection or seat.away is not None:
            raise NotJoined("join the session first")
        return place[0].room.live_class.id, place[0].room.session_id, seat.id

    async def place(self, connection: str) -> tuple[str, Seat]:
        """The live class and the seat of a connection. Raises `NotJoined`."""
        async with self.seat(connection) as (hosted, seat):
            return hosted.room.live_class.id, seat

    # --- for what is built on sessions ---------------------------------------------------------------

    async def of_live_class(
        self, identity: Identity, live_class_id: str
    ) -> tuple[Hosted, live_classes.LiveClass, Principal]:
        """The running session of a live class, and who they are in its course. Raises `NotFound`, `NotLive`."""
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            who = await self._access.principal(tx, identity, live_class.course_id)
        if not who.sees(live_class.section_id):
            raise NotFound("there is no such live class")
        session_id = live_class.session_id or ""
        if live_class.status == "live" and session_id not in self._hosted:
            await self.take(session_id)
        hosted = self._hosted.get(session_id)
        if live_class.status == "live" and hosted is not None:
            return hosted, live_class, who
        raise NotLive(
            "the live class has not started" if live_class.ended_at is None else "the live class has ended"
        )

    @asynccontextmanager
    async def seat(self, connection: str) -> AsyncIterator[tuple[Hosted, Seat]]:
        """The room of a connection, locked, and its seat. Raises `NotJoined`."""
        place = self._connections.get(connection)
        if place is None:
            raise NotJoined("join the session first")
        hosted, participant_id = place
        async with hosted.lock:
            seat = hosted.room.seats.get(participant_id)
            if seat is None or seat.connection != connection or seat.away is not None:
                raise NotJoined("join the session first")
            with context(session=hosted.room.session_id, participant=seat.id):
                yield hosted, seat
