"""The worker: sessions and transports of one process, commands in, events out."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import assert_never

from sfu.config import MediaConfig
from sfu.description import SlotStreams
from sfu.errors import BadSdp, CannotStart, UnknownParticipant
from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.departures import GATHER_S, RELEASE_INTERVAL_S, Departures
from sfu.forwarding.participant import Participant
from sfu.forwarding.session import TICK_S, Session
from sfu.messages import (
    CloseSession,
    Connect,
    Connected,
    Disconnect,
    Done,
    Event,
    GetStats,
    ParticipantStats,
    Reply,
    RestartIce,
    SetPublishing,
    SetReception,
    SetWishes,
    Stats,
)
from sfu.transport.addresses import Mapped, are_private, candidates, host_candidates
from sfu.transport.aiortc_parts import RTCCertificate
from sfu.transport.public_address import PublicAddress
from sfu.transport.sdp import Offer, parse_offer
from sfu.transport.udp import UdpMux
from sfu.worker.load import LoadMeter
from sfu.worker.member import Member
from sfu.worker.spans import Spans
from sfu.worker.wire import LinkSession, Load, ToWorker

log = logging.getLogger(__name__)

CONSENT_INTERVAL_S = 1.0
STAGE = "stage"
"""The stream id of the first audio and the first video slot: the lead's, so that receivers sync their lips."""


class Worker:
    """Owns everything of its process. ``emit`` takes events for the control plane, ``report`` its load."""

    def __init__(
        self,
        config: MediaConfig,
        mux: UdpMux,
        drops: Drops,
        *,
        emit: Callable[[Event], None],
        report: Callable[[Load], None],
        clock: Callable[[], float],
        wall_offset_s: float,
        random: Random,
        meeting: tuple[Path, int] | None = None,
    ) -> None:
        """``meeting``: where the workers reach each other, and the number of this one; None: it is alone."""
        self._mux = mux
        self._emit = emit
        self._report = report
        self._clock = clock
        self._wall_offset_s = wall_offset_s
        self._random = random
        self._drops = drops
        self._held_back = asyncio.Event()
        self._departures = Departures(drops, on_hold=self._held_back.set, on_gather=self._gather, clock=clock)
        mux.on_batch_end = self.flush
        self._sessions: dict[str, Session] = {}
        self._members: dict[tuple[str, str], Member] = {}
        self._spans: Spans | None = None
        if meeting is not None:
            self._spans = Spans(*meeting, drops=drops, clock=clock, flush=self.flush)
        self._closing: set[asyncio.Task[None]] = set()
        self._certificate = RTCCertificate.generateCertificate()
        self._addresses = host_candidates(config.announce, config.listen)
        self._candidates = candidates(self._addresses, mux.port, tcp=mux.has_tcp)
        self._public: PublicAddress | None = None
        if config.stun_server and not config.announce and are_private(self._addresses):
            self._public = PublicAddress(config.stun_server, mux, self._mapped)

    async def start(self) -> None:
        """Let other workers reach this one. Raises `CannotStart`."""
        if self._spans is not None:
            try:
                await self._spans.pipes.start()
            except OSError as error:
                raise CannotStart(f"the media workers cannot be linked: {error}") from None

    async def find_public_address(self) -> None:
        """Ask for it, if that is set up; takes a few seconds where nobody answers."""
        if self._public is not None:
            await self._public.ask()

    def _mapped(self, mapped: Mapped) -> None:
        """From now on clients are told this address too."""
        self._candidates = candidates(self._addresses, self._mux.port, tcp=self._mux.has_tcp, mapped=mapped)

    # --- commands -----------------------------------------------------------------------------------

    def handle(self, command: ToWorker) -> Reply:
        """Carry out one command. Raises `SfuError`."""
        match command:
            case Connect():
                return self._connect(command)
            case SetPublishing():
                self._session(command.session_id, command.participant_id).set_publishing(
                    command.participant_id, command.publishing, self._clock()
                )
            case SetReception():
                self._session(command.session_id, command.participant_id).set_reception(
                    command.participant_id, command.reception, self._clock(), pinned=command.pinned
                )
            case SetWishes():
                self._session(command.session_id, command.participant_id).set_wishes(
                    command.participant_id, command.wishes, self._clock()
                )
            case RestartIce():
                session = self._session(command.session_id, command.participant_id)
                member = self._members[command.session_id, command.participant_id]
                return Connected(
                    answer=member.restart_ice(command.offer), slots=session.slots(command.participant_id)
                )
            case Disconnect():
                self._disconnect(command.session_id, command.participant_id)
            case CloseSession():
                for session_id, participant_id in [key for key in self._members if key[0] == command.session_id]:
                    self._disconnect(session_id, participant_id)
            case GetStats():
                return self._stats()
            case LinkSession():
                if self._spans is not None:
                    self._spans.link(command)
            case _:
                assert_never(command)
        return Done()

    def _connect(self, command: Connect) -> Connected:
        offer = parse_offer(command.offer, sending=command.sources)
        lines = [line for line in offer.media if not line.rejected]
        sending = {line.mid for line in lines if line.sends}
        for mid in command.sources.keys() - sending:
            if any(line.mid == mid and line.rejected for line in offer.media):
                raise BadSdp(f"line {mid!r} is off or offers no codec that is forwarded here")
            raise BadSdp(f"sources names mid {mid!r}, which is no sending line of the offer")
        if missing := sending - command.sources.keys():
            raise BadSdp(f"sources does not say what the sending line {min(missing)!r} carries")
        if len(set(command.sources.values())) < len(command.sources):
            raise BadSdp("sources names the same source for two lines")
        for line in lines:
            if line.sends and command.sources[line.mid].kind != line.kind:
                raise BadSdp(f"line {line.mid!r} is {line.kind} and cannot carry {command.sources[line.mid]}")
        streams = self._streams(offer)
        participant = Participant(
            command.participant_id,
            lead=command.lead,
            reception=command.reception,
            lines=lines,
            sources=command.sources,
            streams=streams,
            random=self._random,
        )
        key = (command.session_id, command.participant_id)
        self._leave(key)
        session = self._sessions.get(command.session_id)
        if session is None:
            session = self._sessions[command.session_id] = Session(
                command.session_id,
                random=self._random,
                emit=self._emit,
                departures=self._departures,
                wall_offset_s=self._wall_offset_s,
            )
            if self._spans is not None:
                self._spans.open(session)
        member = Member(
            session,
            participant,
            offer=offer,
            streams=streams,
            opus_bps=command.opus_bps,
            candidates=lambda: self._candidates,
            certificate=self._certificate,
            mux=self._mux,
            drops=self._drops,
            clock=self._clock,
            emit=self._emit,
            on_closed=self._member_closed,
        )
        self._members[key] = member
        session.add(
            participant,
            command.publishing,
            self._clock(),
            pinned=command.pinned,
            wishes=command.wishes,
            view=command.view,
        )
        return Connected(answer=member.answer(), slots=session.slots(participant.id))

    def _streams(self, offer: Offer) -> dict[str, SlotStreams]:
        """Fresh SSRCs for every receiving line."""
        streams: dict[str, SlotStreams] = {}
        cname = f"{self._random.getrandbits(64):016x}"
        on_stage: set[str] = set()
        taken: set[int] = {0}
        for line in offer.media:
            if line.sends or line.rejected:
                continue
            stream = f"slot-{line.mid}" if line.kind in on_stage else STAGE
            on_stage.add(line.kind)
            streams[line.mid] = SlotStreams(
                ssrc=self._fresh_ssrc(taken),
                rtx_ssrc=self._fresh_ssrc(taken),
                cname=cname,
                msid=f"{stream} {line.mid}",
            )
        return streams

    def _fresh_ssrc(self, taken: set[int]) -> int:
        while (ssrc := self._random.getrandbits(32)) in taken:
            pass
        taken.add(ssrc)
        return ssrc

    def _session(self, session_id: str, participant_id: str) -> Session:
        if (session_id, participant_id) not in self._members:
            raise UnknownParticipant(f"no participant {participant_id!r} in session {session_id!r}")
        return self._sessions[session_id]

    # --- leaving ------------------------------------------------------------------------------------

    def _disconnect(self, session_id: str, participant_id: str) -> None:
        self._leave((session_id, participant_id))
        session = self._sessions.get(session_id)
        if session is not None:
            session.remove(participant_id, self._clock())
            if not session.participants:
                del self._sessions[session_id]
                if self._spans is not None:
                    self._spans.close(session_id)
                session.close()

    def _leave(self, key: tuple[str, str]) -> None:
        """Close the member's transport in the background, once the session said goodbye; awaited by `close`."""
        member = self._members.pop(key, None)
        if member is None:
            return
        member.leave()
        task = asyncio.get_running_loop().create_task(member.close(), name=f"close {key[1]}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _member_closed(self, member: Member) -> None:
        """The transport closed by itself."""
        key = (member.session.id, member.participant.id)
        if self._members.get(key) is member:
            self._disconnect(*key)

    async def close(self) -> None:
        """Say goodbye to everyone and wait until every transport is closed."""
        for session_id, participant_id in list(self._members):
            self._disconnect(session_id, participant_id)
        while self._closing:
            await asyncio.wait(self._closing)
        if self._spans is not None:
            await self._spans.pipes.close()

    # --- time ---------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Part of a frame waits for the rest."""
        asyncio.get_running_loop().call_later(GATHER_S, self.flush, True)

    def flush(self, everything: bool = False) -> None:
        """A batch of packets was handed in: let what came of it leave. ``everything``: unfinished frames too."""
        try:
            self._departures.flush(self._clock(), everything=everything)
        except Exception as error:
            # What is left of the batch is lost; the next one leaves as always.
            self._drops.count("internal-error")
            log.error("a batch of packets could not leave", exc_info=error)

    async def run(self) -> None:
        """Tick every session, measure the load and pace, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick(), name="tick")
            group.create_task(self._pace(), name="pace")
            if self._public is not None:
                group.create_task(self._public.run(), name="public address")

    async def _pace(self) -> None:
        """Let go what pacers hold back; sleeps while none does."""
        while True:
            await self._held_back.wait()
            self._held_back.clear()
            while self._departures.holding:
                await asyncio.sleep(RELEASE_INTERVAL_S)
                self._departures.release(self._clock())

    async def _tick(self) -> None:
        next_consent = 0.0
        meter = LoadMeter(self._clock(), time.process_time())
        self._mux.on_wait = meter.waited
        while True:
            await asyncio.sleep(TICK_S)
            now = self._clock()
            self._tick_sessions(now)
            self.flush()
            if now >= next_consent:
                next_consent = now + CONSENT_INTERVAL_S
                self._tick_transports(now)
            if meter.due(now):
                sent = sum(member.participant.egress.sent()[0] for member in self._members.values())
                self._report(meter.take(now, time.process_time(), sent))

    def _tick_sessions(self, now: float) -> None:
        for session in list(self._sessions.values()):
            try:
                session.tick(now)
            except Exception:
                log.exception("tick of session %s failed", session.id)

    def _tick_transports(self, now: float) -> None:
        for member in list(self._members.values()):
            member.transport.tick(now)
        if self._spans is not None:
            self._spans.tick()

    # --- looking in ---------------------------------------------------------------------------------

    def _stats(self) -> Stats:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return Stats(
            pid=os.getpid(),
            cpu_s=usage.ru_utime + usage.ru_stime,
            rss_bytes=_resident_bytes(),
            sessions=len(self._sessions),
            participants=[_participant_stats(member) for member in self._members.values()],
            dropped=self._drops.snapshot(),
            crossed=self._spans.pipes.packets if self._spans is not None else 0,
        )


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not Linux: the peak is the nearest there is
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


def _participant_stats(member: Member) -> ParticipantStats:
    participant = member.participant
    packets, video, octets = participant.egress.sent()
    sender = member.transport.sender
    return ParticipantStats(
        participant_id=participant.id,
        connected=member.transport.connected,
        packets_received=participant.ingress.packets,
        packets_sent=packets,
        video_packets_sent=video,
        bytes_received=participant.ingress.bytes,
        bytes_sent=octets,
        srtp_profile=sender.profile if sender else None,
    )
