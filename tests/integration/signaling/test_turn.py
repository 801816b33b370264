"""A client that comes only through a TURN server: coturn, with the credentials that clients are told."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

from sfu.transport.sdp import parse_offer
from signaling.config import TurnConfig
from signaling.ice_servers import ice_servers
from tests.support.process import Program
from tests.support.server import free_port
from tests.support.transport_server import TransportServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

SECRET = "known to both servers"


@pytest.fixture
async def turn_url(tmp_path: Path) -> AsyncIterator[str]:
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("turnserver is not installed: run scripts/install-test-tools")
    port = free_port(socket.SOCK_DGRAM)
    settings = {
        "--listening-ip": "127.0.0.1",
        "--relay-ip": "127.0.0.1",
        "--listening-port": str(port),
        "--static-auth-secret": SECRET,
        "--realm": "podium",
        "--log-file": "stdout",
        "--pidfile": str(tmp_path / "turn.pid"),
        "--userdb": str(tmp_path / "turn.db"),
    }
    flags = ("-n", "--use-auth-secret", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls")
    turn = await Program.start(
        program, *flags, *(part for item in settings.items() for part in item), log=tmp_path / "turn.log"
    )

    async def listens() -> bool:
        if not turn.is_running:
            raise turn.failure("turnserver ended")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await eventually(listens, "turnserver listens")
    yield f"turn:127.0.0.1:{port}?transport=udp"
    await turn.stop()


@pytest.mark.parametrize("secret", [SECRET, "another one"])
async def test_a_relayed_client_gets_through_with_its_credentials(turn_url: str, secret: str) -> None:
    [told] = ice_servers(TurnConfig(urls=[turn_url], secret=secret), "ada", datetime.now(UTC))
    relay = RTCIceServer(urls=told.urls, username=told.username, credential=told.credential)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[relay], iceTransportPolicy=RTCIceTransportPolicy.RELAY))
    server = TransportServer()
    try:
        peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        candidates = [line for line in sdp.split("\r\n") if line.startswith("a=candidate")]
        if secret != SECRET:
            assert candidates == []
            return
        assert candidates and all(" typ relay " in line for line in candidates)
        offer = parse_offer(sdp)
        transport, password = server.add(offer)
        answer = server.answer(offer, transport, password)
        await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await server.until(lambda: transport.connected and len(server.rtp) >= 5)
        assert transport.address is not None
        assert any(f" {transport.address[0]} {transport.address[1]} typ relay" in line for line in candidates)
    finally:
        await peer.close()
        await server.close()
