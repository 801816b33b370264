"""The recent packets of one stream, kept to answer NACKs and to give newcomers a picture."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

PacketT = TypeVar("PacketT")


class PacketCache(Generic[PacketT]):
    """Packets by extended sequence number, dropped when older than ``duration_s`` or beyond ``max_packets`` or
    ``max_bytes``. ``forgotten`` is the highest number that was dropped.

    ``now`` must not go back. Age is looked at when a packet is stored: a stream that stopped keeps its last ones.
    """

    __slots__ = ("_arrivals", "_bytes", "_duration_s", "_max_bytes", "_max_packets", "_packets", "forgotten")

    def __init__(self, duration_s: float, max_packets: int, max_bytes: int = 1 << 62) -> None:
        self._duration_s = duration_s
        self._max_packets = max_packets
        self._max_bytes = max_bytes
        self._bytes = 0
        self.forgotten = -1
        self._packets: dict[int, PacketT] = {}
        self._arrivals: deque[tuple[float, int, int]] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def store(self, extended_seq: int, packet: PacketT, now: float, size: int = 0) -> None:
        """Keep a packet of ``size`` bytes; of duplicates the first stays."""
        packets, arrivals = self._packets, self._arrivals
        oldest = now - self._duration_s
        while arrivals and arrivals[0][0] < oldest:
            self._forget()
        if extended_seq not in packets:
            packets[extended_seq] = packet
            arrivals.append((now, extended_seq, size))
            self._bytes += size
            while len(arrivals) > self._max_packets or self._bytes > self._max_bytes:
                self._forget()

    def _forget(self) -> None:
        _, extended_seq, size = self._arrivals.popleft()
        del self._packets[extended_seq]
        self._bytes -= size
        if extended_seq > self.forgotten:
            self.forgotten = extended_seq

    def get(self, extended_seq: int) -> PacketT | None:
        return self._packets.get(extended_seq)

    def clear(self) -> None:
        self._packets.clear()
        self._arrivals.clear()
        self._bytes = 0
