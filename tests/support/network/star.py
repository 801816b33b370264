"""One server, some clients, a link to each."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from tests.support.network.emulator import LinkEnds, Order, Report
from tests.support.network.impairment import Impairment
from tests.support.network.netns import Namespace
from tests.support.waiting import PATIENCE

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
ROOT = Path(__file__).resolve().parents[3]
SERVER_ADDRESS = "10.77.0.1"
SERVER_IPV6 = "fd77::1"


class Link:
    """The line between the server and one client. ``down`` is towards the client."""

    def __init__(self, network: Network, name: str, namespace: Namespace, address: str, device: str) -> None:
        self._network = network
        self._device = device
        self.name = name
        self.namespace = namespace
        self.address = address

    def move(self, address: str) -> None:
        """Give the client another address in place of the one it has, as another network would."""
        self._network.server.ip("route", "add", address, "dev", self._device, "src", SERVER_ADDRESS)
        # In this order: browsers know an address by its peer, and would take the deletion for that of the new one.
        self.namespace.ip("address", "delete", self.address, "peer", SERVER_ADDRESS, "dev", "eth0")
        self.namespace.ip("address", "add", address, "peer", SERVER_ADDRESS, "dev", "eth0")
        self.namespace.ip("route", "replace", "default", "dev", "eth0")
        self.address = address

    async def impair(self, *, down: Impairment | None = None, up: Impairment | None = None) -> None:
        """From now on; a direction that is not named stays as it is."""
        await self._network.order(Order(link=self.name, down=down, up=up))

    async def report(self) -> Report:
        """What happened to the packets since the link was made."""
        return await self._network.order(Order(link=self.name))


class Network:
    """``async with Network("tutor", "student") as network``: namespaces and links for these names.

    Addresses are the same in every network; they exist only in its namespaces. With ``ipv6`` everybody has one of
    that too. Raises `NoNamespaces`.
    """

    server_address = SERVER_ADDRESS
    server_ipv6 = SERVER_IPV6

    def __init__(self, *clients: str, seed: int = 1, ipv6: bool = False) -> None:
        self._ipv6 = ipv6
        self._names = clients
        self._seed = seed
        self._namespaces: list[Namespace] = []
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self.links: dict[str, Link] = {}

    async def __aenter__(self) -> Network:
        fds: list[int] = []
        try:
            self.server = self._namespace("server")
            ends = []
            for number, name in enumerate(self._names):
                client = self._namespace(name)
                address = f"10.77.0.{number + 2}"
                server_fd = _device(self.server, f"to-{number}", SERVER_ADDRESS, address, fds)
                client_fd = _device(client, "eth0", address, SERVER_ADDRESS, fds)
                client.ip("route", "add", "default", "dev", "eth0")  # browsers look for one
                if self._ipv6:
                    _add_ipv6(self.server, f"to-{number}", SERVER_IPV6, f"fd77::{number + 2}")
                    _add_ipv6(client, "eth0", f"fd77::{number + 2}", SERVER_IPV6)
                    client.ip("-6", "route", "add", "default", "dev", "eth0")
                self.links[name] = Link(self, name, client, address, f"to-{number}")
                ends.append(
                    LinkEnds(name=name, server_fd=server_fd, client_fd=client_fd, seed=self._seed + 2 * number)
                )
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.support.network",
                msgspec.json.encode(ends).decode(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=fds,
                cwd=ROOT,
            )
        except BaseException:
            self._delete()
            raise
        finally:
            for fd in fds:
                os.close(fd)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
        self._delete()

    async def order(self, order: Order) -> Report:
        """Tell the emulator something; its answer."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        async with self._lock:
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        return msgspec.json.decode(line, type=Report)

    def _namespace(self, label: str) -> Namespace:
        namespace = Namespace.create(label)
        self._namespaces.append(namespace)
        return namespace

    def _delete(self) -> None:
        for namespace in self._namespaces:
            namespace.delete()
        self._namespaces.clear()


def _device(namespace: Namespace, name: str, address: str, peer: str, fds: list[int]) -> int:
    """Make a TUN device in the namespace; the descriptor is also put into ``fds``."""
    with namespace.entered():
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fds.append(fd)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    namespace.ip("link", "set", name, "addrgenmode", "none")  # else the kernel sends IPv6 packets of its own
    namespace.ip("address", "add", address, "peer", peer, "dev", name)
    namespace.ip("link", "set", name, "up", "txqueuelen", "2000")
    return fd


def _add_ipv6(namespace: Namespace, device: str, address: str, peer: str) -> None:
    namespace.ip("address", "add", address, "peer", peer, "dev", device, "nodad")
