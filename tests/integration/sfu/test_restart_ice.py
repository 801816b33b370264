"""ICE restart of a participant of a real worker: by an offer, by a fragment, and what is refused."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
from aioice import stun

from sfu.config import MediaConfig
from sfu.errors import BadSdp, UnknownParticipant
from sfu.messages import Connect, Connected, Event, ParticipantConnected, RestartIce, Source
from sfu.plane import MediaPlane
from tests.support import waiting
from tests.support.aiortc_peer import AiortcPeer
from tests.support.transport_server import WAIT, signed_check

pytestmark = pytest.mark.integration

LOOPBACK = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"], announce=["127.0.0.1"])
UFRAG = re.compile(r"(?<=a=ice-ufrag:)\S+")
PASSWORD = re.compile(r"(?<=a=ice-pwd:)\S+")


@pytest.fixture
async def plane() -> AsyncIterator[tuple[MediaPlane, list[Event]]]:
    events: list[Event] = []
    plane = MediaPlane(LOOPBACK, events.append)
    await plane.start()
    yield plane, events
    await plane.stop()


def new_credentials(sdp: str, ufrag: str, password: str) -> str:
    return PASSWORD.sub(password, UFRAG.sub(ufrag, sdp))


async def test_a_connection_is_restarted_with_its_keys(plane: tuple[MediaPlane, list[Event]]) -> None:
    media, events = plane
    peer = AiortcPeer.publisher("VP8")
    try:
        offer, sources = await peer.offer()
        reply = await media.request(
            Connect(
                session_id="s",
                participant_id="p",
                offer=offer,
                sources=sources,
                publishing=frozenset({Source.MIC}),
                lead=True,
            )
        )
        assert isinstance(reply, Connected)
        await peer.answer(reply.answer)

        async def connected() -> bool:
            return any(isinstance(event, ParticipantConnected) for event in events)

        await waiting.eventually(connected, "the connection")

        async def restart(sdp: str) -> str:
            answered = await media.request(RestartIce(session_id="s", participant_id="p", offer=sdp))
            assert isinstance(answered, Connected) and answered.slots == reply.slots
            return answered.answer

        changed = new_credentials(offer, "peerTwo", "p" * 24)
        answer = await restart(changed)
        assert new_credentials(answer, "x", "x") == new_credentials(reply.answer, "x", "x")
        assert UFRAG.findall(answer) != UFRAG.findall(reply.answer)
        assert await restart(changed) == answer, "the same again is no restart"

        fragment = await restart(f"a=ice-ufrag:peerThree\r\na=ice-pwd:{'q' * 24}\r\n")
        [ufrag], [password] = UFRAG.findall(fragment), PASSWORD.findall(fragment)
        port = int(re.findall(r"127\.0\.0\.1 (\d+) typ host", fragment)[0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
            moved.setblocking(False)
            moved.connect(("127.0.0.1", port))
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(moved, signed_check(f"{ufrag}:peerThree", password))
            response = stun.parse_message(await asyncio.wait_for(loop.sock_recv(moved, 2048), WAIT))
            assert response.check_message_integrity(password.encode())

        for sdp in (changed.replace("a=mid:0", "a=mid:7").replace("BUNDLE 0", "BUNDLE 7"), "v=0", "a=x"):
            with pytest.raises(BadSdp):
                await restart(sdp)
        with pytest.raises(UnknownParticipant):
            await media.request(RestartIce(session_id="s", participant_id="nobody", offer=changed))
        assert sum(isinstance(event, ParticipantConnected) for event in events) == 1
    finally:
        await peer.close()
