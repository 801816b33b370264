"""Who left is forgotten at once: nothing of them waits for the garbage collector, which seldom comes by."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from random import Random

import pytest

from sfu.config import MediaConfig
from sfu.forwarding.drops import Drops
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.outgoing.slot import Slot
from sfu.forwarding.participant import Participant
from sfu.forwarding.session import Session
from sfu.messages import Connect, Connected, Disconnect, Source
from sfu.transport.dtls import DtlsServer
from sfu.transport.participant_transport import ParticipantTransport
from sfu.transport.udp import UdpMux
from sfu.worker.member import Member
from sfu.worker.worker import Worker
from tests.integration.sfu.test_media_plane import eventually, peers
from tests.support.aiortc_peer import AiortcPeer

pytestmark = pytest.mark.integration


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    """A worker in this process, so that its objects can be looked at."""
    config = MediaConfig(udp_port=0, listen=["127.0.0.1"], announce=["127.0.0.1"])
    drops = Drops()
    mux = UdpMux.bind(config.listen, 0, count_drop=drops.count)
    worker = Worker(
        config,
        mux,
        drops,
        emit=lambda _: None,
        report=lambda _: None,
        clock=time.monotonic,
        wall_offset_s=time.time() - time.monotonic(),
        random=Random(1),
    )
    mux.start(asyncio.get_running_loop())
    running = asyncio.get_running_loop().create_task(worker.run())
    yield worker
    await worker.close()
    running.cancel()
    await asyncio.wait([running])
    mux.close()


async def connect(worker: Worker, peer: AiortcPeer, name: str) -> None:
    offer, sources = await peer.offer()
    command = Connect(
        session_id="s",
        participant_id=name,
        offer=offer,
        sources=sources,
        publishing=frozenset(sources.values()) & frozenset(Source),
        lead=name == "tutor",
    )
    reply = worker.handle(command)
    assert isinstance(reply, Connected)
    await peer.answer(reply.answer)


OF_A_CLASS = (Session, Member, ParticipantTransport, DtlsServer, Participant, Slot, Track, Layer)


def left_over() -> set[str]:
    return {type(item).__name__ for item in gc.get_objects() if isinstance(item, OF_A_CLASS)}


@pytest.mark.long
async def test_members_are_freed_when_they_leave(worker: Worker) -> None:
    gc.collect()
    gc.disable()
    try:
        async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
            await connect(worker, tutor, "tutor")
            await connect(worker, student, "student")
            await eventually(lambda: student.frames["video"] > 10 and student.frames["audio"] > 10)
            assert left_over() == {kind.__name__ for kind in OF_A_CLASS}
            for name in ("student", "tutor"):
                worker.handle(Disconnect(session_id="s", participant_id=name))
            await eventually(lambda: not left_over())
    finally:
        gc.enable()
