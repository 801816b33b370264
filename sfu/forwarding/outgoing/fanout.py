"""The fan-out loop: the packets of one layer to every slot that shows it. This is the hot path of Podium.

Everything that is the same for all subscribers was done before the loop; per slot there is one header and one
encryption for each packet and one call for a run of them, and nothing is stored but the times of sending, where a
subscriber reports on them. Measured by ``bench/fanout.py``; findings in docs/performance.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sfu.forwarding.outgoing.line import EXTENSION, NUMBERED_HEADER, OVERHEAD, RTP_HEADER, Packet, segments_of
from sfu.forwarding.outgoing.runs import Departure, Row, Run, cut, row

if TYPE_CHECKING:
    from sfu.congestion.history import Sent
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.media_packet import MediaPacket
    from sfu.forwarding.outgoing.slot import Slot


PORTION: Final = 32
"""So many slots are served between two looks at the clock."""


def flush(layer: Layer, now: float, clock: Callable[[], float] | None = None) -> None:
    """The batch ended: let what is pending leave, to the slots there are. ``clock``: as of `fan_out_all`."""
    packets = layer.pending
    if packets:
        layer.pending = []
        fan_out_all(packets, layer.slots, now, layer.departed, clock)


def settle(layer: Layer) -> None:
    """A slot comes or goes: what is pending leaves before, to those who were there."""
    if layer.pending:
        flush(layer, layer.pending[-1].arrival)


def fan_out_all(
    packets: Sequence[MediaPacket],
    slots: Sequence[Slot],
    now: float,
    departed: deque[Departure] | None = None,
    clock: Callable[[], float] | None = None,
) -> None:
    """Send ``packets``, in order, to each slot in the numbering of that slot. ``departed``: where they are noted.

    Only for packets newer than the one every slot started with; others go through `fan_out_late`. With a ``clock``
    those who are served late in a large class have their own time of sending: else the time that it takes to send
    to the others would look like a queue on their lines. What is noted has one time for all.
    """
    if not slots:
        return
    runs = cut(packets)
    if clock is None or departed is not None or len(slots) <= PORTION:
        _send_runs(runs, slots, now, departed)
        return
    for start in range(0, len(slots), PORTION):
        _send_runs(runs, slots[start : start + PORTION], now, None)
        now = clock()


def _send_runs(runs: list[Run], slots: Sequence[Slot], now: float, departed: deque[Departure] | None) -> None:
    for run in runs:
        if len(run.rows) == 1:
            _send_row(run.rows[0], slots, now, departed)
        else:
            _send_run(run, slots, now, departed)


def fan_out_late(
    packet: MediaPacket, slots: Iterable[Slot], now: float, departed: deque[Departure] | None = None
) -> None:
    """`fan_out_all` for a reordered or repaired packet: slots that started after it do not get it."""
    started = [slot for slot in slots if packet.sequence >= slot.first_sequence]
    _send_row(row(packet), started, now, departed)


def _send_row(item: Row, slots: Iterable[Slot], now: float, departed: deque[Departure] | None) -> None:
    sequence, timestamp, first_byte, marker, payload, vp8 = item
    with_extension = first_byte | EXTENSION
    size = len(payload) + OVERHEAD
    sent = (size, now)
    if departed is not None:
        departed.append(Departure(item, sent))
    for slot in slots:
        line = slot.line
        pacer = line.pacer
        pacer.credit -= size
        if pacer.credit < 0 and not pacer.admit(size, now):
            _hold((item,), (sent,), slot, now)
            continue
        index = sequence + slot.sequence_offset
        if block := slot.block:
            line.number = number = line.number + 1
            line.history.append(sent)
            header = NUMBERED_HEADER(
                with_extension,
                marker | slot.payload_type,
                index & 0xFFFF,
                (timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
                slot.ssrc,
                block | (number & 0xFFFF) << 8,
            )
        else:
            header = RTP_HEADER(
                with_extension if slot.tail else first_byte,
                marker | slot.payload_type,
                index & 0xFFFF,
                (timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
                slot.ssrc,
            )
        if slot.tail:
            header += slot.tail
        picture = slot.picture
        plaintext = payload if picture is None or vp8 is None else picture.rewrite(payload, vp8)
        data = header + line.encrypt((slot.iv ^ index).to_bytes(12, "big"), plaintext, header)
        try:
            line.sendto(data, line.address)
        except OSError as error:
            line.lost(1, error)


def _send_run(run: Run, slots: Iterable[Slot], now: float, departed: deque[Departure] | None) -> None:
    rows, size = run
    sent = [(len(item.payload) + OVERHEAD, now) for item in rows]
    if departed is not None:
        departed.extend(map(Departure, rows, sent))
    segment = len(rows[0].payload) + OVERHEAD
    usual = segments_of(segment)
    for slot in slots:
        line = slot.line
        pacer = line.pacer
        pacer.credit -= size
        if pacer.credit < 0 and not pacer.admit(size, now):
            _hold(rows, sent, slot, now)
            continue
        encrypt = line.encrypt
        iv = slot.iv
        sequence_offset = slot.sequence_offset
        timestamp_offset = slot.timestamp_offset
        payload_type = slot.payload_type
        ssrc = slot.ssrc
        block = slot.block
        tail = slot.tail
        picture = slot.picture
        number = line.number
        parts: list[bytes] = []
        for sequence, timestamp, first_byte, marker, payload, vp8 in rows:
            index = sequence + sequence_offset
            if block:
                number += 1
                header = NUMBERED_HEADER(
                    first_byte | EXTENSION,
                    marker | payload_type,
                    index & 0xFFFF,
                    (timestamp + timestamp_offset) & 0xFFFFFFFF,
                    ssrc,
                    block | (number & 0xFFFF) << 8,
                )
            else:
                header = RTP_HEADER(
                    first_byte | EXTENSION if tail else first_byte,
                    marker | payload_type,
                    index & 0xFFFF,
                    (timestamp + timestamp_offset) & 0xFFFFFFFF,
                    ssrc,
                )
            if tail:
                header += tail
            plaintext = payload if picture is None or vp8 is None else picture.rewrite(payload, vp8)
            parts.append(header)
            parts.append(encrypt((iv ^ index).to_bytes(12, "big"), plaintext, header))
        if block:
            line.number = number
            line.history.extend(sent)
        sendmsg = line.sendmsg
        if sendmsg is None:
            line.deliver_each(parts)
            continue
        actual = len(parts[0]) + len(parts[1])
        try:
            sendmsg(parts, usual if actual == segment else segments_of(actual), 0, line.address)
        except OSError as error:
            line.lost_run(parts, error)


def _hold(rows: Iterable[Row], sent: Iterable[Sent], slot: Slot, now: float) -> None:
    """What the pacer of one line does not let leave in one go."""
    line = slot.line
    for (sequence, timestamp, first_byte, marker, payload, vp8), record in zip(rows, sent, strict=True):
        picture = slot.picture
        packet = Packet(
            first_byte,
            marker | slot.payload_type,
            sequence + slot.sequence_offset,
            (timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
            slot.ssrc,
            slot.block,
            slot.tail,
            payload if picture is None or vp8 is None else picture.rewrite(payload, vp8),
        )
        if slot.kind == "audio":
            line.send(packet, now, record)
        else:
            line.send_paced(packet, now)
