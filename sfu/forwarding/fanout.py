"""The fan-out loop: one packet to every slot that shows its layer. This is the hot path of Podium.

Everything that is the same for all subscribers was done before the loop; per slot there is one header, one
encryption and one send, and nothing is stored but the time of sending, for those who report on it. Measured by
``bench/fanout.py``; findings in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.line import EXTENSION, MARKER, NUMBERED_HEADER, PADDING, RTP_HEADER, VERSION
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.slot import Slot

NUMBERED_SIZE = 20 + 16
"""Of a packet around its payload: header with the transport-wide number, and the tag of AES-GCM."""


def fan_out(packet: MediaPacket, slots: Iterable[Slot], now: float, drops: Drops) -> None:
    """Send ``packet`` to each slot, in the numbering of that slot.

    Only for packets newer than the one every slot started with; others go through `fan_out_late`.
    """
    payload = packet.payload
    sequence = packet.sequence
    timestamp = packet.timestamp
    marker = MARKER if packet.marker else 0
    first_byte = VERSION | PADDING if packet.padding_only else VERSION
    with_extension = first_byte | EXTENSION
    vp8 = packet.vp8
    sent = (len(payload) + NUMBERED_SIZE, now)
    for slot in slots:
        line = slot.line
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
        try:
            line.sendto(
                header + line.encrypt((slot.iv ^ index).to_bytes(12, "big"), plaintext, header), line.address
            )
        except BlockingIOError:
            drops.count(DropReason.SEND_BUFFER_FULL)
        except OSError:
            drops.count(DropReason.SEND_FAILED)


def fan_out_late(packet: MediaPacket, slots: Iterable[Slot], now: float, drops: Drops) -> None:
    """`fan_out` for a reordered or repaired packet: slots that started after it do not get it."""
    fan_out(packet, [slot for slot in slots if packet.sequence >= slot.first_sequence], now, drops)
