"""WHIP and WHEP with real media: aiortc publishes through a worker, another aiortc plays it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from sfu.config import MediaConfig
from sfu.plane import MediaPlane
from signaling.app import running
from tests.integration.signaling.harness import CLASS, Client, Clock, Harness, RecordingPlane, config
from tests.support.aiortc_peer import AiortcPeer
from tests.support.gstreamer import gstreamer
from tests.support.streams import Answer, StreamClient
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Harness]:
    """A running class with a real media worker."""
    media = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"])
    settings = msgspec.structs.replace(config(tmp_path), media=media)
    clock = Clock()
    async with running(settings, MediaPlane, clock) as server, aiohttp.ClientSession() as http:
        harness = Harness(server, RecordingPlane(media, lambda _: None), clock, http)
        await harness.plan()
        await harness.start()
        try:
            yield harness
        finally:
            await harness.close()


@asynccontextmanager
async def opened(peer: AiortcPeer, client: StreamClient, path: str) -> AsyncIterator[Answer]:
    """The peer's stream, closed at the end."""
    try:
        offer, _ = await peer.offer()
        answer = await client.post(path, offer)
        assert answer.status == 201, answer.text
        await peer.answer(answer.text)
        yield answer
    finally:
        await peer.close()


async def more(packets: list[bytes], count: int) -> None:
    """Wait for so many more packets."""
    wanted = len(packets) + count

    async def look() -> bool:
        return len(packets) >= wanted

    await eventually(look, f"{count} more packets")


def credentials(sdp: str) -> tuple[str, str]:
    found = dict(re.findall(r"a=ice-(ufrag|pwd):(\S+)", sdp))
    return found["ufrag"], found["pwd"]


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_what_is_published_is_played(live: Harness, codec: str) -> None:
    publisher, player = AiortcPeer.publisher(codec), AiortcPeer.subscriber()
    obs = StreamClient(live.http, live.url, live.token("tutor", "Hypatia"))
    viewer = StreamClient(live.http, live.url, live.token("student", "Ada"))
    async with (
        opened(player, viewer, f"/whep/{CLASS}") as watching,
        opened(publisher, obs, f"/whip/{CLASS}") as stream,
    ):

        async def plays() -> bool:
            return player.frames["video"] > 5 and player.frames["audio"] > 5

        await eventually(plays, "pictures and sound")
        # to the octet what was sent
        assert set(player.received["audio"][:3]) <= set(publisher.sent["audio"])

        await restart_ice(publisher, obs, stream)
        await restart_ice(player, viewer, watching)
        await more(player.received["video"], 10)
        await more(player.received["audio"], 10)

        assert (await obs.delete(stream.location)).status == 200
        assert (await viewer.delete(watching.location)).status == 200
        for peer in (publisher, player):
            await eventually(closed(peer), "the server closed the connection")


async def test_tutors_are_told_of_an_encoder_that_makes_b_frames(live: Harness, tmp_path: Path) -> None:
    tutor = await live.join("tutor", "Theon")
    url, token = f"{live.url}/whip/{CLASS}", live.token("tutor", "Hypatia")
    async with gstreamer(url, token, tmp_path / "gstreamer.log", "b-frames"):
        stream = (await tutor.wait("user-joined"))["user"]["id"]

        def told(event: dict[str, Any]) -> bool:
            return [one["bFrames"] for one in event["participants"] if one["participantId"] == stream] == [True]

        await eventually(lambda: _any(tutor, told), "the tutor is told")


async def _any(client: Client, told: Callable[[dict[str, Any]], bool]) -> bool:
    return any(map(told, client.all("health-changed")))


def closed(peer: AiortcPeer) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return peer.pc.connectionState == "closed"

    return look


async def restart_ice(peer: AiortcPeer, client: StreamClient, stream: Answer) -> None:
    """As a browser does it; aiortc knows no ICE restart, so that its connection is given the new credentials."""
    ufrag, password = "freshufrag", "fresh-password-of-the-client"
    offered = peer.pc.localDescription.sdp
    first = re.search(r"^m=.*$", offered, re.MULTILINE)
    assert first is not None
    text = f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password.replace('-', '+')}\r\n{first[0].strip()}\r\na=mid:0\r\n"
    restarted = await client.patch(stream.location, text, "*")
    assert restarted.status == 200, restarted.text
    theirs = credentials(restarted.text)
    assert theirs != credentials(stream.text)
    [transport] = {
        id(t.sender.transport): t.sender.transport.transport for t in peer.pc.getTransceivers()
    }.values()
    connection = transport._connection
    connection._local_username, connection._local_password = ufrag, password.replace("-", "+")
    connection.remote_username, connection.remote_password = theirs
    pair = connection._nominated[1]
    request = connection.build_request(pair, nominate=True)
    response, _ = await pair.protocol.request(
        request, pair.remote_addr, integrity_key=connection.remote_password.encode()
    )
    assert response.message_class.name == "RESPONSE"


async def test_half_of_a_stream_is_refused(live: Harness) -> None:
    publisher = AiortcPeer.publisher("H264")
    try:
        offer, _ = await publisher.offer()
        audio, video = offer.split("m=video")
        unencrypted = f"{audio}m=video{video.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')}"
        obs = StreamClient(live.http, live.url, live.token("tutor"))
        refused = await obs.post(f"/whip/{CLASS}", unencrypted)
        assert refused.status == 422, refused.text
        assert "line '1'" in refused.problem["detail"]
        ada = await live.join("student", "Ada")
        assert len((await ada.must("get-session-users"))["users"]) == 1
        # the key is free for a better offer
        assert (await obs.post(f"/whip/{CLASS}", offer)).status == 201
    finally:
        await publisher.close()
