"""Many Socket.IO clients in one process, as cheap as they can be: Engine.IO and RFC 6455 by hand, nothing decoded
that is not measured."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
from collections.abc import Callable
from typing import Any, Final, cast

SENT_AT: Final = re.compile(rb'"text":"sent at (\d+)"')
TEXT, CLOSE, PING = 0x81, 0x88, 0x89


class SocketClient(asyncio.Protocol):
    """One connection. ``on_delivery`` is called with the latency in seconds of each chat message that arrives."""

    def __init__(self, token: str, on_delivery: Callable[[float], None]) -> None:
        self._token = token
        self._on_delivery = on_delivery
        self._buffer = b""
        self._is_open = False
        self._acks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_ack = 0
        self._transport: asyncio.Transport | None = None
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_lost = False
        self.received = 0

    @classmethod
    async def connect(cls, host: str, port: int, token: str, on_delivery: Callable[[float], None]) -> SocketClient:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: cls(token, on_delivery), host, port)
        await asyncio.wait_for(client.connected, 30)
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one in all but name
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        gone = ConnectionError("the server closed the connection")
        waiting_for: list[asyncio.Future[Any]] = [self.connected, *self._acks.values()]
        for waiting in waiting_for:
            if not waiting.done():
                waiting.set_exception(gone)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        if not self._is_open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(data[:80].decode(errors="replace"))
            self._is_open, data = True, data[end + 4 :]
        at = 0
        while len(data) - at >= 2:
            head, size, begin = data[at], data[at + 1], at + 2
            if size >= 126:
                begin += 2 if size == 126 else 8
                if len(data) < begin:
                    break
                size = int.from_bytes(data[at + 2 : begin], "big")
            if len(data) < begin + size:
                break
            self._frame(head, data[begin : begin + size])
            at = begin + size
        self._buffer = data[at:]

    def _frame(self, head: int, payload: bytes) -> None:
        if head != TEXT:
            if head == CLOSE and self._transport is not None:
                self._transport.close()
            return
        if payload.startswith(b'42["new-message"'):
            self.received += 1
            sent = SENT_AT.search(payload)
            if sent is not None:
                self._on_delivery((time.monotonic_ns() - int(sent[1])) / 1e9)
        elif payload.startswith(b"43"):
            number, _, body = payload[2:].partition(b"[")
            waiting = self._acks.pop(int(number), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(json.loads(b"[" + body)[0])
        elif payload == b"2":
            self._write(b"3")
        elif payload.startswith(b"0"):
            self._write(b"40" + json.dumps({"token": self._token}).encode())
        elif payload.startswith(b"40"):
            self.connected.set_result(None)
        elif payload.startswith(b"44"):
            self.connected.set_exception(ConnectionError(payload.decode()))

    def _write(self, payload: bytes) -> None:
        """A masked frame, as clients must; a mask of zeros leaves the payload as it is (section 5.3)."""
        assert self._transport is not None
        size = len(payload)
        head = bytes((TEXT, 0x80 | size)) if size < 126 else bytes((TEXT, 0xFE)) + size.to_bytes(2, "big")
        self._transport.write(head + bytes(4) + payload)

    async def ask(self, event: str, **fields: object) -> dict[str, Any]:
        """Send an event; its acknowledgement."""
        number = self._next_ack
        self._next_ack += 1
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._acks[number] = waiting
        self._write(b"42%d%s" % (number, json.dumps([event, fields]).encode()))
        return await asyncio.wait_for(waiting, 60)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
