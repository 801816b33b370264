"""Media over TCP: a client of our own with aiortc's DTLS, and those who only want to be a burden."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import uvloop
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from bench.support.offers import Credentials, Line, build_offer
from sfu.transport import tcp, tcp_connection
from sfu.transport.dtls import DatagramPipe, sha256_fingerprint
from sfu.transport.ice_lite import MAX_ADDRESSES, TcpAddress
from sfu.transport.participant_transport import ParticipantTransport
from sfu.transport.sdp import parse_offer
from sfu.transport.tcp_framing import MAX_FRAME, Deframer, framed
from tests.support.transport_server import WAIT, TransportServer, signed_check

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[TransportServer]:
    server = TransportServer(tcp=True)
    yield server
    await server.close()


class Client:
    """The active end of one TCP connection; ``packets`` are those that are not for DTLS or SRTP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.certificate = RTCCertificate.generateCertificate()
        self.pipe = DatagramPipe(self.send)
        self.dtls = cast(Any, RTCDtlsTransport(cast(Any, self.pipe), [self.certificate]))
        self.dtls._set_role("client")
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()
        self.dtls._handle_rtp_data = self._keep
        self._task = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def connect(cls, server: TransportServer, host: str = "127.0.0.1") -> Client:
        return cls(*await asyncio.open_connection(host, server.mux.port))

    async def _read(self) -> None:
        deframer = Deframer()
        while data := await self.reader.read(65536):
            for packet in deframer.feed(data):
                if packet[0] < 4 or not self.pipe.feed(packet):
                    self.packets.put_nowait(packet)

    async def _keep(self, data: bytes, arrival_time_ms: int) -> None:
        self.rtp.put_nowait(data)

    def send(self, data: bytes) -> None:
        self.writer.write(framed(data))

    def join(self, server: TransportServer) -> ParticipantTransport:
        """A transport on the server for this client, and the check that leads to it."""
        offer = build_offer(
            [Line("audio", 7), Line("audio")], Credentials("abcd", "p" * 24, sha256_fingerprint(self.certificate))
        )
        transport, _ = server.add(parse_offer(offer))
        self.send(check(transport))
        return transport

    async def hung_up(self) -> None:
        """Wait until the server closes the connection."""
        await asyncio.wait_for(self._task, WAIT)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))
        await self.dtls.stop()
        self.writer.close()


def check(transport: ParticipantTransport) -> bytes:
    credentials = transport.ice_credentials
    return signed_check(credentials.username, credentials.local_pwd)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_media_flows_both_ways(server: TransportServer, host: str) -> None:
    client = await Client.connect(server, host)
    transport = client.join(server)
    response = await asyncio.wait_for(client.packets.get(), WAIT)
    assert response[:2] == b"\x01\x01"
    fingerprint = RTCDtlsFingerprint("sha-256", sha256_fingerprint(server.certificate))
    await asyncio.wait_for(client.dtls.start(RTCDtlsParameters([fingerprint], "server")), WAIT)
    await server.until(lambda: transport.connected)
    assert isinstance(transport.address, TcpAddress) and transport.address.host == host

    packet = struct.pack("!BBHLL", 0x80, 111, 1, 960, 7) + b"sound"
    await client.dtls._send_rtp(packet)
    await server.until(lambda: server.rtp == [packet])

    assert transport.sender is not None
    header = struct.pack("!BBHLL", 0x80, 111, 1, 960, 1001)
    server.mux.sendto(transport.sender.protect(header, b"more sound", 1001, 1), transport.address)
    assert await asyncio.wait_for(client.rtp.get(), WAIT) == header + b"more sound"
    server.mux.unregister(transport)
    await client.hung_up()
    await client.close()


async def test_a_connection_that_breaks_gives_way_to_another_one(server: TransportServer) -> None:
    first, second = await Client.connect(server), await Client.connect(server)
    transport = first.join(server)
    await asyncio.wait_for(first.packets.get(), WAIT)
    second.send(check(transport))
    await asyncio.wait_for(second.packets.get(), WAIT)
    selected = transport.address
    assert selected is not None and server.mux.socket_for(selected).sendto(b"x", selected) == 1
    await second.close()
    await server.until(lambda: transport.address != selected)
    assert transport.address is not None and transport.address[1] == first.writer.get_extra_info("sockname")[1]
    with pytest.raises(OSError, match="closed"):
        server.mux.socket_for(selected).sendto(b"x", selected)
    await first.close()
    await server.until(lambda: not server.mux._by_source)


async def test_only_checks_open_the_door(server: TransportServer) -> None:
    noise, silent_length = await Client.connect(server), await Client.connect(server)
    noise.send(b"\x80 media before anything else")
    silent_length.writer.write((MAX_FRAME + 1).to_bytes(2, "big"))
    await noise.hung_up()
    await silent_length.hung_up()
    chatty = await Client.connect(server)
    for _ in range(tcp.MAX_UNPROVEN_FRAMES + 1):
        chatty.send(signed_check("nobody:knows", "p" * 24))
    await chatty.hung_up()
    assert server.drops == {
        "tcp-no-proof": 2,
        "tcp-frame-too-large": 1,
        "stun-unknown-username": tcp.MAX_UNPROVEN_FRAMES,
    }
    for client in (noise, silent_length, chatty):
        await client.close()


async def test_who_says_nothing_is_shown_out(server: TransportServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "PROOF_S", 0.05)
    silent = await Client.connect(server)
    await silent.hung_up()
    assert server.drops == {"tcp-no-proof": 1}
    await silent.close()


async def test_nobody_holds_all_places(server: TransportServer) -> None:
    held = [await Client.connect(server) for _ in range(tcp.MAX_UNPROVEN_PER_HOST)]
    refused = await Client.connect(server)
    await refused.hung_up()
    assert server.drops == {"tcp-too-many": 1}
    other_host = await Client.connect(server, "::1")
    transport = other_host.join(server)
    await asyncio.wait_for(other_host.packets.get(), WAIT)
    # One who proved who it is takes no place any more.
    held[0].send(check(transport))
    await asyncio.wait_for(held[0].packets.get(), WAIT)
    late = await Client.connect(server)
    late.send(check(transport))
    await asyncio.wait_for(late.packets.get(), WAIT)
    for client in (*held, refused, other_host, late):
        await client.close()


async def test_a_participant_keeps_a_few_connections(server: TransportServer) -> None:
    first = await Client.connect(server)
    transport = first.join(server)
    clients = [first]
    for _ in range(MAX_ADDRESSES + 2):
        await asyncio.wait_for(clients[-1].packets.get(), WAIT)
        clients.append(await Client.connect(server))
        clients[-1].send(check(transport))
    await first.hung_up()
    for client in clients:
        await client.close()


async def test_a_slow_reader_loses_whole_packets_and_never_takes_memory(
    server: TransportServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", server.mux.port))
        stranger = await Client.connect(server)
        transport = stranger.join(server)
        await loop.sock_sendall(slow, framed(check(transport)))
        await asyncio.wait_for(stranger.packets.get(), WAIT)
        place = slow.getsockname()
        await server.until(lambda: transport.address is not None and transport.address[:2] == place)
        address = transport.address
        assert address is not None
        way = server.mux.socket_for(address)
        sent = []
        with pytest.raises(BlockingIOError):
            for number in range(10_000):
                packet = number.to_bytes(4, "big") * 300
                way.sendto(packet, address)
                sent.append(packet)
        assert isinstance(way, tcp_connection.TcpConnection) and len(way._waiting) <= tcp_connection.MAX_WAITING
        assert way.sendto(b"sound", address) == 5, "small packets still have room"

        deframer, seen = Deframer(), []
        while b"sound" not in seen:
            data = await asyncio.wait_for(loop.sock_recv(slow, 65536), WAIT)
            seen += [packet for packet in deframer.feed(data) if packet[0] != 1 or packet[1] != 1]
        assert seen == [*sent, b"sound"]

        monkeypatch.setattr(tcp_connection, "STALLED_S", -1.0)
        with pytest.raises(BlockingIOError):
            while True:
                way.sendto(bytes(1200), address)
        await server.until(lambda: server.mux._by_source.get(address) is None)
        await stranger.close()


async def test_the_port_is_free_again_after_the_end() -> None:
    server = TransportServer(tcp=True)
    clients = [await Client.connect(server) for _ in range(3)]
    await server.close()
    for client in clients:
        await client.hung_up()
        await client.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", server.mux.port))


def test_it_runs_on_uvloop() -> None:
    async def scenario() -> None:
        server = TransportServer(tcp=True)
        client = await Client.connect(server)
        transport = client.join(server)
        await asyncio.wait_for(client.packets.get(), WAIT)
        await server.until(lambda: isinstance(transport.address, TcpAddress))
        await client.close()
        await server.until(lambda: not server.mux._by_source)
        await server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
