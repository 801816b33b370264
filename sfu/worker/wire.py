"""Framing on the Unix socket: a 4-byte big-endian length, then MessagePack of ``[request id, message]``.

A reply carries the id of its command; an event carries id 0.
"""

from __future__ import annotations

import asyncio

import msgspec

from sfu.errors import BadCommand
from sfu.messages import Command, Event, Reply

MAX_FRAME = 4 * 1024 * 1024
EVENT_ID = 0


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker's first word: it listens on ``udp_port``."""

    udp_port: int


class Load(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How busy the worker was in the last second or so; told about once a second.

    ``cpu`` is the share of one core; ``lateness_s`` how long datagrams waited on average until they were read.
    """

    cpu: float
    lateness_s: float
    packets_per_s: float


class LinkSession(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Which other workers a session is on now, and which finds out who speaks. Level-triggered. Reply: `Done`."""

    session_id: str
    home: int
    others: list[int]


ToWorker = Command | LinkSession
FromWorker = Reply | Event | Ready | Load

_encoder = msgspec.msgpack.Encoder()
_command_decoder = msgspec.msgpack.Decoder(tuple[int, ToWorker])
_from_worker_decoder = msgspec.msgpack.Decoder(tuple[int, FromWorker])


def encode(request_id: int, message: ToWorker | FromWorker) -> bytes:
    body = _encoder.encode((request_id, message))
    return len(body).to_bytes(4, "big") + body


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame's body, None at the end of the stream. Raises `BadCommand` for an impossible length."""
    try:
        length = int.from_bytes(await reader.readexactly(4), "big")
        if length > MAX_FRAME:
            raise BadCommand(f"a frame of {length} bytes; at most {MAX_FRAME} are allowed")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def decode_command(body: bytes) -> tuple[int, ToWorker]:
    """Raises `BadCommand`."""
    try:
        return _command_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise BadCommand(str(error)) from error


def decode_from_worker(body: bytes) -> tuple[int, FromWorker]:
    """Raises `BadCommand`."""
    try:
        return _from_worker_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise BadCommand(str(error)) from error
