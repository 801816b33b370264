"""The arrival of a datagram, from the kernel's own timestamp."""

from __future__ import annotations

import socket
import struct

import pytest

from sfu.transport.udp import arrival_time

SINCE_WALL = -1_000.0


def stamped(wall_s: float) -> list[tuple[int, int, bytes]]:
    seconds = int(wall_s)
    return [(socket.SOL_SOCKET, 35, struct.pack("@ll", seconds, round((wall_s - seconds) * 1e9)))]


def test_a_datagram_that_waited_counts_from_when_it_came() -> None:
    assert arrival_time(stamped(1_004.75), SINCE_WALL, now=5.0) == pytest.approx(4.75)


def test_without_a_timestamp_it_came_now() -> None:
    assert arrival_time([], SINCE_WALL, now=5.0) == 5.0


@pytest.mark.parametrize("wall_s", [1_006.0, 1_003.0, 0.0])
def test_a_clock_that_was_set_is_not_believed(wall_s: float) -> None:
    assert arrival_time(stamped(wall_s), SINCE_WALL, now=5.0) == 5.0
