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
from sfu.transport.tcp_framing import Deframer, FrameTooLarge, framed

PROOF_S: Final = 5.0
"""Seconds within which a connection has to prove who it is for."""
MAX_UNPROVEN: Final = 256
MAX_UNPROVEN_PER_HOST: Final = 16
MAX_UNPROVEN_FRAMES: Final = 8
MAX_WAITING: Final = 64 << 10
"""Bytes that may wait for one connection, beside the kernel's buffer; small packets, such as sound, get double."""
STALLED_S: Final = 10.0
"""Seconds after which a connection that takes nothing any more is closed."""

_SMALL: Final = 400
_KERNEL_BUFFER: Final = 128 << 10
_READ_SIZE: Final = 64 << 10
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


class TcpConnection:
    """One connection. ``sendto`` is a socket's, so that the way out is the same as for UDP."""

    __slots__ = (
        "_clock",
        "_closed",
        "_loop",
        "_moved",
        "_socket",
        "_waiting",
        "address",
        "deframer",
        "expiry",
        "frames",
    )

    def __init__(
        self,
        connection: socket.socket,
        address: TcpAddress,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
    ) -> None:
        self.address = address
        self.deframer = Deframer()
        self.expiry: asyncio.TimerHandle | None = None
        """While it has proved nothing."""
        self.frames = 0
        """Received while it had proved nothing."""
        self._socket = connection
        self._loop = loop
        self._clock = clock
        self._waiting = bytearray()
        self._moved = 0.0
        self._closed = False

    def sendto(self, data: bytes, _: object = None) -> int:
        """Send one packet, whole or not at all. Raises BlockingIOError if there is no room, or another OSError."""
        if self._closed:
            raise OSError(errno.ENOTCONN, "the connection is closed")
        frame = framed(data)
        if self._waiting:
            room = MAX_WAITING if len(data) > _SMALL else 2 * MAX_WAITING
            if len(self._waiting) + len(frame) > room:
                if self._clock() - self._moved > STALLED_S:
                    # Reading ends with an error, which closes it like any other.
                    self._socket.shutdown(socket.SHUT_RDWR)
                raise BlockingIOError(errno.EAGAIN, "the connection is full")
            self._waiting += frame
            return len(data)
        try:
            sent = self._socket.send(frame)
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent < len(frame):
            self._waiting += frame[sent:]
            self._moved = self._clock()
            self._loop.add_writer(self._socket, self._flush)
        return len(data)

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._waiting)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # The reading side finds it too, and closes.
            self._waiting.clear()
            sent = 0
        del self._waiting[:sent]
        self._moved = self._clock()
        if not self._waiting:
            self._loop.remove_writer(self._socket)

    def receive(self) -> bytes | None:
        """What there is to read; empty at the end of the stream, None if nothing is there. Raises OSError."""
        try:
            return self._socket.recv(_READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return None

    def start(self, on_readable: Callable[[TcpConnection], None]) -> None:
        self._loop.add_reader(self._socket, on_readable, self)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self.expiry is not None:
            self.expiry.cancel()
        self._loop.remove_reader(self._socket)
        if self._waiting:
            self._loop.remove_writer(self._socket)
            self._waiting.clear()
        self._socket.close()


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
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
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
