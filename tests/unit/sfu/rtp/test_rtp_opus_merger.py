"""Opus merged into 60 ms packets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.opus import frame_samples, parse_opus
from sfu.rtp.opus_merger import PATIENCE_S, Merged, OpusMerger

TOC = 0x78
TEN_MS = 0x70


def speech(number: int, toc: int = TOC) -> bytes:
    return bytes([toc]) + number.to_bytes(2, "big") * 20


def frames(merged: Merged) -> list[bytes]:
    return parse_opus(merged.payload).frames


def test_three_packets_become_one() -> None:
    merger = OpusMerger()
    assert merger.push(speech(1), 1000, 0.00) == []
    assert merger.push(speech(2), 1960, 0.02) == []
    [merged] = merger.push(speech(3), 2920, 0.04)
    assert merged.timestamp == 1000
    assert frames(merged) == [speech(n)[1:] for n in (1, 2, 3)]


def test_a_gap_ends_what_was_begun() -> None:
    merger = OpusMerger()
    merger.push(speech(1), 1000, 0.00)
    [merged] = merger.push(speech(3), 2920, 0.04)
    assert (merged.timestamp, frames(merged)) == (1000, [speech(1)[1:]])


def test_another_mode_ends_what_was_begun() -> None:
    merger = OpusMerger()
    merger.push(speech(1), 1000, 0.00)
    [merged] = merger.push(speech(2, TEN_MS), 1960, 0.02)
    assert frames(merged) == [speech(1)[1:]]
    assert merger.push(speech(3, TEN_MS), 2440, 0.03) == []


def test_the_last_packet_before_a_pause_waits_for_nothing() -> None:
    merger = OpusMerger()
    merger.push(speech(1), 1000, 0.00)
    [merged] = merger.push(bytes([TOC]), 1960, 0.02)
    assert frames(merged) == [speech(1)[1:], b""]


def test_what_is_not_followed_leaves_when_its_time_is_up() -> None:
    merger = OpusMerger()
    merger.push(speech(1), 1000, 0.0)
    assert merger.due(PATIENCE_S / 2) == []
    [merged] = merger.due(PATIENCE_S)
    assert frames(merged) == [speech(1)[1:]]
    assert merger.due(9.0) == []


def test_what_is_no_opus_goes_by_itself_and_in_order() -> None:
    merger = OpusMerger()
    merger.push(speech(1), 1000, 0.00)
    broken = bytes([TOC | 3])
    first, second = merger.push(broken, 1960, 0.02)
    assert frames(first) == [speech(1)[1:]]
    assert second == Merged(1960, broken)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TOC, TEN_MS, 0x08, 0x18]), st.binary(max_size=40), st.sampled_from([0, 0, 0, 960])
        ),
        max_size=40,
    ),
    st.integers(0, 0xFFFFFFFF),
)
def test_nothing_is_lost_nor_moved(packets: list[tuple[int, bytes, int]], start: int) -> None:
    """Every frame comes out once, in its order, at its own time."""
    merger = OpusMerger()
    expected: list[tuple[int, bytes]] = []
    out: list[Merged] = []
    timestamp = start
    for toc, body, gap in packets:
        timestamp = (timestamp + gap) & 0xFFFFFFFF
        expected.append((timestamp, body))
        out += merger.push(bytes([toc]) + body, timestamp, 0.0)
        timestamp = (timestamp + frame_samples(toc)) & 0xFFFFFFFF
    out += merger.flush()
    seen: list[tuple[int, bytes]] = []
    for merged in out:
        packet = parse_opus(merged.payload)
        for index, frame in enumerate(packet.frames):
            seen.append(((merged.timestamp + index * frame_samples(packet.toc)) & 0xFFFFFFFF, frame))
        assert packet.samples <= 5760
    assert seen == expected
