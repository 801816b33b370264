"""How busy a worker is: the processor time it takes, and how long datagrams wait until it reads them."""

from __future__ import annotations

from sfu.worker.wire import Load

INTERVAL_S = 1.0
"""How often a worker tells its load."""


class LoadMeter:
    """Turns counters that only grow into a `Load` about once a second."""

    __slots__ = ("_began", "_cpu_s", "_packets", "_waited_s", "_waits")

    def __init__(self, now: float, cpu_s: float) -> None:
        """``cpu_s``: processor time of the process so far."""
        self._began = now
        self._cpu_s = cpu_s
        self._packets = 0
        self._waits = 0
        self._waited_s = 0.0

    def waited(self, seconds: float) -> None:
        """The first datagram of a batch waited so long in the kernel."""
        self._waits += 1
        self._waited_s += seconds

    def due(self, now: float) -> bool:
        return now >= self._began + INTERVAL_S

    def take(self, now: float, cpu_s: float, packets_sent: int) -> Load:
        """The load since the last time. ``packets_sent`` may fall when participants leave."""
        elapsed = max(now - self._began, 1e-3)
        load = Load(
            cpu=max(0.0, cpu_s - self._cpu_s) / elapsed,
            lateness_s=self._waited_s / self._waits if self._waits else 0.0,
            packets_per_s=max(0, packets_sent - self._packets) / elapsed,
        )
        self._began, self._cpu_s, self._packets = now, cpu_s, packets_sent
        self._waits, self._waited_s = 0, 0.0
        return load
