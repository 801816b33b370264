"""The media plane as a whole: real worker processes, and aiortc as the second implementation at both ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sfu.config import MediaConfig
from sfu.errors import BadSdp, CannotStart, UnknownParticipant, WorkerUnavailable
from sfu.messages import (
    CloseSession,
    Connect,
    Connected,
    Disconnect,
    Event,
    ParticipantConnected,
    Reception,
    SessionLost,
    SetPublishing,
    SetReception,
    SlotsChanged,
    Source,
)
from sfu.plane import MediaPlane
from sfu.worker.wire import Load
from sfu.worker_process import WorkerProcess
from tests.support import waiting
from tests.support.aiortc_peer import AiortcPeer

pytestmark = pytest.mark.integration

LOOPBACK = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"], announce=["127.0.0.1"])


async def eventually(condition: Callable[[], bool], within: float = waiting.PATIENCE) -> None:
    async def look() -> bool:
        return condition()

    await waiting.eventually(look, "the condition", within=within)


class Plane(MediaPlane):
    """A media plane that keeps its events. What its machine is busy with meanwhile decides nothing: who comes to
    which worker depends on who came before, and nobody is refused."""

    def __init__(self, config: MediaConfig = LOOPBACK) -> None:
        self.events: list[Event] = []
        super().__init__(config, self.events.append, clock=lambda: 0.0)

    def _loaded(self, worker: WorkerProcess, load: Load) -> None:
        """Loads and what follows from them have tests of their own."""


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    plane = Plane()
    await plane.start()
    yield plane
    await plane.stop()
    assert plane.pids == []


async def connect(
    plane: MediaPlane,
    peer: AiortcPeer,
    name: str,
    *,
    lead: bool = False,
    publishing: frozenset[Source] = frozenset(),
    reception: Reception = Reception.FULL,
) -> Connected:
    offer, sources = await peer.offer()
    reply = await plane.request(
        Connect(
            session_id="s",
            participant_id=name,
            offer=offer,
            sources=sources,
            publishing=publishing,
            lead=lead,
            reception=reception,
        )
    )
    assert isinstance(reply, Connected)
    await peer.answer(reply.answer)
    return reply


@contextlib.asynccontextmanager
async def peers(*kinds: AiortcPeer) -> AsyncIterator[tuple[AiortcPeer, ...]]:
    try:
        yield kinds
    finally:
        for peer in kinds:
            await peer.close()


BOTH = frozenset({Source.MIC, Source.CAMERA})


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_aiortc_publishes_and_subscribes_and_every_payload_is_untouched(plane: Plane, codec: str) -> None:
    async with peers(AiortcPeer.publisher(codec), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, student, "student")
        await eventually(lambda: student.frames["video"] > 20 and student.frames["audio"] > 50)
        assert student.size == tutor.size
        sent = {"audio": set(tutor.sent["audio"]), "video": set(tutor.sent["video"])}
        for kind in ("audio", "video"):
            assert len(student.received[kind]) > 20
            assert set(student.received[kind]) <= sent[kind]
    connected = {event.participant_id for event in plane.events if isinstance(event, ParticipantConnected)}
    assert connected == {"tutor", "student"}


async def test_no_codec_is_loaded_in_the_worker(plane: Plane) -> None:
    async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, student, "student")
        await eventually(lambda: student.frames["video"] > 5)
        mapped = maps_of(plane.pids[0])
        for library in ("avcodec", "vpx", "opus", "x264", "avutil", "swscale"):
            assert library not in mapped


def maps_of(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


async def test_audio_only_stops_every_video_packet_and_full_brings_the_picture_back(plane: Plane) -> None:
    async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, student, "student")
        await eventually(lambda: student.frames["video"] > 5)
        await plane.request(SetReception(session_id="s", participant_id="student", reception=Reception.AUDIO))
        before = await video_packets(plane, "student")
        heard = student.frames["audio"]
        await eventually(lambda: student.frames["audio"] > heard + 50)
        assert await video_packets(plane, "student") == before
        seen = student.frames["video"]
        await plane.request(SetReception(session_id="s", participant_id="student", reception=Reception.FULL))
        await eventually(lambda: student.frames["video"] > seen + 5)


async def video_packets(plane: MediaPlane, name: str) -> int:
    [stats] = await plane.stats()
    return next(p.video_packets_sent for p in stats.participants if p.participant_id == name)


async def test_a_muted_mic_is_silent_for_everyone(plane: Plane) -> None:
    async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", publishing=BOTH)
        await connect(plane, student, "student")
        await eventually(lambda: student.frames["audio"] > 5)
        await plane.request(
            SetPublishing(session_id="s", participant_id="tutor", publishing=frozenset({Source.CAMERA}))
        )
        later = len(tutor.sent["video"])
        # packets arrive in their order: what was on its way when the mic was muted is there before this one
        await eventually(lambda: not set(student.received["video"]).isdisjoint(tutor.sent["video"][later:]))
        before = len(student.received["audio"])
        seen = student.frames["video"]
        await eventually(lambda: student.frames["video"] > seen + 20)
        assert len(student.received["audio"]) == before
        last = [event for event in plane.events if isinstance(event, SlotsChanged)][-1]
        assert {slot.source for slot in last.slots} == {Source.CAMERA, None}


async def test_a_killed_worker_is_replaced_on_the_same_port_and_its_sessions_are_told(plane: Plane) -> None:
    async with peers(AiortcPeer.subscriber()) as (student,):
        first = await connect(plane, student, "student")
        [pid] = plane.pids
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: SessionLost(session_id="s") in plane.events)
        [again] = plane.pids
        assert again != pid
        with pytest.raises(WorkerUnavailable):
            await plane.request(SetPublishing(session_id="s", participant_id="student", publishing=BOTH))
    async with peers(AiortcPeer.subscriber()) as (student,):
        second = await connect(plane, student, "student")
        assert ports(first.answer) == ports(second.answer)
        await eventually(lambda: any(isinstance(e, ParticipantConnected) for e in plane.events[-3:]))


def ports(answer: str) -> set[str]:
    return {line.split()[5] for line in answer.splitlines() if line.startswith("a=candidate:")}


async def test_bad_offers_and_names_are_refused_with_a_reason(plane: Plane) -> None:
    for offer in ("", "v=0", "nonsense", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 3):
        with pytest.raises(BadSdp):
            await plane.request(Connect(session_id="s", participant_id="p", offer=offer, sources={}))
    async with peers(AiortcPeer.publisher("VP8")) as (tutor,):
        offer, sources = await tutor.offer()
        for wrong in ({}, {**sources, "9": Source.SCREEN}, dict.fromkeys(sources, Source.MIC)):
            with pytest.raises(BadSdp):
                await plane.request(Connect(session_id="s", participant_id="p", offer=offer, sources=wrong))
    with pytest.raises(WorkerUnavailable):
        await plane.request(SetPublishing(session_id="s", participant_id="nobody", publishing=BOTH))
    async with peers(AiortcPeer.subscriber()) as (student,):
        await connect(plane, student, "student")
        await eventually(lambda: bool(plane.events))
        with pytest.raises(UnknownParticipant):
            await plane.request(SetPublishing(session_id="s", participant_id="nobody", publishing=BOTH))
    await plane.request(Disconnect(session_id="s", participant_id="nobody"))
    await plane.request(CloseSession(session_id="s"))
    await plane.request(CloseSession(session_id="s"))


async def test_garbage_on_the_port_is_counted_and_disturbs_nobody(plane: Plane) -> None:
    async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        reply = await connect(plane, student, "student")
        await eventually(lambda: student.frames["video"] > 5)
        [port] = ports(reply.answer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for i in range(2000):
                stranger.sendto(bytes([i & 0xFF]) + os.urandom(i % 1400), ("127.0.0.1", int(port)))
        seen = student.frames["video"]
        await eventually(lambda: student.frames["video"] > seen + 10)
        [stats] = await plane.stats()
        assert sum(stats.dropped.values()) > 500


async def test_a_port_in_use_stops_the_start_with_a_reason() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        plane = Plane(MediaConfig(workers=1, udp_port=taken.getsockname()[1], listen=["127.0.0.1"]))
        with pytest.raises(CannotStart, match="in use"):
            await plane.start()
        assert plane.pids == []


async def test_workers_have_a_port_each() -> None:
    # Spread evenly, whatever is measured: which worker somebody comes to by load is a matter of test_placement.
    here = ["127.0.0.1"]
    plane = Plane(MediaConfig(workers=2, spread_load=0, udp_port=0, listen=here, announce=here))
    await plane.start()
    try:
        async with peers(AiortcPeer.subscriber(), AiortcPeer.subscriber()) as (one, two):
            offers = [await one.offer(), await two.offer()]
            answers = []
            for participant, (offer, sources) in zip(("x", "y"), offers, strict=True):
                reply = await plane.request(
                    Connect(session_id="s", participant_id=participant, offer=offer, sources=sources)
                )
                assert isinstance(reply, Connected)
                answers.append(reply.answer)
            assert ports(answers[0]) != ports(answers[1])
        assert len(set(plane.pids)) == 2
    finally:
        await plane.stop()
    assert plane.pids == []


async def test_what_workers_measure_of_themselves_is_known() -> None:
    plane = MediaPlane(LOOPBACK, lambda _: None)
    await plane.start()
    try:
        assert plane.loads == [0.0]
        await eventually(lambda: plane.loads[0] > 0)
    finally:
        await plane.stop()
