"""One TCP connection with a participant, used as if it were a socket for datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Final

from sfu.transport.ice_lite import TcpAddress
from sfu.transport.tcp_framing import Deframer, framed

MAX_WAITING: Final = 48 << 10
"""Bytes that may wait for one connection, beside `_UNSENT`; small packets, such as sound, get double."""
STALLED_S: Final = 10.0
"""Seconds after which a connection that takes nothing any more is closed."""

_SMALL: Final = 400
_UNSENT: Final = 16 << 10
"""Bytes the kernel takes beyond what is on its way: what waits there comes late, and cannot be left out."""
_KERNEL_BUFFER: Final = 256 << 10
_READ_SIZE: Final = 64 << 10


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
        connection.setblocking(False)
        with contextlib.suppress(OSError):  # gone already: reading finds that out
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
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
