"""The shared port: who gets a datagram, and what happens when the kernel says no."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvloop

from sfu.errors import CannotStart
from sfu.transport.ice_lite import DISCONNECTED_AFTER, MAX_ADDRESSES, Address
from sfu.transport.udp import UdpMux

pytestmark = pytest.mark.integration

GOOD = b"good"


def check(ufrag: str, proof: bytes = GOOD) -> bytes:
    """A datagram with the head of a connectivity check; ``proof`` stands for its integrity."""
    name = f"{ufrag}:peer".encode()
    body = struct.pack("!HH", 6, len(name)) + name + bytes(-len(name) % 4) + proof
    return struct.pack("!HHI12s", 1, len(body), 0x2112A442, bytes(12)) + body


def socket_for(mux: UdpMux, address: Address) -> socket.socket:
    way = mux.socket_for(address)
    assert isinstance(way, socket.socket)
    return way


class Participant:
    """Believes checks that end in `GOOD`, answers them, and keeps what it gets."""

    def __init__(self, ufrag: str, mux: UdpMux) -> None:
        self.ice_ufrags: tuple[str, ...] = (ufrag,)
        self.received: list[tuple[bytes, Address]] = []
        self.checks: dict[Address, float] = {}
        self._mux = mux

    def handle_datagram(self, data: bytes, source: Address, now: float) -> None:
        self.received.append((data, source))
        if data[0] < 4:
            if data.endswith(GOOD):
                self.checks[source] = now
                if len(self.checks) > MAX_ADDRESSES:
                    del self.checks[next(iter(self.checks))]
            self._mux.sendto(b"seen", source)

    def knows(self, address: Address) -> bool:
        return address in self.checks

    def last_check_from(self, address: Address) -> float | None:
        return self.checks.get(address)

    def forget(self, address: Address) -> None:
        self.checks.pop(address, None)


class Port:
    def __init__(self, listen: list[str]) -> None:
        self.drops: Counter[str] = Counter()
        self.now = 100.0
        self.batches = 0
        self.mux = UdpMux.bind(
            listen, 0, count_drop=lambda reason: self.drops.update([reason]), clock=lambda: self.now
        )
        self.mux.on_batch_end = self._count_batch
        self._changed = asyncio.Event()
        self.mux.start(asyncio.get_running_loop())

    def _count_batch(self) -> None:
        self.batches += 1
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    port = Port(["127.0.0.1", "::1"])
    yield port
    port.mux.close()


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        yield client


def test_both_families_share_a_free_port() -> None:
    mux = UdpMux.bind(["127.0.0.1", "::1"], 0)
    assert mux.port > 0
    assert socket_for(mux, ("127.0.0.1", 1)).getsockname()[1] == mux.port
    assert socket_for(mux, ("::1", 1, 0, 0)).getsockname()[1] == mux.port
    assert socket_for(mux, ("::1", 1, 0, 0)).family == socket.AF_INET6
    mux.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_use_is_named(host: str) -> None:
    first = UdpMux.bind([host], 0)
    with pytest.raises(CannotStart, match=f"UDP port {first.port} of {host} is already in use"):
        UdpMux.bind(["127.0.0.1", "::1"], first.port)
    first.close()
    UdpMux.bind(["127.0.0.1", "::1"], first.port).close()


def test_addresses_of_other_machines_are_left_out() -> None:
    mux = UdpMux.bind(["198.51.100.77", "127.0.0.1", "2001:db8::77"], 0)
    assert socket_for(mux, ("127.0.0.1", 1)).getsockname()[0] == "127.0.0.1"
    mux.close()
    with pytest.raises(CannotStart, match=r"None of the addresses .* 198\.51\.100\.77"):
        UdpMux.bind(["198.51.100.77"], 0)
    with pytest.raises(CannotStart, match="none given"):
        UdpMux.bind([], 0)


@pytest.mark.parametrize("host", ["localhost", "1.2.3", "example.invalid", "", "x" * 300, "127.0.0.1\0"])
def test_what_is_no_address_is_named(host: str) -> None:
    with pytest.raises(CannotStart, match="not an IP address"):
        UdpMux.bind([host], 0)


async def test_an_address_is_learnt_by_a_valid_check_only(port: Port, client: socket.socket) -> None:
    participant = Participant("alice", port.mux)
    port.mux.register(participant)
    server = ("127.0.0.1", port.mux.port)
    client.sendto(b"\x80 before", server)
    client.sendto(check("nobody"), server)
    client.sendto(b"\x00\x01 not stun", server)
    client.sendto(check("alice", b"evil"), server)
    client.sendto(b"\x80 still unknown", server)
    client.sendto(check("alice"), server)
    client.sendto(b"\x80 media", server)
    await port.until(lambda: len(participant.received) == 3)
    assert port.drops == {"unknown-source": 2, "stun-unknown-username": 1, "stun-malformed": 1}
    assert [data for data, _ in participant.received] == [check("alice", b"evil"), check("alice"), b"\x80 media"]
    assert participant.received[2][1] == client.getsockname()
    assert port.batches >= 1

    port.mux.unregister(participant)
    port.mux.unregister(participant)
    client.sendto(b"\x80 after", server)
    client.sendto(check("alice"), server)
    await port.until(lambda: port.drops["stun-unknown-username"] == 2)
    assert port.drops["unknown-source"] == 3 and len(participant.received) == 3


async def test_the_address_of_a_live_participant_is_not_given_away(port: Port, client: socket.socket) -> None:
    alice, bob = Participant("alice", port.mux), Participant("bob", port.mux)
    port.mux.register(alice)
    port.mux.register(bob)
    server = ("127.0.0.1", port.mux.port)
    client.sendto(check("alice"), server)
    client.sendto(check("bob"), server)
    client.sendto(b"\x80 for alice", server)
    await port.until(lambda: len(alice.received) == 2)
    assert port.drops == {"address-in-use": 1} and bob.received == []

    port.now += DISCONNECTED_AFTER
    client.sendto(check("bob"), server)
    client.sendto(b"\x80 for bob", server)
    await port.until(lambda: len(bob.received) == 2)
    port.mux.unregister(alice)
    client.sendto(b"\x80 for bob", server)
    await port.until(lambda: len(bob.received) == 3)


async def test_forgotten_addresses_leave_no_trace(port: Port) -> None:
    participant = Participant("alice", port.mux)
    port.mux.register(participant)
    for _ in range(MAX_ADDRESSES * 3):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(check("alice"), ("127.0.0.1", port.mux.port))
    await port.until(lambda: len(participant.received) == MAX_ADDRESSES * 3)
    assert len(port.mux._by_source) <= MAX_ADDRESSES + 1
    port.mux.unregister(participant)
    assert not port.mux._by_source and not port.mux._learnt


def test_a_fragment_is_registered_once() -> None:
    mux = UdpMux.bind(["127.0.0.1"], 0)
    mux.register(Participant("alice", mux))
    with pytest.raises(ValueError, match="in use"):
        mux.register(Participant("alice", mux))
    mux.unregister(Participant("alice", mux))
    with pytest.raises(ValueError, match="in use"):
        mux.register(Participant("alice", mux))
    mux.close()


async def test_a_send_that_fails_is_counted(port: Port) -> None:
    port.mux.sendto(bytes(70_000), ("127.0.0.1", 9))
    port.mux.sendto(b"x", ("127.0.0.1", 0))
    port.mux.sendto(b"x", ("198.51.100.1", 9))
    assert port.drops["send-emsgsize"] == 1 and port.drops["send-einval"] >= 1
    assert sum(port.drops.values()) in (2, 3)


async def test_an_answer_leaves_from_the_address_that_was_asked() -> None:
    port = Port(["127.0.0.1", "127.0.0.2"])
    participant = Participant("alice", port.mux)
    port.mux.register(participant)
    for host in ("127.0.0.2", "127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.sendto(check("alice"), (host, port.mux.port))
            data, sender = await asyncio.get_running_loop().sock_recvfrom(client, 100)
            assert (data, sender) == (b"seen", (host, port.mux.port))
            assert port.mux.socket_for(client.getsockname()) is not None
            client.sendto(check("alice", b"evil"), (host, port.mux.port))
            await asyncio.get_running_loop().sock_recvfrom(client, 100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        stranger.sendto(check("alice", b"evil"), ("127.0.0.2", port.mux.port))
        await asyncio.get_running_loop().sock_recvfrom(stranger, 100)
    assert len(port.mux._socket_of) == 2
    port.mux.unregister(participant)
    assert not port.mux._socket_of
    port.mux.close()


async def test_a_flood_of_noise_is_counted_to_the_last_datagram(port: Port, client: socket.socket) -> None:
    for length in range(1, 300):
        client.sendto(os.urandom(length), ("127.0.0.1", port.mux.port))
    await port.until(lambda: sum(port.drops.values()) == 299)
    assert set(port.drops) <= {"unknown-source", "stun-malformed", "stun-unknown-username"}


def test_it_runs_on_uvloop(client: socket.socket) -> None:
    async def scenario() -> None:
        port = Port(["127.0.0.1", "::1"])
        participant = Participant("alice", port.mux)
        port.mux.register(participant)
        for number in range(200):
            client.sendto(check("alice") if number == 0 else b"\x80 media", ("127.0.0.1", port.mux.port))
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
            other.sendto(check("alice"), ("::1", port.mux.port))
            await port.until(lambda: len(participant.received) == 201)
            assert any(len(address) == 4 for address in participant.checks)
        port.mux.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
