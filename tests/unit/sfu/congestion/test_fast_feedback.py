"""The fast reader of transport-wide feedback says what the plain one says, of every body there can be."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.congestion.feedback import TICK_S, read_transport_feedback
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.transport_cc import TransportFeedback, parse_transport_feedback

_RUN = st.builds(lambda symbol, run: symbol << 13 | run, st.integers(0, 2), st.integers(0, 40))
_VECTOR = st.integers(0x8000, 0xFFFF)
_CHUNKS = st.lists(st.one_of(_RUN, _VECTOR, st.integers(0, 0xFFFF)), max_size=8)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """The header is right; chunks and deltas are anything, often too few."""
    chunks = draw(_CHUNKS)
    count = draw(st.integers(0, 120))
    head = struct.pack("!LLHHL", 1, 2, draw(st.integers(0, 0xFFFF)), count, draw(st.integers(0, 0xFFFF_FFFF)))
    return head + b"".join(chunk.to_bytes(2, "big") for chunk in chunks) + draw(st.binary(max_size=150))


def plain(body: bytes) -> tuple[tuple[int, float | None], ...] | None:
    try:
        return parse_transport_feedback(body).arrivals
    except MalformedPacket:
        return None


def fast(body: bytes) -> tuple[tuple[int, float | None], ...] | None:
    try:
        base, ticks, symbols, deltas = read_transport_feedback(body)
    except MalformedPacket:
        return None
    arrivals: list[tuple[int, float | None]] = []
    delta = iter(deltas)
    for offset, symbol in enumerate(symbols):
        if symbol:
            ticks += next(delta)
        arrivals.append(((base + offset) & 0xFFFF, ticks * TICK_S if symbol else None))
    assert next(delta, None) is None
    return tuple(arrivals)


@settings(max_examples=300)
@given(st.one_of(bodies(), st.binary(max_size=60)))
def test_it_says_what_the_plain_parser_says(body: bytes) -> None:
    assert fast(body) == plain(body)


@given(st.integers(0, 0xFFFF), st.lists(st.one_of(st.none(), st.integers(-400, 4000)), min_size=1, max_size=300))
def test_it_reads_what_browsers_send(base: int, deltas: list[int | None]) -> None:
    tick = 10_000
    arrivals: list[tuple[int, float | None]] = []
    for offset, delta in enumerate(deltas):
        if delta is not None:
            tick += delta
        arrivals.append(((base + offset) & 0xFFFF, None if delta is None else tick * TICK_S))
    body = TransportFeedback(1, 2, base, 0, tuple(arrivals)).pack()[4:]
    assert fast(body) == tuple(arrivals)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(15),
        struct.pack("!LLHHL", 1, 2, 3, 0, 0),
        struct.pack("!LLHHL", 1, 2, 3, 0xFFFF, 0) + b"\x1f\xff" * 9,
        struct.pack("!LLHHL", 1, 2, 3, 5, 0),
        struct.pack("!LLHHLH", 1, 2, 3, 5, 0, 0x2005) + bytes(4),
        struct.pack("!LLHHLH", 1, 2, 3, 5, 0, 0x4005) + bytes(9),
        struct.pack("!LLHHLH", 1, 2, 3, 5, 0, 0x6005) + bytes(99),
    ],
    ids=["empty", "short", "nothing told", "too much told", "no chunk", "small", "large", "reserved"],
)
def test_what_is_wrong_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPacket):
        read_transport_feedback(body)
