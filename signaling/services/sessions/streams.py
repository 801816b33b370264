"""Streams by WHIP and WHEP: a program gets a media connection, and with it a seat in the room, or only the stage.

A stream is a level of the room: it lives as long as its seat, or its place among the viewers, does
(`signaling.rooms.commands.streams`). What is kept here beside that is only what HTTP needs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from sfu.messages import View
from signaling.config import SessionConfig
from signaling.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    NotJoined,
    NotLive,
    PreconditionFailed,
    PreconditionRequired,
    Refusal,
    Unauthorized,
)
from signaling.identity import Identity, Principal, StreamPass
from signaling.logs import context
from signaling.protocol import base
from signaling.protocol import session as wire
from signaling.protocol import streams as protocol
from signaling.protocol.media import IceServer
from signaling.rooms import commands
from signaling.rooms.seat import hash_key
from signaling.services.access import Access
from signaling.services.sessions import stream_offer
from signaling.services.sessions.hosted import Hosted
from signaling.services.sessions.media import Media
from signaling.services.sessions.media_link import Terms
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database
from signaling.store.sessions import SessionStore

log = logging.getLogger(__name__)

Kind = protocol.StreamKind


class Asker(NamedTuple):
    """Who opens a stream or changes one; ``given`` is their stream key, None with another token."""

    who: Identity
    given: StreamPass | None


class Stream(msgspec.Struct, kw_only=True):
    """One that was opened. ``name`` is what stood in the path, ``etag`` the state of its ICE session; ``key_id``
    is that of the stream key, None with another token."""

    id: str
    kind: Kind
    name: str
    session_id: str
    participant_id: str
    user_id: str
    key_id: str | None
    etag: str
    ufrag: str | None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    answer: str
    etag: str
    ice_servers: list[IceServer]


class Streams:
    def __init__(
        self,
        *,
        database: Database,
        store: SessionStore,
        access: Access,
        sessions: Sessions,
        media: Media,
        config: SessionConfig,
        ice_servers: Callable[[str], list[IceServer]],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._store = store
        self._access = access
        self._sessions = sessions
        self._media = media
        self._opus_bps = config.opus_kbps * 1000
        self._ice_servers = ice_servers
        self._now = now
        self._new_id = new_id
        self._streams: dict[str, Stream] = {}

    # --- opened ---------------------------------------------------------------------------------------

    async def identify(self, token: str) -> Asker:
        """Raises `Unauthorized`, `Unavailable`."""
        return Asker(*await self._access.identify_stream(token))

    async def publish(self, asker: Asker, name: str, source: protocol.StreamSource | None, offer: str) -> Opened:
        """Publish in the running session that ``name`` is, or in that of the live class that it is. With the same
        key, or as the same source with another token, it takes the place of what was there. Raises `Forbidden`,
        `NotFound`, `NotLive`, `Elsewhere`, `BadRequest`, `BadOffer`, `Overloaded`, `MediaUnavailable`."""
        hosted, who = await self._enter(asker, "publish", name)
        if asker.given is not None:
            if source not in (None, asker.given.source):
                raise Forbidden(f"this key publishes a {asker.given.source}")
            source = asker.given.source
        source = source or "camera"
        # a client's own seat key has no blank, so that none opens the seat of a stream
        key = f"stream {asker.given.id if asker.given is not None else source}"
        key_hash = hash_key(who.user_id, key)
        lines = stream_offer.sources(offer, source)
        room = hosted.room
        async with hosted.lock:
            commands.require_stream(room, who)
            participant_id = commands.seat_for(room, key_hash, self._new_id())
        stream_id = self._new_id()
        try:
            answer = await self._connect(hosted, participant_id, offer, lines, lead=True)
            async with hosted.lock:
                if room.closed:
                    raise NotLive("the live class has ended")
                connection = _connection(stream_id)
                sources = set(lines.values())
                change = commands.stream(room, who, connection, key_hash, participant_id, sources, self._now())
                await self._sessions.apply(hosted, change)
                if not self._media.has(room.session_id, participant_id):
                    # gone again before there was a seat to lose it
                    room.media_lost(participant_id, self._now())
        except Refusal:
            self._give_up(hosted, participant_id)
            raise
        with context(session=room.session_id, participant=participant_id):
            log.info("a stream publishes %s", ", ".join(sorted(sources)))
        opened = self._opened(hosted, "publish", name, participant_id, asker, offer, answer, stream_id)
        return await self._confirmed(asker, opened)

    async def play(self, asker: Asker, name: str, offer: str) -> Opened:
        """Play the stage of a running session. Raises what `publish` does, and `RoomLocked`, `ClassFull`."""
        hosted, who = await self._enter(asker, "play", name)
        stream_offer.check_player(offer)
        viewer_id = self._new_id()
        async with hosted.lock:
            if hosted.room.closed:
                raise NotLive("the live class has ended")
            await self._sessions.apply(hosted, commands.watch(hosted.room, who, viewer_id, self._now()))
        try:
            answer = await self._connect(hosted, viewer_id, offer, {}, lead=False)
        except Refusal:
            await self._end(hosted, "play", viewer_id)
            raise
        opened = self._opened(hosted, "play", name, viewer_id, asker, offer, answer, self._new_id())
        return await self._confirmed(asker, opened)

    async def _enter(self, asker: Asker, kind: Kind, name: str) -> tuple[Hosted, Principal]:
        if asker.given is not None and asker.given.kind != kind:
            raise Forbidden(f"this key is one to {asker.given.kind}")
        async with self._db.transaction() as tx:
            live_class_id = await self._store.live_class_of(tx, name) or name
        if asker.given is not None and asker.given.live_class_id != live_class_id:
            raise Forbidden("this key is for another live class")
        hosted, live_class, who = await self._sessions.of_live_class(asker.who, live_class_id)
        if name not in (live_class.id, hosted.room.session_id):
            raise NotLive("this session has ended; the live class runs in another")
        return hosted, who

    async def _connect(
        self, hosted: Hosted, participant_id: str, offer: str, sources: dict[str, base.Source], *, lead: bool
    ) -> str:
        view = View.CLASS if lead else View.STAGE
        command = wire.ConnectMedia(offer=offer, sources=sources)
        terms = Terms(lead=lead, view=view, opus_bps=self._opus_bps)
        try:
            connected = await self._media.connect(hosted.room.session_id, participant_id, command, terms)
        except NotJoined:
            raise NotLive("the live class has ended") from None
        return connected.answer

    def _give_up(self, hosted: Hosted, participant_id: str) -> None:
        """A publisher was refused. If its key has a seat, the media of that goes on."""
        room = hosted.room
        if participant_id not in room.seats:
            self._media.forget(room.session_id, participant_id)

    def _opened(
        self,
        hosted: Hosted,
        kind: Kind,
        name: str,
        participant_id: str,
        asker: Asker,
        offer: str,
        answer: str,
        stream_id: str,
    ) -> Opened:
        for gone in [one.id for one in self._streams.values() if self._place(one) is None]:
            del self._streams[gone]
        etag = self._new_id()
        self._streams[stream_id] = Stream(
            id=stream_id,
            kind=kind,
            name=name,
            session_id=hosted.room.session_id,
            participant_id=participant_id,
            user_id=asker.who.user_id,
            key_id=None if asker.given is None else asker.given.id,
            etag=etag,
            ufrag=stream_offer.ufrag(offer),
        )
        return Opened(id=stream_id, answer=answer, etag=etag, ice_servers=self._ice_servers(asker.who.user_id))

    async def _confirmed(self, asker: Asker, opened: Opened) -> Opened:
        """A key that was revoked while its stream was opened has nothing. Raises `Unauthorized`."""
        if asker.given is not None:
            try:
                await self._access.check_stream_key(asker.given)
            except Unauthorized:
                await self.key_revoked(asker.given.id)
                raise
        return opened

    # --- changed and ended --------------------------------------------------------------------------

    async def patch(
        self, asker: Asker, kind: Kind, name: str, stream_id: str, matches: frozenset[str], fragment: str
    ) -> tuple[str, str] | None:
        """Candidates (None: nothing is to be answered), or with new credentials an ICE restart: the fragment of
        the answer, and the new ETag. ``matches``: the ETags it is meant for, or ``*`` for any.

        Raises `NotFound`, `PreconditionRequired`, `PreconditionFailed`, `BadRequest`, `BadOffer`,
        `MediaUnavailable`."""
        stream, _ = self._own(asker, kind, name, stream_id)
        if not matches:
            raise PreconditionRequired("send If-Match with the ETag of the stream, or * to restart ICE")
        ufrag = stream_offer.ufrag(fragment)
        if not {"*", stream.etag} & matches:
            raise PreconditionFailed("ICE was restarted since: this is meant for credentials that are gone")
        if ufrag is None and "a=candidate:" not in fragment and "a=end-of-candidates" not in fragment:
            raise BadRequest("the fragment has neither candidates nor an a=ice-ufrag")
        if ufrag in (None, stream.ufrag):
            # the server waits for checks, and learns addresses from them
            return None
        connected = await self._media.restart_ice(stream.session_id, stream.participant_id, fragment)
        stream.ufrag, stream.etag = ufrag, self._new_id()
        return connected.answer, stream.etag

    async def end(self, asker: Asker, kind: Kind, name: str, stream_id: str) -> None:
        """Raises `NotFound`."""
        stream, hosted = self._own(asker, kind, name, stream_id)
        await self._end(hosted, kind, stream.participant_id, _connection(stream.id))
        self._streams.pop(stream_id, None)

    async def key_revoked(self, key_id: str) -> None:
        """What this key opened here ends."""
        for stream in [one for one in self._streams.values() if one.key_id == key_id]:
            self._streams.pop(stream.id, None)
            hosted = self._place(stream)
            if hosted is not None:
                await self._end(hosted, stream.kind, stream.participant_id, _connection(stream.id))

    async def _end(self, hosted: Hosted, kind: Kind, participant_id: str, connection: str = "") -> None:
        async with hosted.lock:
            room = hosted.room
            seat = room.seats.get(participant_id)
            if kind == "publish" and seat is not None and seat.connection == connection:
                await self._sessions.apply(hosted, commands.leave(room, seat, self._now()))
            elif kind == "play" and participant_id in room.state.viewers:
                await self._sessions.apply(hosted, commands.unwatch(room, participant_id, self._now()))

    def _own(self, asker: Asker, kind: Kind, name: str, stream_id: str) -> tuple[Stream, Hosted]:
        """Raises `NotFound`: also for what is somebody else's."""
        stream = self._streams.get(stream_id)
        hosted = self._place(stream) if stream is not None else None
        if stream is None or hosted is None or (stream.kind, stream.name) != (kind, name):
            raise NotFound("this stream has ended: open another")
        if stream.user_id != asker.who.user_id or (asker.given is not None and asker.given.kind != kind):
            raise NotFound("this stream has ended: open another")
        return stream, hosted

    def _place(self, stream: Stream) -> Hosted | None:
        """The room that the stream is in; None when it has ended."""
        hosted = self._sessions.hosted(stream.session_id)
        if hosted is None:
            return None
        if stream.kind == "play":
            return hosted if stream.participant_id in hosted.room.state.viewers else None
        seat = hosted.room.seats.get(stream.participant_id)
        return hosted if seat is not None and seat.connection == _connection(stream.id) else None


def _connection(stream_id: str) -> str:
    """What stands for the socket that the seat of a stream does not have."""
    return f"stream {stream_id}"
