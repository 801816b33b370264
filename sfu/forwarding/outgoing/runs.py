"""Runs: packets of one layer that came together, cut so that each run can leave a subscriber's line in one call.

`UDP_SEGMENT` of Linux takes many datagrams at once when all but the last are of equal size, which is several times
cheaper than one call for each. Packets of one frame mostly differ by a few bytes, and RTP padding (RFC 3550
section 5.1) makes up for that. Done once per layer, for all its subscribers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sfu.congestion.history import Sent
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.line import MARKER, MAX_RUN_BYTES, MAX_SEGMENTS, OVERHEAD, PADDING, VERSION
from sfu.rtp.vp8 import Vp8Descriptor

MAX_OVERHEAD: Final = OVERHEAD + 40
"""With the MID of up to 32 characters."""
MAX_PADDING: Final = 255
PADDING_SHARE: Final = 0.15
"""At most this share of a run may be padding; beyond that, what the line loses is worth more than a call saved."""


class Row(NamedTuple):
    """One packet as all slots send it."""

    sequence: int
    timestamp: int
    first_byte: int
    marker: int
    payload: bytes
    """With its padding."""
    vp8: Vp8Descriptor | None


class Departure(NamedTuple):
    """A row that left, and the record of it in the history of each line that numbers what leaves."""

    row: Row
    sent: Sent


class Run(NamedTuple):
    """Rows whose payloads are of one size but for the last, which may be shorter. ``size``: of them all, in bytes,
    with what is around them."""

    rows: list[Row]
    size: int


def row(packet: MediaPacket, padding: int = 0) -> Row:
    payload, first_byte = packet.payload, VERSION
    if packet.padding_only:
        first_byte |= PADDING
    elif padding:
        first_byte |= PADDING
        payload += bytes(padding - 1) + bytes([padding])
    marker = MARKER if packet.marker else 0
    return Row(packet.sequence, packet.timestamp, first_byte, marker, payload, packet.vp8)


def cut(packets: Sequence[MediaPacket]) -> list[Run]:
    """Runs that hold ``packets`` in their order; as few as padding of bounded cost allows."""
    runs: list[Run] = []
    start = size = total = 0
    for end, packet in enumerate(packets):
        length = len(packet.payload)
        if end > start:
            largest = max(size, length)
            # Were this one the last of the run, all before it would be padded to the largest.
            count = end - start
            waste = largest * count - total
            if (
                waste > PADDING_SHARE * (total + length)
                or packet.padding_only
                or packets[end - 1].padding_only
                or largest - min(len(before.payload) for before in packets[start:end]) > MAX_PADDING
                or count == MAX_SEGMENTS
                or (largest + MAX_OVERHEAD) * (count + 1) > MAX_RUN_BYTES
            ):
                runs.append(_run(packets[start:end], size))
                start, size, total = end, 0, 0
        size = max(size, length)
        total += length
    if start < len(packets):
        runs.append(_run(packets[start:], size))
    return runs


def _run(packets: Sequence[MediaPacket], size: int) -> Run:
    rows = [row(packet, size - len(packet.payload)) for packet in packets[:-1]]
    rows.append(row(packets[-1]))
    return Run(rows, sum(len(item.payload) for item in rows) + OVERHEAD * len(rows))
