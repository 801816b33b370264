"""A participant's transport against a second implementation: aiortc's RTCPeerConnection, over loopback."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator

import pytest
from aioice import stun
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from av import AudioFrame

from sfu.transport.ice_lite import Address, Credentials
from sfu.transport.participant_transport import ParticipantTransport
from sfu.transport.sdp import Offer, parse_offer
from tests.support.transport_server import WAIT, TransportServer, signed_check

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[TransportServer]:
    server = TransportServer()
    yield server
    await server.close()


@pytest.fixture
async def peer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RTCPeerConnection]:
    # aiortc gathers no loopback addresses by itself.
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    connection = RTCPeerConnection()
    connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
    connection.addTransceiver("audio", direction="recvonly")
    connection.addTransceiver("video", direction="recvonly")
    yield connection
    await connection.close()


async def negotiate(server: TransportServer, peer: RTCPeerConnection) -> tuple[ParticipantTransport, str, Offer]:
    await peer.setLocalDescription(await peer.createOffer())
    offer = parse_offer(peer.localDescription.sdp)
    transport, password = server.add(offer)
    answer = server.answer(offer, transport, password)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    return transport, password, offer


def dtls_of(peer: RTCPeerConnection) -> RTCDtlsTransport:
    return peer.getTransceivers()[0].sender.transport


def check(transport: ParticipantTransport, password: str, offer: Offer) -> bytes:
    return signed_check(f"{transport.ice_credentials.local_ufrag}:{offer.ice_ufrag}", password)


@pytest.mark.parametrize("profile", ["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"])
async def test_media_flows_both_ways(server: TransportServer, peer: RTCPeerConnection, profile: str) -> None:
    dtls = dtls_of(peer)
    if profile == "AES128_CM_SHA1_80":
        dtls._srtp_profiles = [item for item in dtls._srtp_profiles if b"_CM_" in item.openssl_profile]
    transport, _, offer = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    assert server.events == ["connected"]
    assert transport.sender is not None and transport.sender.profile == profile
    await server.until(lambda: len(server.rtp) >= 5 and len(server.rtcp) >= 1)
    publishing = offer.sending[0]
    for packet in server.rtp:
        assert packet[1] & 0x7F == publishing.codecs[0].payload_type
        assert struct.unpack_from("!L", packet, 8)[0] == publishing.ssrc

    slot = offer.receiving[0]
    received = peer.getTransceivers()[1].receiver
    frames = received.track
    assert transport.address is not None
    silence = b"\xf8\xff\xfe"
    for number in range(65_530, 65_560):
        header = struct.pack(
            "!BBHLL",
            0x80,
            slot.codecs[0].payload_type,
            number & 0xFFFF,
            number * 960,
            1000 + slot.index,
        )
        server.mux.sendto(transport.sender.protect(header, silence, 1000 + slot.index, number), transport.address)
    frame = await asyncio.wait_for(frames.recv(), WAIT)
    assert isinstance(frame, AudioFrame) and frame.sample_rate == 48000
    transport.send_rtcp(struct.pack("!BBHL", 0x80, 201, 1, 1000 + slot.index))
    sources = [source.source for source in received.getSynchronizationSources()]
    assert sources == [1000 + slot.index]


async def test_garbage_does_not_disturb(
    server: TransportServer, peer: RTCPeerConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    transport, password, offer = await negotiate(server, peer)
    loop = asyncio.get_running_loop()
    noise, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", server.mux.port)
    )
    good = check(transport, password, offer)
    hello = bytes.fromhex("16feff0000000000000000") + bytes([0, 60]) + os.urandom(60)
    sent = 0
    for length in range(1, 200):
        for datagram in (
            os.urandom(length),
            good[:length],
            good[:20] + os.urandom(length),
            hello[:length],
            b"\x80" + os.urandom(length),
            b"\x80\xc8" + os.urandom(length),
        ):
            if datagram != good:
                noise.sendto(datagram)
                sent += 1
    wrong = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    wrong.attributes["USERNAME"] = f"nobody:{offer.ice_ufrag}"
    wrong.add_message_integrity(b"whatever")
    noise.sendto(bytes(wrong))
    await server.until(lambda: transport.connected and len(server.rtp) >= 5)
    await server.until(lambda: server.drops["stun-unknown-username"] >= 1)
    assert server.events == ["connected"]

    # The same from the address of the participant itself, as one who can forge it would.
    home = transport.address
    assert home is not None
    for length in range(1, 100):
        for datagram in (os.urandom(length), good[:length], hello[:length], b"\x80" + os.urandom(length)):
            transport.handle_datagram(datagram, home, server.clock())
    heard = len(server.rtp)
    await server.until(lambda: len(server.rtp) >= heard + 5)
    assert transport.connected and transport.address == home and server.events == ["connected"]
    assert caplog.records == []
    noise.close()


async def test_a_valid_check_moves_the_connection_and_an_invalid_one_does_not(
    server: TransportServer, peer: RTCPeerConnection
) -> None:
    transport, password, offer = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    home = transport.address
    loop = asyncio.get_running_loop()
    replies: asyncio.Queue[bytes] = asyncio.Queue()

    class Other(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Address) -> None:
            replies.put_nowait(data)

    other, _ = await loop.create_datagram_endpoint(Other, remote_addr=("::1", server.mux.port))
    other.sendto(check(transport, "a guess of the password", offer))
    await server.until(lambda: server.drops["stun-bad-integrity"] == 1)
    assert transport.address == home and not transport.knows(other.get_extra_info("sockname"))

    other.sendto(check(transport, password, offer))
    response = stun.parse_message(await asyncio.wait_for(replies.get(), WAIT))
    assert response.message_class is stun.Class.RESPONSE
    assert transport.address == other.get_extra_info("sockname")
    assert transport.connected and server.events == ["connected", "moved"]
    other.close()


async def test_nobody_can_take_the_address_of_another(server: TransportServer, peer: RTCPeerConnection) -> None:
    transport, _, offer = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    home = transport.address
    assert home is not None
    other, other_password = server.add(offer)
    forged = check(other, other_password, offer)
    server.mux._handle_stun(forged, home, None)
    assert server.drops["address-in-use"] == 1 and other.address is None
    heard = len(server.rtp)
    await server.until(lambda: len(server.rtp) >= heard + 3)


async def test_a_restart_keeps_the_keys_and_ends_the_old_credentials(
    server: TransportServer, peer: RTCPeerConnection
) -> None:
    transport, password, offer = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    home, keys = transport.address, transport.sender
    assert home is not None
    old = check(transport, password, offer)
    transport.restart_ice(Credentials("serverTwo", "p" * 24, "peerTwo"))
    server.mux.register(transport)
    assert transport.ice_credentials.local_ufrag == "serverTwo"
    new = signed_check("serverTwo:peerTwo", "p" * 24)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.connect(("::1", server.mux.port))
        loop = asyncio.get_running_loop()
        transport.handle_datagram(old, home, server.clock())
        assert transport.address == home, "the old credentials serve until the new ones are used"
        for number in range(2):
            await loop.sock_sendall(other, new)
            response = stun.parse_message(await asyncio.wait_for(loop.sock_recv(other, 2048), WAIT))
            assert response.message_class is stun.Class.RESPONSE, number
            assert response.check_message_integrity(b"p" * 24)
        assert transport.address == other.getsockname() and server.events == ["connected", "moved"]
    assert transport.sender is keys and transport.connected
    transport.handle_datagram(old, home, server.clock())
    assert server.drops["stun-wrong-username"] == 1 and transport.address != home
    heard = len(server.rtp)
    await server.until(lambda: len(server.rtp) >= heard + 5)
    server.mux.unregister(transport)
    assert not server.mux._by_ufrag and not server.mux._by_source


async def test_consent_is_lost_found_and_expires(server: TransportServer, peer: RTCPeerConnection) -> None:
    transport, password, offer = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    home = transport.address
    assert home is not None
    server.now_offset = 10.5
    transport.tick(server.clock())
    transport.tick(server.clock())
    assert server.events == ["connected", "disconnected"] and not transport.connected
    transport.handle_datagram(check(transport, password, offer), home, server.clock())
    assert server.events[-1] == "reconnected" and transport.connected
    transport.tick(server.clock())
    transport.tick(server.clock() + 31)
    transport.tick(server.clock() + 32)
    assert server.events == ["connected", "disconnected", "reconnected", "consent-expired"]
    assert transport.sender is None and transport.address is None
    transport.handle_datagram(check(transport, password, offer), home, server.clock())
    transport.send_rtcp(struct.pack("!BBHL", 0x80, 201, 1, 1))
    assert transport.address is None


async def test_a_peer_that_leaves_is_noticed_at_once(server: TransportServer, peer: RTCPeerConnection) -> None:
    transport, _, _ = await negotiate(server, peer)
    # Media from the peer tells that its end of the handshake is done as well.
    await server.until(lambda: bool(server.rtp))
    await peer.close()
    await server.until(lambda: server.events[-1] == "dtls-closed")
    assert not transport.connected


async def test_a_handshake_that_never_ends_is_given_up(server: TransportServer, peer: RTCPeerConnection) -> None:
    await peer.setLocalDescription(await peer.createOffer())
    offer = parse_offer(peer.localDescription.sdp)
    transport, password = server.add(offer)
    start = server.clock()
    transport.handle_datagram(check(transport, password, offer), ("127.0.0.1", 9), start)
    transport.tick(start + 19.9)
    assert server.events == []
    transport.handle_datagram(check(transport, password, offer), ("127.0.0.1", 9), start + 19.9)
    transport.tick(start + 20)
    assert server.events == ["dtls-failed"]


async def test_one_with_another_certificate_is_refused(server: TransportServer, peer: RTCPeerConnection) -> None:
    await peer.setLocalDescription(await peer.createOffer())
    sdp = peer.localDescription.sdp
    genuine = parse_offer(sdp)
    value = next(value for algorithm, value in genuine.fingerprints if algorithm == "sha-256")
    offer = parse_offer(sdp.replace(value, ":".join(["00"] * 32)))
    transport, password = server.add(offer)
    answer = server.answer(offer, transport, password)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await server.until(lambda: server.events == ["dtls-failed"])
    assert transport.sender is None and server.rtp == []


async def test_nothing_is_left_after_close(peer: RTCPeerConnection) -> None:
    before = asyncio.all_tasks()
    server = TransportServer()
    transport, _, _ = await negotiate(server, peer)
    await server.until(lambda: transport.connected)
    goodbye = asyncio.Event()
    dtls = dtls_of(peer)
    dtls.on("statechange", lambda: goodbye.set() if dtls.state == "closed" else None)
    await asyncio.gather(transport.close(), transport.close())
    await asyncio.wait_for(goodbye.wait(), WAIT)
    await transport.close()
    await server.close()
    await peer.close()
    left = {task for task in asyncio.all_tasks() - before if "sfu" in repr(task.get_coro())}
    assert left == set()
    assert server.events == ["connected"]
