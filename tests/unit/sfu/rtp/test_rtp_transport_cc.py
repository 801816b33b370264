"""Transport-wide feedback: what is built says what came, byte for byte as the draft has it."""

from __future__ import annotations

import contextlib
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp import TransportFeedback, parse_rtcp
from sfu.rtp.serial import seq_delta
from sfu.rtp.transport_cc import TransportFeedbackBuilder, parse_transport_feedback

TICK = 0.00025


def parse(packet: bytes) -> TransportFeedback:
    (found,) = parse_rtcp(packet)
    assert isinstance(found, TransportFeedback)
    return found


def reference_decode(packet: bytes) -> tuple[int, int, list[int | None]]:
    """A second reading of the draft, by bit strings: base, feedback count, arrival ticks."""
    assert packet[0] in (0x8F, 0xAF) and packet[1] == 205
    assert len(packet) == 4 * (struct.unpack("!H", packet[2:4])[0] + 1)
    if packet[0] & 0x20:
        assert 1 <= packet[-1] <= 3
        packet = packet[: -packet[-1]]
    base, count = struct.unpack("!HH", packet[12:16])
    reference = int.from_bytes(packet[16:19], "big")
    pos, symbols = 20, ""
    while len(symbols) < count:
        bits = f"{struct.unpack('!H', packet[pos : pos + 2])[0]:016b}"
        pos += 2
        if bits[0] == "0":
            symbols += str(int(bits[1:3], 2)) * int(bits[3:], 2)
        elif bits[1] == "0":
            symbols += bits[2:]
        else:
            symbols += "".join(str(int(bits[i : i + 2], 2)) for i in range(2, 16, 2))
    assert set(symbols[count:]) <= {"0"}
    ticks = reference * 256
    arrivals: list[int | None] = []
    for symbol in symbols[:count]:
        if symbol == "0":
            arrivals.append(None)
            continue
        width = int(symbol)
        ticks += struct.unpack("!B" if width == 1 else "!h", packet[pos : pos + width])[0]
        pos += width
        arrivals.append(ticks)
    assert pos == len(packet)
    return base, packet[19], arrivals


def feed(builder: TransportFeedbackBuilder, *arrivals: tuple[int, float]) -> None:
    for seq, at in arrivals:
        builder.received(seq & 0xFFFF, at)


def test_bytes_of_a_small_packet() -> None:
    """Six numbers of which one is missing and one late, written by hand."""
    builder = TransportFeedbackBuilder()
    feed(builder, (10, 1.0), (11, 1.001), (13, 1.100), (14, 1.099), (15, 1.100))
    (packet,) = builder.build(1, 2)
    expected = (
        "afcd0007 00000001 00000002"
        "000a 0006"  # base and count
        "00000f 00"  # 1.0 s is 15 times 64 ms and 40 ms; the first feedback
        "d4a4"  # two-bit symbols 1 1 0 2 2 1 and one unused
        "a0 04 018c fffc 04"  # 40 ms, 1 ms, 99 ms, -1 ms, 1 ms
        "000003"  # padding
    )
    assert packet == bytes.fromhex(expected)


def test_empty_then_pending_then_empty() -> None:
    builder = TransportFeedbackBuilder()
    assert builder.pending() == 0 and builder.build(1, 2) == []
    feed(builder, (5, 1.0), (5, 1.1), (6, 1.2))
    assert builder.pending() == 2
    assert parse(builder.build(1, 2)[0]).arrivals == ((5, 1.0), (6, 4800 * TICK))
    assert builder.pending() == 0 and builder.build(1, 2) == []


def test_loss_at_the_seam_of_two_builds_is_told_once() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, (1, 1.0), (2, 1.01))
    builder.build(1, 2)
    feed(builder, (5, 1.1), (6, 1.11))
    found = parse(builder.build(1, 2)[0])
    assert [(seq, at is not None) for seq, at in found.arrivals] == [(3, False), (4, False), (5, True), (6, True)]
    feed(builder, (7, 1.2))
    assert [seq for seq, _ in parse(builder.build(1, 2)[0]).arrivals] == [7]


def test_a_late_packet_takes_the_next_build_back() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, (1, 1.0), (3, 1.01), (4, 1.02))
    builder.build(1, 2)
    feed(builder, (2, 1.05), (5, 1.06))
    found = parse(builder.build(1, 2)[0])
    assert [seq for seq, _ in found.arrivals] == [2, 3, 4, 5]
    assert [at for _, at in found.arrivals] == pytest.approx([1.05, 1.01, 1.02, 1.06])


def test_reordering_before_the_first_build() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, (0, 1.0), (65_535, 1.001), (1, 1.002))
    assert [seq for seq, _ in parse(builder.build(1, 2)[0]).arrivals] == [65_535, 0, 1]


def test_much_too_late_packets_are_left_out() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, (5000, 1.0))
    builder.build(1, 2)
    feed(builder, (4499, 1.1))
    assert builder.pending() == 0 and builder.build(1, 2) == []


def test_a_duplicate_is_not_told_again_however_long_after() -> None:
    builder = TransportFeedbackBuilder()
    for n in range(5000):
        feed(builder, (n, n / 100))
        if n % 10 == 9:
            builder.build(1, 2)
    feed(builder, (4500, 60.0), (4999, 60.0))
    assert builder.pending() == 0


def test_a_pause_longer_than_a_delta_starts_a_new_packet() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, (1, 1.0), (2, 1.0 + 0x7FFF * TICK), (3, 1.0 + 0xFFFF * TICK), (4, 100.0))
    first, second, third = builder.build(1, 2)
    assert [seq for seq, _ in parse(first).arrivals] == [1, 2]
    assert [seq for seq, _ in parse(second).arrivals] == [3]
    assert parse(third).arrivals == ((4, 100.0),)
    assert [parse(p).feedback_count for p in (first, second, third)] == [0, 1, 2]


def test_feedback_count_wraps() -> None:
    builder = TransportFeedbackBuilder()
    counts = []
    for n in range(300):
        feed(builder, (n, n / 10))
        counts += [parse(p).feedback_count for p in builder.build(1, 2)]
    assert counts == [n & 0xFF for n in range(300)]


def test_reference_time_wraps() -> None:
    builder = TransportFeedbackBuilder()
    period = 2**24 * 0.064
    feed(builder, (1, period - 0.001), (2, period + 0.001))
    (packet,) = builder.build(1, 2)
    _, _, ticks = reference_decode(packet)
    assert ticks == [2**32 - 4, 2**32 + 4]
    feed(builder, (3, period + 0.065))
    _, _, ticks = reference_decode(builder.build(1, 2)[0])
    assert ticks == [260]


def test_large_gaps_are_cheap_and_split_where_numbers_would_be_ambiguous() -> None:
    builder = TransportFeedbackBuilder()
    feed(builder, *((n * 30_000, 1.0 + n * 0.001) for n in range(50)))
    packets = builder.build(1, 2)
    assert sum(map(len, packets)) < 50 * 40
    came = [offset for p in packets for offset in [reference_decode(p)] if offset]
    assert sum(sum(at is not None for at in arrivals) for _, _, arrivals in came) == 50


def test_packets_stay_below_the_mtu() -> None:
    rng = random.Random(3)
    builder = TransportFeedbackBuilder()
    seq, sent = 0, {}
    for n in range(3000):
        seq += rng.choice((1, 2, 20))
        sent[seq & 0xFFFF] = at = round((1.0 + n * 0.1 + rng.random()) / TICK)
        feed(builder, (seq, at * TICK))
    told: dict[int, int] = {}
    packets = builder.build(1, 2)
    assert len(packets) > 5
    for packet in packets:
        assert len(packet) <= 1200
        base, _, arrivals = reference_decode(packet)
        told |= {(base + i) & 0xFFFF: at for i, at in enumerate(arrivals) if at is not None}
    assert told == sent


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 2**26),
    st.lists(
        st.tuples(
            st.sampled_from([1, 1, 1, 1, 2, 3, 15, 40]) | st.integers(-20, 300),
            st.sampled_from([0, 1, 4, 20, 255, 256]) | st.integers(0, 70_000),
            st.booleans(),
        ),
        max_size=120,
    ),
)
def test_everything_that_came_is_told_at_its_time(
    first: int, start: int, steps: list[tuple[int, int, bool]]
) -> None:
    """Any order and spacing, builds in between: every arrival is told, at its tick, and no number is skipped."""
    builder = TransportFeedbackBuilder()
    seq, tick = first + 0x1_0000, start
    came: dict[int, int] = {}
    told: dict[int, int] = {}
    covered: set[int] = set()

    def build() -> None:
        for packet in builder.build(7, 8):
            base, _, arrivals = reference_decode(packet)
            found = parse(packet)
            assert (found.sender_ssrc, found.media_ssrc, found.base_sequence) == (7, 8, base)
            assert [None if at is None else round(at / TICK) for _, at in found.arrivals] == arrivals
            begin = seq + seq_delta(base, seq & 0xFFFF)
            covered.update(range(begin, begin + len(arrivals)))
            for offset, at in enumerate(arrivals):
                if at is not None:
                    assert came[begin + offset] == at
                    told[begin + offset] = at
            assert arrivals[-1] is not None

    for step, elapsed, flush in steps:
        seq += step
        tick += elapsed
        came.setdefault(seq, tick)
        builder.received(seq & 0xFFFF, tick * TICK)
        if flush:
            build()
    build()
    assert told == came
    assert not came or covered == set(range(min(came), max(came) + 1))


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.lists(st.none() | st.integers(0, 20_000), min_size=1, max_size=200),
)
def test_feedback_round_trip(base: int, count: int, ticks: list[int | None]) -> None:
    arrivals = tuple(((base + i) & 0xFFFF, None if tick is None else tick * TICK) for i, tick in enumerate(ticks))
    feedback = TransportFeedback(1, 2, base, count, arrivals)
    assert parse(feedback.pack()) == feedback


def test_what_cannot_be_packed() -> None:
    with pytest.raises(ValueError, match="1 to 65535"):
        TransportFeedback(1, 2, 3, 4, ()).pack()
    with pytest.raises(ValueError, match="too far apart"):
        TransportFeedback(1, 2, 3, 4, ((3, 1.0), (4, 100.0))).pack()


def body(count: int, rest: str) -> bytes:
    return struct.pack("!LLHHL", 1, 2, 100, count, 0) + bytes.fromhex(rest)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(15),
        body(0, ""),  # nothing told
        body(1, ""),  # no chunk
        body(15, "bfff"),  # second chunk missing
        body(2, "2002 01"),  # delta missing
        body(1, "4001 01"),  # half of a large delta
        body(1, "6001 0102"),  # reserved symbol
        body(0xFFFF, "1fff" * 9),  # absurd count
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_transport_feedback(data)


def test_chunks_may_reach_past_the_count() -> None:
    found = parse_transport_feedback(body(2, "3fff 0102 0000"))
    assert found.arrivals == ((100, TICK), (101, 3 * TICK))


@given(st.integers(0, 9000), st.binary(max_size=60))
def test_any_bytes_parse_or_are_malformed(count: int, rest: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        found = parse_transport_feedback(struct.pack("!LLHHL", 1, 2, 3, count, 5) + rest)
        assert len(found.arrivals) == count
