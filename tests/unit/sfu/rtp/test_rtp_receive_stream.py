"""Reception statistics: extension of numbers, loss, jitter, sender reports."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.ntp import to_ntp
from sfu.rtp.receive_stream import ReceiveStream
from sfu.rtp.rtcp import SenderReport


def feed(stream: ReceiveStream, numbers: list[int], start: float = 0.0) -> list[int]:
    return [stream.received(n & 0xFFFF, 960 * n & 0xFFFF_FFFF, 100, start + 0.02 * n) for n in numbers]


def test_counts_and_extends_over_the_wrap() -> None:
    stream = ReceiveStream(7, 48_000)
    numbers = list(range(65_530, 65_550))
    assert feed(stream, numbers) == [0x1_0000 + n for n in numbers]
    block = stream.report_block(0.0)
    assert (block.ssrc, block.highest_sequence, block.packets_lost, block.fraction_lost) == (7, 65_549, 0, 0)
    assert (stream.packets, stream.bytes, stream.jitter) == (20, 2000, 0)


def test_nothing_received_yet() -> None:
    block = ReceiveStream(7, 48_000).report_block(1.0)
    assert (block.highest_sequence, block.packets_lost, block.fraction_lost, block.last_sr) == (0, 0, 0, 0)


def test_fraction_is_of_the_interval_and_loss_of_all() -> None:
    stream = ReceiveStream(7, 48_000)
    feed(stream, [n for n in range(100) if n % 4])
    first = stream.report_block(0.0)  # 1 to 99: 24 of 99
    assert (first.packets_lost, first.fraction_lost) == (24, 24 * 256 // 99)
    feed(stream, list(range(100, 200)))
    second = stream.report_block(0.0)
    assert (second.packets_lost, second.fraction_lost) == (24, 0)
    feed(stream, [8, 12, 16])  # late ones make up for earlier loss
    third = stream.report_block(0.0)
    assert (third.packets_lost, third.fraction_lost) == (21, 0)


def test_duplicates_make_the_loss_negative_at_most() -> None:
    stream = ReceiveStream(7, 48_000)
    feed(stream, [1, 2, 2, 2])
    block = stream.report_block(0.0)
    assert (block.packets_lost, block.fraction_lost) == (-2, 0)


def test_late_retransmissions_in_a_row_do_not_pass_for_a_restart() -> None:
    stream = ReceiveStream(7, 90_000)
    feed(stream, list(range(2000)))
    assert feed(stream, [1500, 1501, 1502]) == [0x1_0000 + n for n in (1500, 1501, 1502)]
    assert feed(stream, [2000]) == [0x1_0000 + 2000]


def test_a_sender_that_restarts_behind_continues_above() -> None:
    stream = ReceiveStream(7, 90_000)
    feed(stream, list(range(40_000, 40_100)))
    first = stream.received(20_000, 5, 100, 10.0)
    assert first == 0x1_0000 + 20_000  # may still be a very late packet
    second = stream.received(20_001, 5, 100, 10.0)
    assert second == 0x2_0000 + 20_001
    assert stream.received(20_002, 5, 100, 10.0) == second + 1
    block = stream.report_block(10.0)
    assert (block.packets_lost, block.fraction_lost, block.highest_sequence) == (0, 0, 0x1_0000 + 20_002)


def test_a_single_stray_packet_is_no_restart() -> None:
    stream = ReceiveStream(7, 90_000)
    feed(stream, list(range(40_000, 40_100)))
    stream.received(20_000, 5, 100, 10.0)
    assert feed(stream, [40_100]) == [0x1_0000 + 40_100]
    assert stream.received(20_001, 5, 100, 10.0) == 0x1_0000 + 20_001


def test_a_long_outage_jumps_ahead_without_absurd_loss() -> None:
    stream = ReceiveStream(7, 90_000)
    feed(stream, list(range(10)))
    assert feed(stream, [10_000, 10_001]) == [0x1_0000 + 10_000, 0x1_0000 + 10_001]
    assert stream.report_block(0.0).packets_lost == 0


def test_jitter_of_a_jittery_stream() -> None:
    """Arrivals off by up to 5 ms either way: |D| of two uniform errors averages a third of the width, 3.3 ms."""
    rng = random.Random(1)
    stream = ReceiveStream(7, 48_000)
    samples: list[int] = []
    for n in range(2000):
        stream.received(n, (960 * n - 5000) & 0xFFFF_FFFF, 100, 0.02 * n + rng.random() * 0.010)
        samples.append(stream.jitter)
    assert sum(samples[100:]) / len(samples[100:]) == pytest.approx(48 * 10 / 3, rel=0.1)


def test_packets_of_one_frame_and_late_ones_add_no_jitter() -> None:
    stream = ReceiveStream(7, 90_000)
    for frame in range(50):
        for part in range(4):
            stream.received(frame * 4 + part, frame * 3000, 1000, frame / 30 + part * 0.005)
    stream.received(3, 0, 1000, 2.0)
    assert stream.jitter == 0


def test_a_clock_set_anew_does_not_ruin_the_jitter() -> None:
    stream = ReceiveStream(7, 48_000)
    stream.received(1, 0, 100, 0.0)
    stream.received(2, 0x7000_0000, 100, 0.02)
    stream.received(3, 0x7000_0000 + 960, 100, 0.04)
    assert stream.jitter == 0


def test_sender_report_is_echoed() -> None:
    stream = ReceiveStream(7, 48_000)
    stream.received(1, 0, 100, 100.0)
    ntp = to_ntp(1_700_000_000.25)
    stream.sender_report(SenderReport(7, ntp, 1234, 1, 100), 100.0)
    assert stream.last_sr is not None
    assert (stream.last_sr.ntp, stream.last_sr.rtp_timestamp, stream.last_sr.arrival) == (ntp, 1234, 100.0)
    block = stream.report_block(100.5)
    assert (block.last_sr, block.delay_since_last_sr) == (ntp >> 16 & 0xFFFF_FFFF, 32768)


@given(
    st.lists(
        st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF), st.integers(0, 1500), st.floats(0, 100)),
        max_size=100,
    )
)
def test_any_input_gives_a_report_that_packs(packets: list[tuple[int, int, int, float]]) -> None:
    stream = ReceiveStream(7, 90_000)
    now = 0.0
    for seq, timestamp, size, elapsed in packets:
        now += elapsed
        extended = stream.received(seq, timestamp, size, now)
        assert extended & 0xFFFF == seq and extended >= 0
        stream.report_block(now).pack()
