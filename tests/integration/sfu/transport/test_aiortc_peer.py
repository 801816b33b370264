"""A participant's transport against a second implementation: aiortc's RTCPeerConnection, over loopback."""

from __future__ import annotations

import asyncio
import logging
import os
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
from aioice import stun
from aiortc import RTCCertificate, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from av import AudioFrame

from sfu.transport.dtls import sha256_fingerprint
from sfu.transport.ice_lite import Address, new_credentials
from sfu.transport.participant_transport import CloseReason, ParticipantTransport
from sfu.transport.sdp import Candidate, LocalParameters, Offer, SlotStreams, build_answer, parse_offer
from sfu.transport.udp import UdpMux

pytestmark = pytest.mark.integration

WAIT = 15.0


class Server:
    """One participant's end, with what it reported."""

    def __init__(self) -> None:
        self.drops: Counter[str] = Counter()
        self.events: list[str] = []
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.changed = asyncio.Condition()
        self.now_offset = 0.0
        self.mux = UdpMux.bind(["127.0.0.1", "::1"], 0, count_drop=self.count, clock=self.clock)
        self.mux.start(asyncio.get_running_loop())
        self.certificate = RTCCertificate.generateCertificate()
        self.transports: list[ParticipantTransport] = []
        self._notices: set[asyncio.Task[None]] = set()

    def clock(self) -> float:
        return asyncio.get_running_loop().time() + self.now_offset

    def count(self, reason: str) -> None:
        self.drops[reason] += 1
        self.notify()

    def notify(self) -> None:
        async def wake() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = asyncio.get_running_loop().create_task(wake())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(condition)

    def add(self, offer: Offer) -> tuple[ParticipantTransport, str]:
        """A transport for the offer, and the password of its ICE end."""
        ufrag, password = new_credentials(os.urandom)

        def on_event(name: str) -> Callable[[], None]:
            def report() -> None:
                self.events.append(name)
                self.notify()

            return report

        def on_closed(reason: CloseReason) -> None:
            on_event(reason)()

        def on_rtp(data: bytes, now: float) -> None:
            self.rtp.append(data)
            self.notify()

        def on_rtcp(data: bytes, now: float) -> None:
            self.rtcp.append(data)
            self.notify()

        transport = ParticipantTransport(
            offer=offer,
            certificate=self.certificate,
            ice_ufrag=ufrag,
            ice_pwd=password,
            send=self.mux.sendto,
            clock=self.clock,
            on_connected=on_event("connected"),
            on_disconnected=on_event("disconnected"),
            on_reconnected=on_event("reconnected"),
            on_closed=on_closed,
            on_rtp=on_rtp,
            on_rtcp=on_rtcp,
            on_address=lambda address: on_event("moved")(),
            count_drop=self.count,
        )
        self.mux.register(transport)
        self.transports.append(transport)
        return transport, password

    def answer(self, offer: Offer, transport: ParticipantTransport, password: str) -> str:
        local = LocalParameters(
            ice_ufrag=transport.ice_credentials.local_ufrag,
            ice_pwd=password,
            fingerprint_sha256=sha256_fingerprint(self.certificate),
            candidates=(Candidate("127.0.0.1", self.mux.port), Candidate("::1", self.mux.port)),
        )
        slots = {
            line.mid: SlotStreams(1000 + line.index, 2000 + line.index, "podium", f"s{line.mid} t{line.mid}")
            for line in offer.receiving
        }
        return build_answer(offer, local, slots)

    async def close(self) -> None:
        for transport in self.transports:
            self.mux.unregister(transport)
            await transport.close()
        self.mux.close()
        await asyncio.gather(*self._notices)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
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


async def negotiate(server: Server, peer: RTCPeerConnection) -> tuple[ParticipantTransport, str, Offer]:
    await peer.setLocalDescription(await peer.createOffer())
    offer = parse_offer(peer.localDescription.sdp)
    transport, password = server.add(offer)
    answer = server.answer(offer, transport, password)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    return transport, password, offer


def dtls_of(peer: RTCPeerConnection) -> RTCDtlsTransport:
    return peer.getTransceivers()[0].sender.transport


def check(transport: ParticipantTransport, password: str, offer: Offer) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{transport.ice_credentials.local_ufrag}:{offer.ice_ufrag}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


@pytest.mark.parametrize("profile", ["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"])
async def test_media_flows_both_ways(server: Server, peer: RTCPeerConnection, profile: str) -> None:
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
    server: Server, peer: RTCPeerConnection, caplog: pytest.LogCaptureFixture
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
    server: Server, peer: RTCPeerConnection
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


async def test_a_participant_cannot_take_the_address_of_another(server: Server, peer: RTCPeerConnection) -> None:
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


async def test_consent_is_lost_found_and_expires(server: Server, peer: RTCPeerConnection) -> None:
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


async def test_a_peer_that_leaves_is_noticed_at_once(server: Server, peer: RTCPeerConnection) -> None:
    transport, _, _ = await negotiate(server, peer)
    # Media from the peer tells that its end of the handshake is done as well.
    await server.until(lambda: bool(server.rtp))
    await peer.close()
    await server.until(lambda: server.events[-1] == "dtls-closed")
    assert not transport.connected


async def test_a_handshake_that_never_ends_is_given_up(server: Server, peer: RTCPeerConnection) -> None:
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


async def test_one_with_another_certificate_is_refused(server: Server, peer: RTCPeerConnection) -> None:
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
    server = Server()
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
