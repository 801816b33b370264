"""How much one participant may send: what floods is dropped before it costs anything."""

from __future__ import annotations

from typing import Final

PACKETS_PER_S: Final = 4000.0
BYTES_PER_S: Final = 2_000_000.0
"""16 Mbit/s: several times what a camera in layers and a screen take; encoders other than browsers send more."""
BURST_S: Final = 1.5


class FloodGuard:
    """A token bucket for packets and one for bytes, filled by time; both start full."""

    __slots__ = ("_at", "_bytes", "_packets")

    def __init__(self) -> None:
        self._packets = PACKETS_PER_S * BURST_S
        self._bytes = BYTES_PER_S * BURST_S
        self._at: float | None = None

    def admit(self, size: int, now: float) -> bool:
        """Whether a packet of ``size`` bytes may come in. Hot path: once per packet."""
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        packets = min(self._packets + elapsed * PACKETS_PER_S, PACKETS_PER_S * BURST_S)
        octets = min(self._bytes + elapsed * BYTES_PER_S, BYTES_PER_S * BURST_S)
        if packets < 1.0 or octets < size:
            self._packets, self._bytes = packets, octets
            return False
        self._packets, self._bytes = packets - 1.0, octets - size
        return True


class Allowance:
    """How often something may happen: ``burst`` times at once, then every ``interval_s``."""

    __slots__ = ("_burst", "_full_at", "_interval_s")

    def __init__(self, burst: int, interval_s: float) -> None:
        self._burst = burst
        self._interval_s = interval_s
        self._full_at = float("-inf")

    def take(self, now: float) -> bool:
        """Whether it may happen now; then it counts."""
        full_at = max(self._full_at, now) + self._interval_s
        if full_at - now > self._burst * self._interval_s + 1e-9:
            return False
        self._full_at = full_at
        return True
