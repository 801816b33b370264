"""Cutting a batch into runs of equal size: as few as bounded padding allows, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.line import MAX_RUN_BYTES, MAX_SEGMENTS, OVERHEAD, PADDING
from sfu.forwarding.outgoing.runs import MAX_PADDING, PADDING_SHARE, Row, Run, cut


def packets(*sizes: int) -> list[MediaPacket]:
    return [MediaPacket(i, 3000, False, bytes([i & 0xFF]) * size, 1.0) for i, size in enumerate(sizes)]


def lengths(runs: list[Run]) -> list[list[int]]:
    return [[len(row.payload) for row in run.rows] for run in runs]


def unpadded(row: Row) -> bytes:
    return row.payload[: -row.payload[-1]] if row.first_byte & PADDING else row.payload


def test_packets_of_one_frame_differ_little_and_leave_together() -> None:
    runs = cut(packets(1100, 1099, 1100, 1098))
    assert lengths(runs) == [[1100, 1100, 1100, 1098]]
    assert runs[0].size == 4398 + 4 * OVERHEAD


def test_the_short_end_of_a_frame_is_not_padded() -> None:
    assert lengths(cut(packets(1100, 1100, 300))) == [[1100, 1100, 300]]


def test_what_would_cost_much_padding_starts_a_new_run() -> None:
    assert lengths(cut(packets(1100, 300, 1100, 1100))) == [[1100, 300], [1100, 1100]]
    assert lengths(cut(packets(80, 1100, 1100))) == [[80], [1100, 1100]]


def test_padding_alone_leaves_alone() -> None:
    batch = packets(1100, 1, 1100)
    batch[1].padding_only = True
    runs = cut(batch)
    assert lengths(runs) == [[1100], [1], [1100]]
    assert runs[1].rows[0].first_byte & PADDING


def test_marker_and_numbers_are_kept() -> None:
    batch = packets(1000, 1000)
    batch[1].marker = True
    (run,) = cut(batch)
    assert [(row.sequence, row.timestamp, row.marker) for row in run.rows] == [(0, 3000, 0), (1, 3000, 0x80)]


@given(st.lists(st.integers(1, 1460), max_size=200))
def test_runs_hold_every_packet_once_in_order_and_fit_the_kernel(sizes: list[int]) -> None:
    batch = packets(*sizes)
    runs = cut(batch)
    assert [row.sequence for run in runs for row in run.rows] == list(range(len(batch)))
    assert [unpadded(row) for run in runs for row in run.rows] == [packet.payload for packet in batch]
    for run in runs:
        *full, last = [len(row.payload) for row in run.rows]
        assert len(run.rows) <= MAX_SEGMENTS
        assert len(set(full)) <= 1 and all(last <= size for size in full)
        assert run.size <= MAX_RUN_BYTES
        padding = [len(row.payload) - len(unpadded(row)) for row in run.rows]
        assert max(padding) <= MAX_PADDING
        assert sum(padding) <= PADDING_SHARE * sum(len(row.payload) for row in run.rows) + 1
