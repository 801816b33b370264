"""What the measuring process and the process of subscribers say to each other, over a Unix socket.

Framed like the messages of a media worker: a 4-byte big-endian length, then MessagePack.
"""

from __future__ import annotations

import msgspec


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


# --- to the crowd -----------------------------------------------------------------------------------


class Admit(_Message, frozen=True, kw_only=True):
    """Let ``count`` more subscribers join, evenly over ``spread_s``. Ends with `Admitted`."""

    count: int
    spread_s: float
    audio: int = 2
    video: int = 2
    probes: int
    """How many of them, evenly spread, measure latency."""
    aes_cm: bool = False


class Answered(_Message, frozen=True, kw_only=True):
    """The server's answer to an `Offered`; or why it admits nobody new."""

    participant_id: str
    answer: str = ""
    refusal: str = ""


class OpenSinks(_Message, frozen=True, kw_only=True):
    """Open sockets that take the calibration's packets. Answered by `Sinks`."""

    count: int


class CloseSinks(_Message, frozen=True, kw_only=True):
    """Answered by `SinksClosed`."""


class Restart(_Message, frozen=True, kw_only=True):
    """Begin a measurement: count anew."""


class Report(_Message, frozen=True, kw_only=True):
    """Answered by `Observed`."""


ToCrowd = Admit | Answered | OpenSinks | CloseSinks | Restart | Report


# --- from the crowd ---------------------------------------------------------------------------------


class Offered(_Message, frozen=True, kw_only=True):
    participant_id: str
    offer: str


class Admitted(_Message, frozen=True, kw_only=True):
    """``join_s``: from the request to the first packet of sound and of picture, whichever came later."""

    join_s: list[float]
    failures: list[str]


class Sinks(_Message, frozen=True, kw_only=True):
    addresses: list[tuple[str, int]]


class SinksClosed(_Message, frozen=True, kw_only=True):
    received: int


class Observed(_Message, frozen=True, kw_only=True):
    """What all subscribers saw since `Restart`; latencies and gaps are those of the probes, in seconds."""

    subscribers: int
    received: int
    lost: int
    repaired: int
    latency_p50_s: float
    latency_p99_s: float
    latency_max_s: float
    longest_audio_gap_s: float
    checks_answered: int


FromCrowd = Offered | Admitted | Sinks | SinksClosed | Observed

_encoder = msgspec.msgpack.Encoder()
_to_crowd: msgspec.msgpack.Decoder[ToCrowd] = msgspec.msgpack.Decoder(ToCrowd)
_from_crowd: msgspec.msgpack.Decoder[FromCrowd] = msgspec.msgpack.Decoder(FromCrowd)


def encode(message: ToCrowd | FromCrowd) -> bytes:
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


def decode_to_crowd(body: bytes) -> ToCrowd:
    return _to_crowd.decode(body)


def decode_from_crowd(body: bytes) -> FromCrowd:
    return _from_crowd.decode(body)
