"""``python -m sfu.worker FD CONFIG [DIRECTORY NUMBER]``: run a worker on the Unix socket ``FD``.

``CONFIG`` is JSON; ``DIRECTORY`` is where the workers of one media plane reach each other, by their numbers.
Started by `sfu.plane.MediaPlane`; ends when the socket is closed, so it never outlives its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

import msgspec
import uvloop

from sfu.config import MediaConfig
from sfu.errors import BadCommand, CannotStart, PortInUse, SfuError
from sfu.forwarding.drops import Drops
from sfu.messages import Event, Failed, Reply
from sfu.transport.addresses import host_candidates
from sfu.transport.udp import UdpMux
from sfu.worker.wire import EVENT_ID, Load, Ready, decode_command, encode, read_frame
from sfu.worker.worker import Worker

log = logging.getLogger("sfu.worker")

PORT_PATIENCE_S = 3.0
"""A server that was killed may be started again before its old workers noticed that they are alone."""
PORT_INTERVAL_S = 0.1


async def serve(control: socket.socket, config: MediaConfig, meeting: tuple[Path, int] | None) -> None:
    """Bind, say `Ready` (or `Failed`), then answer commands until the socket closes."""
    reader, writer = await asyncio.open_unix_connection(sock=control)
    loop = asyncio.get_running_loop()
    drops = Drops()
    try:
        host_candidates(config.announce, config.listen)
        mux = await patiently(
            lambda: UdpMux.bind(config.listen, config.udp_port, tcp=config.tcp, count_drop=drops.count)
        )
    except CannotStart as error:
        await refuse(writer, error)
        return

    def tell(event: Event | Load) -> None:
        # While the worker closes after its parent went away there is nobody left to tell.
        if not writer.is_closing():
            writer.write(encode(EVENT_ID, event))

    worker = Worker(
        config,
        mux,
        drops,
        emit=tell,
        report=tell,
        clock=time.monotonic,
        wall_offset_s=time.time() - time.monotonic(),
        random=SystemRandom(),
        meeting=meeting,
    )
    try:
        await worker.start()
    except CannotStart as error:
        mux.close()
        await refuse(writer, error)
        return
    mux.start(loop)
    await worker.find_public_address()
    writer.write(encode(EVENT_ID, Ready(udp_port=mux.port)))
    settle_garbage_collector()
    try:
        async with asyncio.TaskGroup() as group:
            # Should ticking ever fail, the group ends the process, and the parent starts a new one.
            ticking = group.create_task(worker.run(), name="tick")
            with contextlib.suppress(ConnectionError):  # the parent went away between question and answer
                while (body := await read_frame(reader)) is not None and not writer.is_closing():
                    request_id, reply = answer(worker, body)
                    writer.write(encode(request_id, reply))
                    await writer.drain()
            ticking.cancel()
    finally:
        await worker.close()
        mux.close()
        writer.close()


async def patiently(bind: Callable[[], UdpMux]) -> UdpMux:
    """Try again while the port is in use, for `PORT_PATIENCE_S`. Raises `CannotStart`."""
    until = time.monotonic() + PORT_PATIENCE_S
    while True:
        try:
            return bind()
        except PortInUse:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(PORT_INTERVAL_S)


async def refuse(writer: asyncio.StreamWriter, error: CannotStart) -> None:
    writer.write(encode(EVENT_ID, Failed(code=error.code, message=str(error))))
    await writer.drain()
    writer.close()


def answer(worker: Worker, body: bytes) -> tuple[int, Reply]:
    """Carry out one framed command; every failure becomes `Failed`."""
    request_id = EVENT_ID
    try:
        request_id, command = decode_command(body)
        return request_id, worker.handle(command)
    except SfuError as error:
        return request_id, Failed(code=error.code, message=str(error))
    except Exception:
        log.exception("a command failed")
        return request_id, Failed(code=BadCommand.code, message="the media worker failed; see its log")


def settle_garbage_collector() -> None:
    """What is loaded now stays for good; packets make no cycles, so full collections can be rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s[%(process)d] %(message)s")
    # A service manager sends these to all it knows; the parent decides when workers stop, and closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    config = msgspec.json.decode(sys.argv[2], type=MediaConfig)
    meeting = (Path(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else None
    uvloop.run(serve(control, config, meeting))


if __name__ == "__main__":
    main()
