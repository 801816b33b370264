"""Finding the public address: a STUN server of our own, one that is silent, and one that is not there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import cast

import pytest
from aioice import stun

from sfu.config import MediaConfig
from sfu.messages import Connect, Connected
from sfu.plane import MediaPlane
from sfu.transport import public_address
from sfu.transport.addresses import Mapped
from sfu.transport.public_address import PublicAddress
from sfu.transport.udp import UdpMux
from tests.support.aiortc_peer import AiortcPeer

pytestmark = pytest.mark.integration

PUBLIC = "203.0.113.5"


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody an address of another network, and the port they have."""

    def __init__(self) -> None:
        self.asked_from: list[int] = []
        self.lose = 0
        """So many questions are not answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        host, port = transport.get_extra_info("sockname")
        self.name = f"{host}:{port}"

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked_from.append(addr[1])
        if len(self.asked_from) <= self.lose:
            return
        request = stun.parse_message(data)
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = (PUBLIC, addr[1] + 1)
        self.transport.sendto(bytes(answer), addr)


@pytest.fixture
async def stun_server() -> AsyncIterator[StunServer]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        StunServer, local_addr=("127.0.0.1", 0)
    )
    yield server
    transport.close()


@pytest.fixture
async def mux() -> AsyncIterator[UdpMux]:
    mux = UdpMux.bind(["127.0.0.1", "::1"], 0)
    mux.start(asyncio.get_running_loop())
    yield mux
    mux.close()


async def test_the_port_itself_asks_and_a_change_is_told(
    stun_server: StunServer, mux: UdpMux, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_address, "RETRANSMIT_AT_S", (0.01, 5.0))
    stun_server.lose = 1
    told: list[Mapped] = []
    public = PublicAddress(stun_server.name, mux, told.append)
    await public.ask()
    assert stun_server.asked_from == [mux.port] * 2
    await public.ask()
    assert told == [(PUBLIC, mux.port + 1)] and mux.on_stun_response is None


async def test_a_server_that_fails_is_named_once(
    stun_server: StunServer, mux: UdpMux, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(public_address, "RETRANSMIT_AT_S", (0.01, 0.01))
    stun_server.lose = 100
    for name in (stun_server.name, "x" * 70):
        caplog.clear()
        public = PublicAddress(name, mux, lambda mapped: pytest.fail(str(mapped)))
        await public.ask()
        await public.ask()
        [record] = caplog.records
        assert record.levelno == logging.WARNING and name in record.getMessage()


async def test_clients_are_told_the_public_address(stun_server: StunServer) -> None:
    plane = MediaPlane(
        MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"], stun_server=stun_server.name), lambda event: None
    )
    await plane.start()
    peer = AiortcPeer.subscriber()
    try:
        offer, sources = await peer.offer()
        reply = await plane.request(Connect(session_id="s", participant_id="p", offer=offer, sources=sources))
        assert isinstance(reply, Connected)
        [port] = stun_server.asked_from
        for place in (f"udp 2130706431 {PUBLIC} {port + 1} typ host", f" 127.0.0.1 {port} typ host"):
            assert place in reply.answer
    finally:
        await peer.close()
        await plane.stop()
