"""The passive end of ICE over TCP (RFC 6544), for participants whose network lets no UDP through.

A connection is one more path on which datagrams come and go; who it belongs to is found out as for UDP, by a valid
connectivity check. Before that it costs little: few at a time, for a few seconds. What does not fit the bounded
buffer of a connection is lost, as it would be on a full line.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sfu.transport.ice_lite import TcpAddress, is_stun
from sfu.transport.tcp_connection import TcpConnection
from sfu.transport.tcp_framing import FrameTooLarge

PROOF_S: Final = 5.0
"""Seconds within which a connection has to prove who it is for."""
MAX_UNPROVEN: Final = 512
MAX_UNPROVEN_PER_HOST: Final = 64
"""Enough for a school behind one address that joins at the same moment."""
MAX_UNPROVEN_FRAMES: Final = 8

_ACCEPT_BATCH: Final = 16
_PAUSE_S: Final = 1.0
_OUT_OF_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Receiver(Protocol):
    """Who gets what comes over TCP."""

    def deliver(self, data: bytes, source: TcpAddress) -> bool:
        """Take one packet; whether the source is known to belong to a participant now."""

    def lost(self, source: TcpAddress) -> None:
        """The connection is gone."""

    def batch_ended(self) -> None:
        """All that was there to read was delivered."""


class TcpServer:
    """The listening sockets and their connections. `start` makes it accept, `close` ends everything."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        receiver: Receiver,
        *,
        count_drop: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._listeners = tuple(listeners)
        self._receiver = receiver
        self._count_drop = count_drop
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: dict[TcpAddress, TcpConnection] = {}
        self._unproven: Counter[str] = Counter()
        self._resume: set[asyncio.TimerHandle] = set()
        self._accepted = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        for listener in self._listeners:
            loop.add_reader(listener, self._accept, loop, listener)

    def close(self) -> None:
        for handle in self._resume:
            handle.cancel()
        for connection in list(self._connections.values()):
            connection.close()
        self._connections.clear()
        for listener in self._listeners:
            if self._loop is not None:
                self._loop.remove_reader(listener)
            listener.close()

    def connection(self, address: TcpAddress) -> TcpConnection | None:
        return self._connections.get(address)

    def hang_up(self, address: TcpAddress) -> None:
        """Close a connection, if it is there, without telling the receiver."""
        connection = self._connections.pop(address, None)
        if connection is not None:
            self._prove(connection)
            connection.close()

    def _accept(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        for _ in range(_ACCEPT_BATCH):
            try:
                accepted, source = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._count_drop("tcp-accept-failed")
                if error.errno in _OUT_OF_RESOURCES:
                    self._pause(loop, listener)
                    return
                continue
            host = source[0]
            if self._unproven.total() >= MAX_UNPROVEN or self._unproven[host] >= MAX_UNPROVEN_PER_HOST:
                self._count_drop("tcp-too-many")
                accepted.close()
                continue
            self._welcome(loop, accepted, host, source[1])

    def _pause(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        """Without room for another connection accepting would fail again at once, and for ever."""
        loop.remove_reader(listener)

        def resume() -> None:
            self._resume.discard(handle)
            loop.add_reader(listener, self._accept, loop, listener)

        handle = loop.call_later(_PAUSE_S, resume)
        self._resume.add(handle)

    def _welcome(self, loop: asyncio.AbstractEventLoop, accepted: socket.socket, host: str, port: int) -> None:
        self._accepted += 1
        connection = TcpConnection(accepted, TcpAddress(host, port, self._accepted), loop, self._clock)
        self._connections[connection.address] = connection
        self._unproven[host] += 1
        connection.expiry = loop.call_later(PROOF_S, self._give_up, connection, "tcp-no-proof")
        connection.start(self._read)

    def _read(self, connection: TcpConnection) -> None:
        try:
            data = connection.receive()
        except OSError:
            data = b""
        if data is None:
            return
        if not data:
            self._give_up(connection)
        else:
            self._deframe(connection, data)
        self._receiver.batch_ended()

    def _deframe(self, connection: TcpConnection, data: bytes) -> None:
        try:
            for packet in connection.deframer.feed(data):
                if connection.expiry is not None:
                    connection.frames += 1
                    if not is_stun(packet) or connection.frames > MAX_UNPROVEN_FRAMES:
                        self._give_up(connection, "tcp-no-proof")
                        return
                if self._receiver.deliver(packet, connection.address):
                    self._prove(connection)
                if connection.address not in self._connections:
                    return
        except FrameTooLarge:
            self._give_up(connection, "tcp-frame-too-large")

    def _prove(self, connection: TcpConnection) -> None:
        """It is no longer one of those nobody knows."""
        if connection.expiry is None:
            return
        connection.expiry.cancel()
        connection.expiry = None
        host = connection.address.host
        self._unproven[host] -= 1
        if not self._unproven[host]:
            del self._unproven[host]

    def _give_up(self, connection: TcpConnection, reason: str | None = None) -> None:
        if reason is not None:
            self._count_drop(reason)
        self.hang_up(connection.address)
        self._receiver.lost(connection.address)
