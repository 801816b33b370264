"""A peer that sends from another address than the one it nominated is answered there."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from aioice import stun
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

from sfu.transport.ice_lite import Address
from sfu.transport.participant_transport import FOLLOWED_PACKETS, ParticipantTransport
from sfu.transport.sdp import parse_offer
from tests.support.transport_server import WAIT, TransportServer

pytestmark = pytest.mark.integration


class Peer:
    """A connected peer, whose media goes out of whatever socket is wanted. It keeps checking from ``home``."""

    def __init__(self, server: TransportServer, pc: RTCPeerConnection) -> None:
        self._server = server
        self._dtls: Any = pc.getTransceivers()[0].sender.transport
        self._sequence_number = 0
        self.pc = pc

    async def connect(self) -> None:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = parse_offer(self.pc.localDescription.sdp)
        self.transport, self._password = self._server.add(offer)
        self._username = f"{self.transport.ice_credentials.local_ufrag}:{offer.ice_ufrag}"
        answer = self._server.answer(offer, self.transport, self._password)

        async def nothing(_: bytes) -> None:
            """Its own media would go out of its own socket."""

        self._dtls._send_rtp = nothing
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await self._server.until(lambda: self.transport.connected)

    def check(self) -> bytes:
        """One that does not nominate."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = self._username
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.add_message_integrity(self._password.encode())
        return bytes(message)

    def media(self) -> bytes:
        """The next packet, encrypted."""
        self._sequence_number += 1
        packet = struct.pack("!BBHLL", 0x80, 111, self._sequence_number, 960 * self._sequence_number, 7) + b"sound"
        protected: bytes = self._dtls._tx_srtp.protect(packet)
        return protected


@pytest.fixture
async def server() -> AsyncIterator[TransportServer]:
    server = TransportServer()
    yield server
    await server.close()


@pytest.fixture
async def peer(server: TransportServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peer]:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    connection = RTCPeerConnection()
    connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
    peer = Peer(server, connection)
    await peer.connect()
    yield peer
    await connection.close()


@pytest.fixture
def elsewhere(server: TransportServer) -> Iterator[socket.socket]:
    """A socket on another port of the peer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.bind(("127.0.0.1", 0))
        other.connect(("127.0.0.1", server.mux.port))
        yield other


def home_of(transport: ParticipantTransport) -> Address:
    assert transport.address is not None
    return transport.address


def counted(server: TransportServer, reason: str, times: int) -> Callable[[], bool]:
    return lambda: server.drops[reason] == times


async def received(other: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(other, 2048), WAIT)


async def test_media_is_followed_to_where_it_comes_from(
    server: TransportServer, peer: Peer, elsewhere: socket.socket
) -> None:
    transport, home = peer.transport, home_of(peer.transport)
    elsewhere.send(peer.check())
    assert (await received(elsewhere))[:2] == b"\x01\x01"
    assert transport.address == home, "a check alone nominates nothing"

    for _ in range(FOLLOWED_PACKETS):
        elsewhere.send(peer.media())
    await server.until(lambda: len(server.rtp) == FOLLOWED_PACKETS)
    assert transport.address == elsewhere.getsockname() and server.events == ["connected", "moved"]
    transport.send_rtcp(struct.pack("!BBHL", 0x80, 201, 1, 1))
    assert (await received(elsewhere))[1] == 201

    for _ in range(FOLLOWED_PACKETS):
        transport.handle_datagram(peer.media(), home, server.clock())
    assert transport.address == home and server.events == ["connected", "moved", "moved"]


async def test_stragglers_strangers_and_forgeries_are_not_followed(
    server: TransportServer, peer: Peer, elsewhere: socket.socket
) -> None:
    transport, home = peer.transport, home_of(peer.transport)
    for _ in range(2 * FOLLOWED_PACKETS):
        elsewhere.send(peer.media())
    await server.until(counted(server, "unknown-source", 2 * FOLLOWED_PACKETS))

    elsewhere.send(peer.check())
    await received(elsewhere)
    packet = peer.media()
    forged = packet[:-1] + bytes((packet[-1] ^ 1,))
    for _ in range(2 * FOLLOWED_PACKETS):
        elsewhere.send(forged)
    await server.until(counted(server, "srtp-refused", 2 * FOLLOWED_PACKETS))

    other: Address = elsewhere.getsockname()
    for _ in range(5):
        for source in (*[other] * (FOLLOWED_PACKETS - 1), home):
            transport.handle_datagram(peer.media(), source, server.clock())
    assert len(server.rtp) == 5 * FOLLOWED_PACKETS
    assert transport.address == home and server.events == ["connected"]
