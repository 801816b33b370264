"""The time line of frames that were sent from the cache: close together, so that none is shown late."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sfu.rtp.serial import ts_delta

if TYPE_CHECKING:
    from sfu.forwarding.media_packet import MediaPacket

STEP_S: Final = 1 / 1000
"""Between the frames, so that a receiver decodes them at once and shows the newest."""
SPAN_S: Final = 1 / 20
"""All of them take no more than this."""


class Replay:
    """Frames before that of timestamp ``live`` are moved towards it.

    ``room_s``: how far before it the first one comes.
    """

    __slots__ = ("_moved", "_source", "live", "room_s")

    def __init__(self, packets: Iterable[MediaPacket], clock_rate: int) -> None:
        """``packets``: those of one frame at least, of the newest among them."""
        timestamps = [packet.timestamp for packet in packets if not packet.padding_only]
        self.live = timestamps[0]
        for timestamp in timestamps:
            if ts_delta(timestamp, self.live) > 0:
                self.live = timestamp
        # Relative to the newest frame, and so negative.
        self._source = sorted({ts_delta(timestamp, self.live) for timestamp in timestamps})
        count = len(self._source)
        step_s = min(STEP_S, SPAN_S / count)
        self.room_s = step_s * (count - 1)
        step = max(1, int(step_s * clock_rate))
        self._moved = [step * (i + 1 - count) for i in range(count)]

    def covers(self, timestamp: int) -> bool:
        """Whether a frame of this timestamp is moved."""
        return ts_delta(timestamp, self.live) < 0

    def at(self, timestamp: int) -> int:
        """Where a frame that is covered is moved to; one that was missing stays between its neighbours."""
        age = ts_delta(timestamp, self.live)
        source, moved = self._source, self._moved
        after = bisect_right(source, age)
        if after == 0:
            return (self.live + moved[0]) & 0xFFFFFFFF
        found = moved[after - 1]
        if source[after - 1] != age and after < len(source):
            share = (age - source[after - 1]) / (source[after] - source[after - 1])
            found += round(share * (moved[after] - found))
        return (self.live + found) & 0xFFFFFFFF
