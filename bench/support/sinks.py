"""Sockets on loopback that receive and forget."""

from __future__ import annotations

import resource
import socket

from bench.support.calibration import Address
from bench.support.peer import RECEIVE_BUFFER


class Sinks:
    """``addresses`` in the order of opening."""

    def __init__(self, count: int) -> None:
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for item in self._sockets:
            item.setblocking(False)
            item.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            item.bind(("127.0.0.1", 0))
        self.addresses: list[Address] = [item.getsockname() for item in self._sockets]

    def drain(self) -> int:
        """Take everything that waits; returns how many packets that were."""
        buffer = bytearray(2048)
        count = 0
        for item in self._sockets:
            receive = item.recv_into
            try:
                while receive(buffer):
                    count += 1
            except BlockingIOError:
                continue
        return count

    def close(self) -> None:
        for item in self._sockets:
            item.close()


def raise_file_limit() -> None:
    """One socket per subscriber needs more files than some systems allow at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
