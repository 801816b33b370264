"""The media plane as the sessions use it: participants are connected, told what they may send, and forgotten.

Every participant has a link with its own queue, so that commands about one person keep their order and nobody
waits for somebody else's. What may be forwarded is a level, not an edge: a link remembers what is wanted and what
the worker knows, and sends the difference, so a worker that was away is made right by the next connect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

import sfu.errors
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Connected,
    Disconnect,
    Event,
    HealthChanged,
    LayersWanted,
    ParticipantClosed,
    Reception,
    ReceptionChanged,
    Reply,
    RestartIce,
    SessionLost,
    SlotsChanged,
    Source,
    SpeakerChanged,
)
from signaling.errors import MediaUnavailable, NotJoined
from signaling.protocol import base, reception
from signaling.protocol import session as wire
from signaling.services.sessions import media_words as words
from signaling.services.sessions.media_link import Link, Terms, differences

log = logging.getLogger(__name__)


class Plane(Protocol):
    """What is needed of `sfu.plane.MediaPlane`. Its events come through the callback it was made with."""

    @property
    def workers(self) -> int:
        """How many workers there should be."""

    @property
    def pids(self) -> Sequence[int]:
        """The process ids of the workers that run."""

    @property
    def loads(self) -> Sequence[float]:
        """Of each worker, the share of a core that it uses."""

    async def request(self, command: Command) -> Reply:
        """Raises `sfu.errors.SfuError`."""


class MediaListener(Protocol):
    """Who is told what happens in the media plane."""

    def slots_changed(self, session_id: str, participant_id: str, slots: list[wire.Slot]) -> None: ...

    def speaker_changed(self, session_id: str, participant_id: str | None) -> None: ...

    def layers_wanted(self, session_id: str, participant_id: str, source: base.Source, layers: list[str]) -> None:
        """Anybody takes these layers of the source, and no other."""

    def reception_changed(
        self, session_id: str, participant_id: str, step: base.Reception, cause: reception.ReceptionCause
    ) -> None: ...

    def health_changed(self, session_id: str, participants: list[reception.ParticipantHealth]) -> None: ...

    def media_lost(self, session_id: str, participant_id: str | None, reason: str) -> None:
        """The participant, or with None everyone in the session, has to connect media anew."""


class Media:
    """Commands to the media plane and events from it."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._links: dict[tuple[str, str], Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: MediaListener | None = None

    def listen(self, listener: MediaListener) -> None:
        self._listener = listener

    @property
    def workers(self) -> tuple[int, int]:
        """How many media workers there should be, and how many run."""
        return self._plane.workers, len(self._plane.pids)

    @property
    def loads(self) -> list[float]:
        """Of each media worker, the share of a core that it uses."""
        return [round(load, 3) for load in self._plane.loads]

    async def idle(self) -> None:
        """Wait until every command given so far has been carried out."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Give up what is still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- commands -----------------------------------------------------------------------------------

    async def connect(
        self, session_id: str, participant_id: str, command: wire.ConnectMedia, terms: Terms
    ) -> wire.MediaConnected:
        """Give a participant a transport. Raises `BadOffer`, `Overloaded`, `MediaUnavailable`, and `NotJoined`
        when it left meanwhile."""
        link = self._link(session_id, participant_id)
        async with link.lock:
            if link.closed:
                raise NotJoined("you left the session")
            wanted = link.wanted
            link.layers = {}
            reply = await self._request(
                Connect(
                    session_id=session_id,
                    participant_id=participant_id,
                    offer=command.offer,
                    sources={mid: Source(source) for mid, source in command.sources.items()},
                    publishing=words.sources(wanted.publishing),
                    lead=terms.lead,
                    reception=Reception(wanted.reception),
                    pinned=wanted.pinned,
                    wishes=words.wishes(wanted.wishes),
                    view=terms.view,
                    opus_bps=terms.opus_bps,
                )
            )
            answer = self._connected(reply, link)
            link.known = wanted
            await self._settle(session_id, participant_id, link)
        return answer

    async def restart_ice(self, session_id: str, participant_id: str, offer: str) -> wire.MediaConnected:
        """New ICE credentials for the transport that a participant has. Raises `BadOffer`, `MediaUnavailable`:
        then it has to connect anew."""
        link = self._links.get((session_id, participant_id))
        if link is None:
            raise MediaUnavailable("the media connection is gone: connect media anew")
        async with link.lock:
            if link.known is None:
                raise MediaUnavailable("the media connection is gone: connect media anew")
            command = RestartIce(session_id=session_id, participant_id=participant_id, offer=offer)
            return self._connected(await self._request(command), link)

    @staticmethod
    def _connected(reply: Reply, link: Link) -> wire.MediaConnected:
        if not isinstance(reply, Connected):
            raise MediaUnavailable("the media worker gave no answer")
        link.slots = words.slots(reply.slots)
        return wire.MediaConnected(answer=reply.answer, slots=link.slots)

    def publish(self, session_id: str, participant_id: str, publishing: frozenset[base.Source]) -> None:
        """Forward these sources of a participant from now on, and no other."""
        self._want(session_id, participant_id, publishing=publishing)

    def receive(self, session_id: str, participant_id: str, step: base.Reception, *, pinned: bool = False) -> None:
        """The step of the ladder that a participant chose."""
        self._want(session_id, participant_id, reception=step, pinned=pinned)

    def wish(self, session_id: str, participant_id: str, wishes: Sequence[reception.TrackWish] | None) -> None:
        """What a participant shows, the most important first."""
        self._want(session_id, participant_id, wishes=words.wished(wishes))

    def forget(self, session_id: str, participant_id: str) -> None:
        link = self._links.pop((session_id, participant_id), None)
        if link is not None:
            link.closed = True
            self._spawn(self._disconnect(session_id, participant_id, link))

    def close(self, session_id: str) -> None:
        """Forget a session with everyone in it."""
        for key in [key for key in self._links if key[0] == session_id]:
            self.forget(*key)
        self._spawn(self._close(session_id))

    def has(self, session_id: str, participant_id: str) -> bool:
        """True while a worker has a transport of the participant, as far as is known here."""
        link = self._links.get((session_id, participant_id))
        return link is not None and link.known is not None

    def slots(self, session_id: str, participant_id: str) -> list[wire.Slot]:
        """What a participant's slots show now; empty without a transport."""
        link = self._links.get((session_id, participant_id))
        return link.slots if link is not None else []

    def layers(self, session_id: str, participant_id: str) -> dict[base.Source, list[str]]:
        """The simulcast layers that are taken of a participant's sources, as far as the media plane said."""
        link = self._links.get((session_id, participant_id))
        return link.layers if link is not None else {}

    # --- events -------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Hand in an event of the media plane."""
        if self._listener is None:
            return
        match event:
            case SlotsChanged() | LayersWanted() | ReceptionChanged() | ParticipantClosed():
                if link := self._links.get((event.session_id, event.participant_id)):
                    self._about_one(self._listener, link, event)
            case SpeakerChanged(session_id=session_id, participant_id=speaker):
                self._listener.speaker_changed(session_id, speaker)
            case HealthChanged(session_id=session_id, participants=participants):
                self._listener.health_changed(session_id, [words.health(one) for one in participants])
            case SessionLost(session_id=session_id):
                for (of_session, _), link in self._links.items():
                    if of_session == session_id:
                        link.lost()
                self._listener.media_lost(session_id, None, "the media worker was restarted")

    @staticmethod
    def _about_one(
        listener: MediaListener,
        link: Link,
        event: SlotsChanged | LayersWanted | ReceptionChanged | ParticipantClosed,
    ) -> None:
        session_id, participant_id = event.session_id, event.participant_id
        match event:
            case SlotsChanged():
                link.slots = words.slots(event.slots)
                listener.slots_changed(session_id, participant_id, link.slots)
            case LayersWanted():
                source: base.Source = event.source.value
                link.layers[source] = event.layers
                listener.layers_wanted(session_id, participant_id, source, event.layers)
            case ReceptionChanged():
                listener.reception_changed(session_id, participant_id, event.reception.value, event.cause.value)
            case ParticipantClosed():
                link.lost()
                listener.media_lost(session_id, participant_id, event.reason)

    # --- the links ----------------------------------------------------------------------------------

    def _link(self, session_id: str, participant_id: str) -> Link:
        return self._links.setdefault((session_id, participant_id), Link())

    def _want(self, session_id: str, participant_id: str, **levels: object) -> None:
        link = self._link(session_id, participant_id)
        if link.want(**levels):
            self._spawn(self._update(session_id, participant_id, link))

    async def _update(self, session_id: str, participant_id: str, link: Link) -> None:
        async with link.lock:
            # what is wanted from here on may come too late for the last look
            link.is_updating = False
            await self._settle(session_id, participant_id, link)

    async def _settle(self, session_id: str, participant_id: str, link: Link) -> None:
        """Tell the worker what it does not know yet. Holds the link's lock."""
        while (known := link.known) is not None and known != link.wanted and not link.closed:
            wanted = link.wanted
            try:
                for command in differences(session_id, participant_id, known, wanted):
                    await self._plane.request(command)
            except sfu.errors.SfuError as error:
                log.info("participant %s: media not updated: %s", participant_id, error)
                link.known = None
            else:
                # the transport may have been closed meanwhile: then nothing is known of the next one
                link.known = wanted if link.known is known else None

    async def _disconnect(self, session_id: str, participant_id: str, link: Link) -> None:
        async with link.lock:
            link.known = None
            await self._quietly(Disconnect(session_id=session_id, participant_id=participant_id))

    async def _close(self, session_id: str) -> None:
        await self._quietly(CloseSession(session_id=session_id))

    async def _quietly(self, command: Command) -> None:
        try:
            await self._plane.request(command)
        except sfu.errors.SfuError as error:
            log.info("%s: %s", type(command).__name__, error)

    async def _request(self, command: Command) -> Reply:
        try:
            return await self._plane.request(command)
        except sfu.errors.SfuError as error:
            raise words.refusal(error) from None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a media command failed", exc_info=error)
