"""Pipes between the workers of one media plane: Unix sockets in a directory that only their user can enter.

Two workers have one pipe for all their sessions; the one with the lower number opens it. A frame is a 4-byte
big-endian length and MessagePack of ``[session id, message]``. Nothing here waits: what the other worker is too
slow to take is dropped, if it may be, and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

from sfu.forwarding.spanning.pipe_messages import DROPPABLE, Hello, Media, PipeMessage

MAX_FRAME: Final = 1 << 20
FULL: Final = 1 << 20
"""Bytes that wait in a pipe, above which packets are dropped …"""
STUCK: Final = 8 << 20
"""… and above which the pipe is given up: the other worker does not read."""
PIPE_FULL: Final = "pipe-full"

log = logging.getLogger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, PipeMessage]).decode


class Pipe(asyncio.Protocol):
    """One end of a pipe. ``worker``: the number of the other one, None until it is known."""

    def __init__(self, pipes: Pipes, worker: int | None = None) -> None:
        self.worker = worker
        self._pipes = pipes
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def send(self, session_id: str, message: PipeMessage) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        waiting = transport.get_write_buffer_size()
        if waiting > FULL and (isinstance(message, DROPPABLE) or waiting > STUCK):
            self._pipes.count_drop(PIPE_FULL)
            if waiting > STUCK:
                transport.abort()
            return
        if isinstance(message, Media):
            self._pipes.packets += 1
        body = _encode((session_id, message))
        transport.write(len(body).to_bytes(4, "big") + body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self.worker is not None:
            self.send("", Hello(self._pipes.worker))
            self._pipes.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._pipes.lost(self)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        view = memoryview(data)
        position, end = 0, len(data)
        while end - position >= 4:
            length = int.from_bytes(view[position : position + 4], "big")
            if length > MAX_FRAME:
                self._nonsense(f"a frame of {length} bytes")
                return
            if position + 4 + length > end:
                break
            try:
                session_id, message = _decode(view[position + 4 : position + 4 + length])
            except msgspec.MsgspecError as error:
                self._nonsense(str(error))
                return
            position += 4 + length
            if self.worker is None:
                if not isinstance(message, Hello):
                    self._nonsense("no greeting")
                    return
                self.worker = message.worker
                self._pipes.opened(self)
            else:
                self._pipes.on_message(self.worker, session_id, message)
        self._rest = data[position:]
        self._pipes.on_batch_end()

    def _nonsense(self, what: str) -> None:
        log.error("another media worker speaks nonsense: %s", what)
        self._rest = b""
        self.close()


class Pipes:
    """All pipes of this worker. ``on_open`` and ``on_close`` get the number of the other worker."""

    def __init__(
        self,
        directory: Path,
        worker: int,
        *,
        count_drop: Callable[[str], None],
        on_open: Callable[[int], None],
        on_close: Callable[[int], None],
        on_message: Callable[[int, str, PipeMessage], None],
        on_batch_end: Callable[[], None],
    ) -> None:
        self.worker = worker
        self.count_drop = count_drop
        self.on_message = on_message
        self.on_batch_end = on_batch_end
        self._on_open = on_open
        self._on_close = on_close
        self._directory = directory
        self._server: asyncio.Server | None = None
        self._open: dict[int, Pipe] = {}
        self._anonymous: set[Pipe] = set()
        self._dialling: dict[int, asyncio.Task[None]] = {}
        self.packets = 0
        """That were sent, over all pipes."""

    async def start(self) -> None:
        """Let workers with a lower number reach this one. Raises OSError."""
        path = self._path(self.worker)
        path.unlink(missing_ok=True)
        self._server = await asyncio.get_running_loop().create_unix_server(self._accept, path)

    async def close(self) -> None:
        for task in list(self._dialling.values()):
            task.cancel()
            await asyncio.wait([task])
        if self._server is not None:
            self._server.close()
        for pipe in [*self._open.values(), *self._anonymous]:
            pipe.close()
        with contextlib.suppress(OSError):
            self._path(self.worker).unlink(missing_ok=True)
            self._directory.rmdir()  # the last one does

    def reach(self, worker: int) -> None:
        """Open the pipe to a worker, if that is not done and is up to us."""
        if worker > self.worker and worker not in self._open and worker not in self._dialling:
            task = asyncio.get_running_loop().create_task(self._dial(worker), name=f"pipe to worker {worker}")
            self._dialling[worker] = task
            task.add_done_callback(lambda _: self._dialling.pop(worker))

    def is_open(self, worker: int) -> bool:
        return worker in self._open

    def send(self, worker: int, session_id: str, message: PipeMessage) -> None:
        """Without a pipe it is lost: a new one begins with everything."""
        pipe = self._open.get(worker)
        if pipe is not None:
            pipe.send(session_id, message)

    async def _dial(self, worker: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_unix_connection(lambda: Pipe(self, worker), str(self._path(worker)))
        except OSError as error:
            log.info("worker %s is not reached: %s", worker, error)

    def _accept(self) -> Pipe:
        pipe = Pipe(self)
        self._anonymous.add(pipe)
        return pipe

    def opened(self, pipe: Pipe) -> None:
        """It is known whom the pipe leads to."""
        assert pipe.worker is not None
        self._anonymous.discard(pipe)
        former = self._open.get(pipe.worker)
        if former is not None:
            self.lost(former)
            former.close()
        self._open[pipe.worker] = pipe
        self._on_open(pipe.worker)

    def lost(self, pipe: Pipe) -> None:
        self._anonymous.discard(pipe)
        if pipe.worker is not None and self._open.get(pipe.worker) is pipe:
            del self._open[pipe.worker]
            self._on_close(pipe.worker)

    def _path(self, worker: int) -> Path:
        return self._directory / str(worker)
