"""Where on a slot's time line a new source begins: pure arithmetic on RTP timestamps.

The layers of one track show the same instants under different timestamps; the publisher's sender reports tell how
they belong together (RFC 3550 section 6.4.1). Where they don't tell, the time that passed here has to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sfu.rtp.serial import ts_delta

if TYPE_CHECKING:
    from sfu.rtp.receive_stream import LastSenderReport

MAX_EXTRA_S: Final = 0.075
"""A frame that would be shown this much earlier than the last one sent may be shown after it; no later ones."""
MAX_DISAGREEMENT_S: Final = 0.5
"""Sender reports that differ more from the time that passed here are wrong."""


class Place(NamedTuple):
    """``timestamp``: outgoing. ``extra``: how many units later than the sender reports say."""

    timestamp: int
    extra: int


def same_instant(timestamp: int, report: LastSenderReport, other: LastSenderReport, clock_rate: int) -> int:
    """The timestamp that the stream of ``other`` has for the instant ``timestamp`` of the stream of ``report``."""
    between = ((report.ntp - other.ntp) * clock_rate + (1 << 31)) >> 32
    return (other.rtp_timestamp + between + ts_delta(timestamp, report.rtp_timestamp)) & 0xFFFFFFFF


def place(last: int, by_reports: int | None, elapsed_s: float, room_s: float, clock_rate: int) -> Place | None:
    """Where to show the first frame of a new source, when the last one sent has the timestamp ``last``.

    ``by_reports``: where the publisher's clock puts it, if known; ``elapsed_s``: since the last one came in;
    ``room_s``: the least distance to it. None: it is too old to be shown after the last one; wait for another.
    """
    room = max(1, round(room_s * clock_rate))
    by_time = Place((last + max(room, round(elapsed_s * clock_rate))) & 0xFFFFFFFF, 0)
    if by_reports is None:
        return by_time
    ahead = ts_delta(by_reports, last)
    if abs(ahead / clock_rate - elapsed_s) > MAX_DISAGREEMENT_S:
        return by_time
    if ahead >= room:
        return Place(by_reports, 0)
    extra = room - ahead
    if extra > MAX_EXTRA_S * clock_rate:
        return None
    return Place((last + room) & 0xFFFFFFFF, extra)
