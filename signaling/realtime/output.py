"""Everything the server sends on one connection, in one order.

The library queues packets and has a task of its own per connection take them out again. Here its queue writes:
once a connection is a WebSocket, what is put goes straight to the transport, whether it is an answer made by
the library or a broadcast of ours whose frame was built once for everybody. A long-polling connection has a
real queue, emptied by its next request. Either way a reader that is too slow does not make the server's memory
grow: it is cut off, comes back and gets what it missed.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

from engineio import packet as eio  # type: ignore[import-untyped]

TOO_SLOW = b"too slow: more was waiting for this connection than the server keeps"
TRY_AGAIN_LATER = 1013
"""RFC 6455 section 7.4, registered: the server is busy, come back."""


PACKED_FROM = 1024
"""Bytes. Shorter messages fit in one packet as they are, and are sent at once."""
PACKED_LEVEL = 1
"""Of zlib. What is repeated in a list or a description is found by the quickest too, in a tenth of the time."""


class Message:
    """One message for many connections: encoded once, framed once. ``text`` is a Socket.IO packet."""

    __slots__ = ("_packed", "_packet", "frame", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.frame = text_frame(b"4" + text)
        self._packed: bytes | None = None
        self._packet: Any = None

    @property
    def packed(self) -> bytes:
        """The frame for connections that take it compressed."""
        if self._packed is None:
            self._packed = packed_frame(b"4" + self.text)
        return self._packed

    @property
    def packet(self) -> Any:
        """For connections that poll."""
        if self._packet is None:
            self._packet = eio.Packet(eio.MESSAGE, self.text.decode())
        return self._packet


class Output(asyncio.Queue[Any]):
    """The queue that the library is given for a connection (`Engine.create_queue`)."""

    def __init__(self, limit: int, on_overflow: Callable[[Output], None]) -> None:
        """More than ``limit`` bytes that wait call ``on_overflow``, once; from then on nothing is kept."""
        super().__init__()
        self._limit = limit
        self._on_overflow = on_overflow
        self._waiting = 0
        self._transport: asyncio.Transport | None = None
        self._packs = False
        self._is_upgraded: Callable[[], bool] = bool
        self._direct = False
        self._ended = False
        self._held: list[Message] | None = None
        self._held_bytes = 0

    @property
    def is_direct(self) -> bool:
        """What is put is written at once."""
        return self._direct

    def opened(
        self, transport: asyncio.Transport, is_upgraded: Callable[[], bool], *, packs: bool = False
    ) -> None:
        """There is a WebSocket; ``packs``: it takes compressed frames. It takes over when the library has upgraded
        to it and its writer begins."""
        self._transport, self._is_upgraded, self._packs = transport, is_upgraded, packs

    def send(self, message: Message) -> None:
        """Send what many get. Never blocks; does nothing when the connection is ending."""
        if self._held is not None:
            self._held.append(message)
            self._held_bytes += len(message.frame)
            if self._held_bytes > self._limit and not self._ended:
                self._overflow()
        elif self._direct:
            self._write(message.packed if self._packs else message.frame)
        else:
            self.put_nowait(message.packet)

    def hold(self) -> None:
        """Keep what is sent from here on until `release`; what the library puts goes out at once."""
        self._held = []

    def release(self) -> None:
        held, self._held, self._held_bytes = self._held or [], None, 0
        for message in held:
            self.send(message)

    # --- what the library calls ---------------------------------------------------------------------

    async def put(self, item: Any) -> None:
        self.put_nowait(item)

    def put_nowait(self, item: Any) -> None:
        if item is None:
            self._ended = True
        elif self._ended:
            return
        elif self._direct and item.packet_type != eio.PING:
            # pings go through the library's writer, which takes a silent queue for a lost connection
            self._write(self._framed(item))
            return
        super().put_nowait(item)
        if self._waiting > self._limit:
            self._overflow()

    async def get(self) -> Any:
        self._take_over()
        return await super().get()

    def _put(self, item: Any) -> None:
        super()._put(item)
        if item is not None:
            self._waiting += len(item.encode(b64=True))

    def _get(self) -> Any:
        item = super()._get()
        if item is not None:
            self._waiting -= len(item.encode(b64=True))
        return item

    # --- inside -------------------------------------------------------------------------------------

    def _take_over(self) -> None:
        """The first time that the WebSocket's writer asks: everything is written from here on, in its order."""
        if self._direct or self._transport is None or not self._is_upgraded():
            return
        self._direct = True
        self._is_upgraded = bool
        kept = []
        while not self.empty():
            item = super().get_nowait()
            self.task_done()
            if item is None or item.packet_type == eio.PING:
                kept.append(item)
            else:
                self._write(self._framed(item))
        for item in kept:
            super().put_nowait(item)

    def _framed(self, item: Any) -> bytes:
        payload: bytes = item.encode().encode()
        return packed_frame(payload) if self._packs else text_frame(payload)

    def _write(self, frame: bytes) -> None:
        transport = self._transport
        assert transport is not None
        if self._ended or transport.is_closing():
            return
        transport.write(frame)
        if transport.get_write_buffer_size() > self._limit:
            transport.write(close_frame(TRY_AGAIN_LATER, TOO_SLOW))
            self._overflow()

    def _overflow(self) -> None:
        self._ended = True
        if self._held is not None:
            self._held.clear()
        while not self.empty():
            super().get_nowait()
            self.task_done()
        self._on_overflow(self)

    def close(self) -> None:
        """Let the WebSocket end once everything is written."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the WebSocket at once."""
        if self._transport is not None:
            self._transport.abort()


def text_frame(payload: bytes) -> bytes:
    """A whole, unmasked WebSocket text frame (RFC 6455 section 5.2): what a server sends."""
    return _frame(0x81, payload)


def packed_frame(payload: bytes) -> bytes:
    """The same compressed, where that is worth it (RFC 7692): by itself, without what was sent before, so that one
    frame is right for all connections."""
    if len(payload) < PACKED_FROM:
        return text_frame(payload)
    deflate = zlib.compressobj(PACKED_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    # a message goes without the empty block that a flush ends with
    return _frame(0xC1, packed[:-4])


def close_frame(code: int, reason: bytes) -> bytes:
    """RFC 6455 section 5.5.1; at most 123 bytes of reason."""
    return _frame(0x88, code.to_bytes(2, "big") + reason)


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload
