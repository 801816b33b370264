"""A worker process and its parent: who ends whom, and how quietly."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys

import msgspec
import pytest

from sfu.config import MediaConfig
from sfu.errors import PortInUse
from sfu.messages import GetStats
from sfu.transport.udp import UdpMux
from sfu.worker.__main__ import patiently
from sfu.worker.wire import Load, Ready, decode_from_worker, encode, read_frame

pytestmark = pytest.mark.integration

LOOPBACK = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"], announce=["127.0.0.1"])


async def start() -> tuple[asyncio.subprocess.Process, asyncio.StreamReader, asyncio.StreamWriter]:
    """A worker that is ready, and our end of its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sfu.worker",
            str(theirs.fileno()),
            msgspec.json.encode(LOOPBACK).decode(),
            pass_fds=[theirs.fileno()],
            stderr=asyncio.subprocess.PIPE,
        )
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    body = await read_frame(reader)
    assert body is not None
    assert isinstance(decode_from_worker(body)[1], Ready)
    return process, reader, writer


async def test_a_worker_leaves_it_to_its_parent_when_to_end_and_tells_its_load() -> None:
    process, reader, writer = await start()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        body = await read_frame(reader)
        assert body is not None
        load = decode_from_worker(body)[1]
        assert isinstance(load, Load)
        assert 0 <= load.cpu < 2
        writer.close()
        assert await process.wait() == 0


async def test_a_parent_that_dies_without_reading_its_answers_leaves_no_traceback() -> None:
    process, _, writer = await start()
    for request_id in range(1, 200):
        writer.write(encode(request_id, GetStats()))
    await writer.drain()
    writer.transport.abort()
    async with asyncio.timeout(10):
        _, complaints = await process.communicate()
    assert (process.returncode, complaints.decode()) == (0, "")


async def test_a_port_that_is_about_to_be_let_go_is_waited_for() -> None:
    """As of a worker whose server was killed, and which has not noticed yet."""
    old = UdpMux.bind(["127.0.0.1"], 0)
    attempts = 0

    def bind() -> UdpMux:
        nonlocal attempts
        attempts += 1
        try:
            return UdpMux.bind(["127.0.0.1"], old.port)
        except PortInUse:
            old.close()
            raise

    mux = await patiently(bind)
    assert mux.port == old.port
    assert attempts == 2
    mux.close()
