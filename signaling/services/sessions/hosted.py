"""The rooms that this server hosts: begun, taken over, lived in, ended.

Each room has one lock. A change is worked out on the room, persisted, committed, answered, then broadcast, so a
failing database changes nothing and nobody is told what was not kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from signaling.errors import NotLive
from signaling.protocol import live_classes
from signaling.protocol.connection import Closing
from signaling.protocol.room_policy import RoomPolicy
from signaling.records import LiveSession
from signaling.rooms import commands
from signaling.rooms.events import Exit, Gone, Notice, Publishing, RoomClosed, Tell
from signaling.rooms.room import Change, Room, Rules
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.sessions.hosting import Hosting
from signaling.services.sessions.media import Media
from signaling.store.database import Database
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)


class Hosted:
    """A room, and the lock that orders what happens in it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.lock = asyncio.Lock()


class HostedRooms:
    def __init__(
        self,
        *,
        database: Database,
        store: SessionStore,
        lifecycle: Lifecycle,
        hosting: Hosting,
        media: Media,
        rules: Rules,
        publish: Callable[[Notice], None],
        now: Callable[[], datetime],
    ) -> None:
        """``publish`` carries out notices later and in order; it never blocks."""
        self._db = database
        self._store = store
        self._lifecycle = lifecycle
        self._hosting = hosting
        self._media = media
        self._rules = rules
        self._publish = publish
        self._now = now
        self._hosted: dict[str, Hosted] = {}
        self._taking = asyncio.Lock()
        self._connections: dict[str, tuple[Hosted, str] | None] = {}
        """Every open connection, and the room and participant it speaks for, who may be waiting at the door."""

    async def restore(self) -> int:
        """Take up the sessions that were running when the server stopped; how many."""
        found = await self._hosting.take_up()
        for running in found:
            self.open(running)
        return len(found)

    async def adopt(self) -> None:
        """Take up what a server left behind that died, also when nobody asks for it: it has to end some time."""
        if found := await self.restore():
            log.info("%d sessions of other servers taken over", found)

    def open(self, session: LiveSession) -> None:
        """Host a session, if it is this server that is to."""
        if session.node_id == self._hosting.node_id and session.session_id not in self._hosted:
            self._hosted[session.session_id] = Hosted(Room(session, self._rules, self._now()))

    async def take(self, session_id: str) -> None:
        """Host a running session that is given to this server, or whose server is gone. Raises `Elsewhere`,
        `NotLive`."""
        async with self._taking:
            if session_id not in self._hosted:
                self.open(await self._hosting.take(session_id))

    async def end(
        self, session_id: str, *, reason: live_classes.EndReason = "tutor", by: str | None = None
    ) -> live_classes.LiveClass:
        """End a session for everyone. Raises `NotLive`."""
        hosted = self._hosted.get(session_id)
        if hosted is None:
            # its host hears that it has ended
            async with self._db.transaction() as tx:
                return await self._lifecycle.end(tx, session_id, reason=reason, by=by)
        async with hosted.lock:
            now = self._now()
            if hosted.room.closed or (reason == "no-tutor" and not hosted.room.is_over(now)):
                raise NotLive("the live class is not running")
            async with self._db.transaction() as tx:
                live_class = await self._lifecycle.end(tx, session_id, reason=reason, by=by)
            await self._close(hosted)
        return live_class

    async def ended(self, session_id: str) -> None:
        """A session was ended by another server: close its room here."""
        hosted = self._hosted.get(session_id)
        if hosted is not None:
            async with hosted.lock:
                if not hosted.room.closed:
                    await self._close(hosted)

    async def _close(self, hosted: Hosted) -> None:
        session_id = hosted.room.session_id
        self._hosted.pop(session_id, None)
        await self.apply(hosted, commands.end(hosted.room, self._now()))
        self._media.close(session_id)

    async def tick(self) -> None:
        """Do what is due in the rooms: expire seats, tell what waits to be told, end those without a tutor."""
        for hosted in list(self._hosted.values()):
            due = hosted.room.next_due()
            if due is not None and due <= self._now():
                async with hosted.lock:
                    if not hosted.room.closed:
                        await self.apply(hosted, commands.tick(hosted.room, self._now()))
                if not hosted.room.closed and hosted.room.is_over(self._now()):
                    await self._end_forsaken(hosted.room.session_id)

    async def _end_forsaken(self, session_id: str) -> None:
        try:
            await self.end(session_id, reason="no-tutor")
            log.info("session %s was ended: no tutor was there", session_id)
        except NotLive:
            log.debug("session %s goes on or has ended already", session_id)

    async def beat(self) -> None:
        """Show that this server lives; close the rooms that another took over while it did not show that."""
        hosted = frozenset(self._hosted)
        for session_id in await self._hosting.beat(hosted, self.counts()[1]):
            await self._forsake(session_id)

    async def _forsake(self, session_id: str) -> None:
        """Another server hosts this session now: send everyone there, and keep nothing."""
        hosted = self._hosted.pop(session_id, None)
        if hosted is None:
            return
        log.warning("session %s was taken over by another server", session_id)
        async with hosted.lock:
            hosted.room.closed = True
            closing = Closing(reason="moved", message="another server has this class now", retry_after_ms=0)
            for connection, place in self._connections.items():
                if place is not None and place[0] is hosted:
                    self._connections[connection] = None
                    self._publish(Tell(connection, closing))
                    self._publish(Exit(session_id, connection, drop=True))
            self._media.close(session_id)

    async def expel(self, user_id: str, course_id: str | None) -> None:
        """Somebody is no longer in a course, or with None in any: they leave its rooms with all devices."""
        for hosted in list(self._hosted.values()):
            if course_id in (None, hosted.room.live_class.course_id):
                async with hosted.lock:
                    if not hosted.room.closed:
                        await self.apply(hosted, commands.expel(hosted.room, user_id, self._now()))

    async def leave_all(self, session_id: str, user_id: str) -> int:
        """Somebody leaves with all devices; how many there were. Raises `Elsewhere`, `NotLive`."""
        await self.take(session_id)
        hosted = self._hosted.get(session_id)
        if hosted is None:
            return 0
        async with hosted.lock:
            seats = [seat for seat in hosted.room.seats.values() if seat.user_id == user_id]
            for seat in seats:
                await self.apply(hosted, commands.leave(hosted.room, seat, self._now()))
        return len(seats)

    def hosted(self, session_id: str) -> Hosted | None:
        """The room of a session, None when it does not run here."""
        return self._hosted.get(session_id)

    def ids(self) -> list[str]:
        """The sessions that this server hosts."""
        return list(self._hosted)

    def room(self, session_id: str) -> Room | None:
        """The room of a session that this server hosts, to be looked at."""
        hosted = self._hosted.get(session_id)
        return hosted.room if hosted is not None else None

    def counts(self) -> tuple[int, int]:
        """Running sessions, and participants in them."""
        return len(self._hosted), sum(len(hosted.room.seats) for hosted in self._hosted.values())

    def participants(self, session_id: str | None) -> int:
        """How many are in the room of a session now; 0 when it does not run."""
        hosted = self._hosted.get(session_id) if session_id is not None else None
        return len(hosted.room.seats) if hosted is not None else 0

    def policy(self, session_id: str | None) -> RoomPolicy | None:
        """What the room of a session allows now; None when it does not run here."""
        hosted = self._hosted.get(session_id) if session_id is not None else None
        return hosted.room.policy if hosted is not None else None

    async def apply(self, hosted: Hosted, change: Change) -> None:
        """Persist, commit, and hand on what follows. Holds the room's lock."""
        session_id = hosted.room.session_id
        await self._store.save(session_id, change.records)
        hosted.room.commit(change)
        for notice in change.notices:
            match notice:
                case Exit(connection=connection) if connection in self._connections:
                    self._connections[connection] = None
                case RoomClosed():
                    for connection, place in self._connections.items():
                        if place is not None and place[0] is hosted:
                            self._connections[connection] = None
            self._publish(notice)
        for effect in change.media:
            match effect:
                case Publishing(participant_id=participant_id, sources=sources):
                    self._media.publish(session_id, participant_id, sources)
                case Gone(participant_id=participant_id):
                    self._media.forget(session_id, participant_id)
