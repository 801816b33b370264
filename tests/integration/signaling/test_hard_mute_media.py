"""A hard mute against a client that does not obey: it goes on sending, and nobody gets a packet of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from sfu.config import MediaConfig
from sfu.plane import MediaPlane
from signaling.app import running
from tests.integration.signaling.harness import Client, Clock, Harness, RecordingPlane, config
from tests.support.aiortc_peer import AiortcPeer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

MIC = {"isAudioOn": True, "isVideoOn": True, "isScreenOn": False}
PLENTY = 100
"""Packets; of sound, two seconds."""


@pytest.fixture
async def live(tmp_path: Path, database_url: str) -> AsyncIterator[Harness]:
    """A running class with real media workers."""
    media = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"])
    settings = msgspec.structs.replace(config(tmp_path, database_url), media=media)
    clock = Clock()
    async with running(settings, MediaPlane, clock) as server, aiohttp.ClientSession() as http:
        harness = Harness(server, RecordingPlane(media, lambda _: None), clock, http)
        await harness.plan()
        await harness.start()
        try:
            yield harness
        finally:
            await harness.close()


async def connect(client: Client, peer: AiortcPeer) -> None:
    offer, sources = await peer.offer()
    reply = await client.must("connect-media", offer=offer, sources={mid: str(s) for mid, s in sources.items()})
    await peer.answer(reply["answer"])


async def more(packets: list[bytes], count: int) -> None:
    """Wait for so many more packets."""
    wanted = len(packets) + count

    async def look() -> bool:
        return len(packets) >= wanted

    await eventually(look, f"{count} more packets")


async def test_locked_sound_is_not_forwarded_however_long_it_is_sent(live: Harness) -> None:
    tutor, ada = await live.join("tutor"), await live.join("student", "Ada")
    sender, listener = AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()
    try:
        await connect(ada, sender)
        await connect(tutor, listener)
        heard, said = listener.received["audio"], sender.sent["audio"]
        await more(said, 25)
        assert not heard, "nothing is forwarded that was not told to be on"
        await ada.must("update-media-state", **MIC)
        await more(heard, 25)

        await tutor.must("set-room-policy", micLocked=True)
        # what was on its way when the lock came
        await more(said, 25)
        before, seen = len(heard), len(listener.received["video"])
        await more(said, PLENTY)
        assert len(heard) == before
        assert len(listener.received["video"]) > seen, "the camera is not locked and goes on"
        assert await ada.refused("update-media-state", **MIC) == "source_locked"
        await more(said, 25)
        assert len(heard) == before

        await tutor.must("let-speak", participantId=ada.id)
        await ada.must("update-media-state", **MIC)
        await more(heard, 25)
        await tutor.must("lower-all-hands")
        await more(said, 25)
        before = len(heard)
        await more(said, PLENTY)
        assert len(heard) == before
    finally:
        await sender.close()
        await listener.close()
