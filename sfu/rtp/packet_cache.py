"""The recent packets of one stream, kept to answer NACKs and to give newcomers a picture."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

PacketT = TypeVar("PacketT")


class PacketCache(Generic[PacketT]):
    """Packets by extended sequence number, dropped when older than ``duration_s`` or beyond ``max_packets``.

    ``now`` must not go back. Age is looked at when a packet is stored: a stream that stopped keeps its last ones.
    """

    __slots__ = ("_arrivals", "_duration_s", "_max_packets", "_packets")

    def __init__(self, duration_s: float, max_packets: int) -> None:
        self._duration_s = duration_s
        self._max_packets = max_packets
        self._packets: dict[int, PacketT] = {}
        self._arrivals: deque[tuple[float, int]] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def store(self, extended_seq: int, packet: PacketT, now: float) -> None:
        """Keep a packet; of duplicates the first stays."""
        packets, arrivals = self._packets, self._arrivals
        oldest = now - self._duration_s
        while arrivals and arrivals[0][0] < oldest:
            del packets[arrivals.popleft()[1]]
        if extended_seq not in packets:
            packets[extended_seq] = packet
            arrivals.append((now, extended_seq))
            if len(arrivals) > self._max_packets:
                del packets[arrivals.popleft()[1]]

    def get(self, extended_seq: int) -> PacketT | None:
        return self._packets.get(extended_seq)

    def clear(self) -> None:
        self._packets.clear()
        self._arrivals.clear()
