"""Hostile DTLS from a peer with valid ICE credentials: it ends that peer's handshake, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections import Counter

import pytest
from aioice import stun
from OpenSSL import SSL

from sfu.transport.aiortc_parts import SRTP_AES128_CM_SHA1_80, RTCCertificate
from sfu.transport.dtls import QUEUE_SIZE
from sfu.transport.ice_lite import Address, new_credentials
from sfu.transport.participant_transport import ParticipantTransport
from sfu.transport.sdp import Offer

pytestmark = pytest.mark.integration

PEER: Address = ("192.0.2.1", 4000)
CERTIFICATE = RTCCertificate.generateCertificate()


class Side:
    """A transport that is past its first connectivity check; its datagrams are kept."""

    def __init__(self, fingerprints: tuple[tuple[str, str], ...]) -> None:
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()
        self.events: list[str] = []
        self.drops: Counter[str] = Counter()
        ufrag, password = new_credentials(os.urandom)
        offer = Offer(
            ice_ufrag="peer",
            ice_pwd="x" * 22,
            fingerprints=fingerprints,
            setup="actpass",
            media=(),
            lines=(),
            bundle=(),
        )
        self.transport = ParticipantTransport(
            offer=offer,
            certificate=CERTIFICATE,
            ice_ufrag=ufrag,
            ice_pwd=password,
            send=lambda data, address: self.sent.put_nowait(data),
            clock=lambda: 0.0,
            on_connected=lambda: self.events.append("connected"),
            on_disconnected=lambda: None,
            on_reconnected=lambda: None,
            on_closed=self.events.append,
            on_rtp=lambda data, now: None,
            on_rtcp=lambda data, now: None,
            on_address=lambda address: None,
            count_drop=lambda reason: self.drops.update([reason]),
        )
        check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        check.attributes["USERNAME"] = f"{ufrag}:peer"
        check.add_message_integrity(password.encode())
        self.take(bytes(check))
        assert self.sent.get_nowait()[:2] == b"\x01\x01"

    def take(self, data: bytes) -> None:
        self.transport.handle_datagram(data, PEER, 0.0)


def client() -> SSL.Connection:
    certificate = RTCCertificate.generateCertificate()
    connection = SSL.Connection(certificate._create_ssl_context(srtp_profiles=[SRTP_AES128_CM_SHA1_80]))
    connection.set_connect_state()
    return connection


def flight(connection: SSL.Connection) -> list[bytes]:
    """What the client sends next."""
    with contextlib.suppress(SSL.WantReadError):
        connection.do_handshake()
    datagrams = []
    while True:
        try:
            datagrams.append(connection.bio_read(1500))
        except SSL.Error:
            return datagrams


async def settle() -> None:
    """Let the transport's task work off what it was given."""
    for _ in range(10):
        await asyncio.sleep(0)


def damage(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(1, len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.randint(14, len(changed))]) if chance.random() < 0.3 else bytes(changed)


async def test_damaged_handshakes_end_quietly(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    chance = random.Random(7)
    before = asyncio.all_tasks()
    for round_number in range(120):
        side, peer = Side((("sha-256", "00"),)), client()
        flights = flight(peer)
        if round_number % 2:
            # Get as far as the client's certificate and key exchange, and damage those.
            for datagram in flights:
                side.take(datagram)
            peer.bio_write(await asyncio.wait_for(side.sent.get(), 10))
            flights = flight(peer)
        for datagram in flights:
            side.take(damage(datagram, chance))
        side.take(b"\x16" + chance.randbytes(chance.randrange(100)))
        await settle()
        assert "connected" not in side.events and side.events in ([], ["dtls-failed"])
        await side.transport.close()
    assert asyncio.all_tasks() == before
    assert caplog.records == []


async def test_a_whole_handshake_with_the_wrong_certificate_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    side, peer = Side((("sha-256", ":".join(["00"] * 32)),)), client()
    for _ in range(2):
        for datagram in flight(peer):
            side.take(datagram)
        peer.bio_write(await asyncio.wait_for(side.sent.get(), 10))
    await settle()
    assert side.events == ["dtls-failed"] and side.transport.sender is None
    await side.transport.close()
    assert caplog.records == []


async def test_a_flood_before_the_handshake_is_bounded() -> None:
    side = Side((("sha-256", "00"),))
    for _ in range(QUEUE_SIZE + 100):
        side.take(b"\x16\xfe\xff" + bytes(100))
    side.take(b"\x80\x60" + bytes(50))
    side.take(b"\x50 what is this")
    assert side.drops == {"dtls-queue-full": 100, "before-handshake": 1, "unknown-protocol": 1}
    side.transport.handle_datagram(b"\x16\xfe\xff", ("192.0.2.99", 1), 0.0)
    side.transport.handle_datagram(b"\x80\x60" + bytes(50), ("192.0.2.99", 1), 0.0)
    assert side.drops["unknown-source"] == 2
    await side.transport.close()


async def test_a_bug_in_the_task_is_reported_and_costs_one_transport() -> None:
    side, peer = Side((("sha-256", "00"),)), client()
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    side.transport._send = lambda data, address: 1 / 0  # type: ignore[assignment]
    for datagram in flight(peer):
        side.take(datagram)
    await settle()
    assert side.events == ["dtls-failed"] and isinstance(reported[0], ZeroDivisionError)
    await side.transport.close()


@pytest.mark.parametrize("steps", range(6))
async def test_a_handshake_that_is_given_up_while_a_datagram_comes_ends(steps: int) -> None:
    """Whichever step of the event loop lies between the two: a cancellation may be lost there."""
    side, peer = Side((("sha-256", "00"),)), client()
    for datagram in flight(peer):
        side.take(datagram)
    peer.bio_write(await asyncio.wait_for(side.sent.get(), 10))
    await settle()
    side.take(flight(peer)[0][:20])
    for _ in range(steps):
        await asyncio.sleep(0)
    await asyncio.wait_for(side.transport.close(), 10)
