"""The media plane as the sessions use it: participants are connected, told what they may send, and forgotten.

Every participant has a link with its own queue, so that commands about one person keep their order and nobody
waits for somebody else's. What may be forwarded is a level, not an edge: a link remembers what is wanted and what
the worker knows, and sends the difference, so a worker that was away is made right by the next connect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import sfu.errors
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Connected,
    Disconnect,
    Event,
    ParticipantClosed,
    Reception,
    Reply,
    SessionLost,
    SetPublishing,
    SetReception,
    SlotsChanged,
    SlotState,
    Source,
    SpeakerChanged,
)
from signaling.errors import BadOffer, BadRequest, MediaUnavailable, NotJoined, Overloaded, Refusal
from signaling.protocol import base
from signaling.protocol import session as wire

log = logging.getLogger(__name__)


class Plane(Protocol):
    """What is needed of `sfu.plane.MediaPlane`. Its events come through the callback it was made with."""

    @property
    def workers(self) -> int:
        """How many workers there should be."""

    @property
    def pids(self) -> Sequence[int]:
        """The process ids of the workers that run."""

    async def request(self, command: Command) -> Reply:
        """Raises `sfu.errors.SfuError`."""


class MediaListener(Protocol):
    """Who is told what happens in the media plane."""

    def slots_changed(self, session_id: str, participant_id: str, slots: list[wire.Slot]) -> None: ...

    def speaker_changed(self, session_id: str, participant_id: str | None) -> None: ...

    def media_lost(self, session_id: str, participant_id: str | None, reason: str) -> None:
        """The participant, or with None everyone in the session, has to connect media anew."""


class _Link:
    """One participant's side of the media plane."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted: frozenset[base.Source] = frozenset()
        self.reception: base.Reception = "full"
        self.pinned = False
        self.known: tuple[frozenset[base.Source], tuple[base.Reception, bool]] | None = None
        """What the worker was told; None when it does not have the participant."""
        self.slots: list[wire.Slot] = []
        self.closed = False


class Media:
    """Commands to the media plane and events from it."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._links: dict[tuple[str, str], _Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: MediaListener | None = None

    def listen(self, listener: MediaListener) -> None:
        self._listener = listener

    @property
    def workers(self) -> tuple[int, int]:
        """How many media workers there should be, and how many run."""
        return self._plane.workers, len(self._plane.pids)

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
        self, session_id: str, participant_id: str, command: wire.ConnectMedia, *, lead: bool
    ) -> wire.MediaConnected:
        """Give a participant a transport. Raises `BadOffer` and `MediaUnavailable`, and `NotJoined` when it left
        meanwhile."""
        link = self._link(session_id, participant_id)
        async with link.lock:
            if link.closed:
                raise NotJoined("you left the session")
            wanted, reception = link.wanted, (link.reception, link.pinned)
            reply = await self._request(
                Connect(
                    session_id=session_id,
                    participant_id=participant_id,
                    offer=command.offer,
                    sources={mid: Source(source) for mid, source in command.sources.items()},
                    publishing=_sources(wanted),
                    lead=lead,
                    reception=Reception(reception[0]),
                    pinned=reception[1],
                )
            )
            if not isinstance(reply, Connected):
                raise MediaUnavailable("the media worker gave no answer")
            link.known = (wanted, reception)
            link.slots = _slots(reply.slots)
            await self._settle(session_id, participant_id, link)
        return wire.MediaConnected(answer=reply.answer, slots=link.slots)

    def publish(self, session_id: str, participant_id: str, sources: frozenset[base.Source]) -> None:
        """Forward these sources of a participant from now on, and no other."""
        link = self._link(session_id, participant_id)
        link.wanted = sources
        self._spawn(self._update(session_id, participant_id, link))

    def receive(
        self, session_id: str, participant_id: str, reception: base.Reception, *, pinned: bool = False
    ) -> None:
        link = self._link(session_id, participant_id)
        link.reception, link.pinned = reception, pinned
        self._spawn(self._update(session_id, participant_id, link))

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

    # --- events -------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Hand in an event of the media plane."""
        if self._listener is None:
            return
        match event:
            case SlotsChanged(session_id=session_id, participant_id=participant_id, slots=states):
                if link := self._links.get((session_id, participant_id)):
                    link.slots = _slots(states)
                    self._listener.slots_changed(session_id, participant_id, link.slots)
            case SpeakerChanged(session_id=session_id, participant_id=speaker):
                self._listener.speaker_changed(session_id, speaker)
            case ParticipantClosed(session_id=session_id, participant_id=participant_id, reason=reason):
                if link := self._links.get((session_id, participant_id)):
                    link.known, link.slots = None, []
                    self._listener.media_lost(session_id, participant_id, reason)
            case SessionLost(session_id=session_id):
                for (of_session, _), link in self._links.items():
                    if of_session == session_id:
                        link.known, link.slots = None, []
                self._listener.media_lost(session_id, None, "the media worker was restarted")

    # --- the links ----------------------------------------------------------------------------------

    def _link(self, session_id: str, participant_id: str) -> _Link:
        return self._links.setdefault((session_id, participant_id), _Link())

    async def _update(self, session_id: str, participant_id: str, link: _Link) -> None:
        async with link.lock:
            await self._settle(session_id, participant_id, link)

    async def _settle(self, session_id: str, participant_id: str, link: _Link) -> None:
        """Tell the worker what it does not know yet. Holds the link's lock."""
        while (known := link.known) not in (None, self._wanted(link)) and not link.closed:
            assert known is not None
            sources, reception = self._wanted(link)
            try:
                if sources != known[0]:
                    await self._plane.request(
                        SetPublishing(
                            session_id=session_id, participant_id=participant_id, publishing=_sources(sources)
                        )
                    )
                if reception != known[1]:
                    await self._plane.request(
                        SetReception(
                            session_id=session_id,
                            participant_id=participant_id,
                            reception=Reception(reception[0]),
                            pinned=reception[1],
                        )
                    )
            except sfu.errors.SfuError as error:
                log.info("participant %s: media not updated: %s", participant_id, error)
                link.known = None
            else:
                # the transport may have been closed meanwhile: then nothing is known of the next one
                link.known = (sources, reception) if link.known is known else None

    @staticmethod
    def _wanted(link: _Link) -> tuple[frozenset[base.Source], tuple[base.Reception, bool]]:
        return link.wanted, (link.reception, link.pinned)

    async def _disconnect(self, session_id: str, participant_id: str, link: _Link) -> None:
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
            raise _refusal(error) from None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a media command failed", exc_info=error)


_REFUSALS: dict[str, Callable[[str], Refusal]] = {
    sfu.errors.BadSdp.code: BadOffer,
    sfu.errors.BadCommand.code: BadRequest,
    sfu.errors.Overloaded.code: Overloaded,
}


def _refusal(error: sfu.errors.SfuError) -> Refusal:
    return _REFUSALS.get(error.code, MediaUnavailable)(str(error))


def _sources(sources: frozenset[base.Source]) -> frozenset[Source]:
    return frozenset(map(Source, sources))


def _slots(states: list[SlotState]) -> list[wire.Slot]:
    return [
        wire.Slot(
            mid=state.mid,
            kind=state.kind,
            participant_id=state.participant_id,
            paused=state.paused,
            source=None if state.source is None else state.source.value,
        )
        for state in states
    ]
