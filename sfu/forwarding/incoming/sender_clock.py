"""Keeps sound and picture of one publisher together: its wall clock, seen from ours."""

from __future__ import annotations

from collections import deque

from sfu.rtp.ntp import from_ntp

REMEMBERED_REPORTS = 16


class SenderClock:
    """The offset between a publisher's NTP clock and ours, the same for all its tracks.

    A sender report that travelled fast tells the offset best, so the smallest of the last few counts.
    """

    __slots__ = ("_offsets",)

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=REMEMBERED_REPORTS)

    def report(self, ntp: int, wall_s: float) -> None:
        """A sender report with 64-bit timestamp ``ntp`` came in at ``wall_s`` (Unix seconds)."""
        self._offsets.append(wall_s - from_ntp(ntp))

    @property
    def offset_s(self) -> float | None:
        """How far the publisher's clock is behind ours; None before the first report."""
        return min(self._offsets, default=None)

    def follow(self, offset_s: float) -> None:
        """Another worker measured the offset."""
        self._offsets.clear()
        self._offsets.append(offset_s)

    def rtp_at(self, ntp: int, rtp_timestamp: int, clock_rate: int, wall_s: float) -> int:
        """The RTP timestamp the publisher would give the instant ``wall_s``, from a sender report's pair."""
        elapsed = wall_s - min(self._offsets) - from_ntp(ntp)
        return (rtp_timestamp + round(elapsed * clock_rate)) & 0xFFFFFFFF
