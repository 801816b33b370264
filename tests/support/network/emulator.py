"""The process that carries packets between the two ends of each link: ``python -m tests.support.network LINKS``.

Each end is a TUN device whose file descriptor is inherited. Orders come as JSON lines on standard input and
each is answered by one line on standard output; the end of the input is the end of the process.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import selectors
import socket
import sys
import time

import msgspec

from tests.support.network.impairment import Counters, Impairment, Shaper

MTU = 1500
BATCH = 64


class LinkEnds(msgspec.Struct, frozen=True, kw_only=True):
    """A link: the two file descriptors. ``down`` is from the server to the client."""

    name: str
    server_fd: int
    client_fd: int
    seed: int


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Change a link, where something is given; the answer is its `Report` before the change."""

    link: str
    down: Impairment | None = None
    up: Impairment | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    down: Counters
    up: Counters


class Emulator:
    """All links of one network in one loop."""

    def __init__(self, links: list[LinkEnds]) -> None:
        self._selector = selectors.DefaultSelector()
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._count = 0
        self._shapers: dict[str, tuple[Shaper, Shaper]] = {}
        for link in links:
            down, up = Shaper(link.seed), Shaper(link.seed + 1)
            self._shapers[link.name] = (down, up)
            self._selector.register(link.server_fd, selectors.EVENT_READ, (down, link.client_fd))
            self._selector.register(link.client_fd, selectors.EVENT_READ, (up, link.server_fd))
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        self._orders = b""

    def run(self) -> None:
        while True:
            wait = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
            for key, _ in self._selector.select(wait):
                if key.data is None:
                    if not self._obey():
                        return
                else:
                    self._take_in(key.fd, *key.data)
            self._let_out(time.monotonic())

    def _take_in(self, from_fd: int, shaper: Shaper, to_fd: int) -> None:
        for _ in range(BATCH):
            try:
                packet = os.read(from_fd, MTU + 4)
            except BlockingIOError:
                return
            now = time.monotonic()
            out_at = shaper.admit(len(packet), now, is_udp=_is_udp(packet), is_ipv4=packet[0] >> 4 == 4)
            if out_at is None:
                continue
            if out_at <= now:
                _write(to_fd, packet)
            else:
                self._count += 1
                heapq.heappush(self._waiting, (out_at, self._count, to_fd, packet))

    def _let_out(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, _, fd, packet = heapq.heappop(self._waiting)
            _write(fd, packet)

    def _obey(self) -> bool:
        data = os.read(sys.stdin.fileno(), 65536)
        *lines, self._orders = (self._orders + data).split(b"\n")
        for line in lines:
            order = msgspec.json.decode(line, type=Order)
            down, up = self._shapers[order.link]
            answer = msgspec.json.encode(Report(down=down.counters, up=up.counters)) + b"\n"
            down.impairment = order.down or down.impairment
            up.impairment = order.up or up.impairment
            os.write(sys.stdout.fileno(), answer)
        return bool(data)


def _is_udp(packet: bytes) -> bool:
    version = packet[0] >> 4
    return packet[9 if version == 4 else 6] == socket.IPPROTO_UDP


def _write(fd: int, packet: bytes) -> None:
    with contextlib.suppress(OSError):  # the other end is down or full: the packet is lost, as on any link
        os.write(fd, packet)


def main(argument: str) -> None:
    """Run until the input ends. ``argument`` is a JSON list of `LinkEnds`."""
    links = msgspec.json.decode(argument, type=list[LinkEnds])
    for link in links:
        os.set_blocking(link.server_fd, False)
        os.set_blocking(link.client_fd, False)
    Emulator(links).run()
