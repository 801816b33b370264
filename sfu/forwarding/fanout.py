"""The fan-out loop: one packet to every slot that shows its track. This is the hot path of Podium.

Everything that is the same for all subscribers was done before the loop; per slot there is one header, one
encryption and one send, and nothing is stored. Measured by ``bench/fanout.py``; findings in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.slot import Slot

RTP_HEADER = Struct(">BBHII").pack
"""Version and flags, marker and payload type, sequence number, timestamp, SSRC (RFC 3550 section 5.1)."""

VERSION = 0x80
PADDING = 0x20
MARKER = 0x80


def fan_out(packet: MediaPacket, slots: Iterable[Slot], drops: Drops) -> None:
    """Send ``packet`` to each slot, in the numbering of that slot.

    Only for packets newer than the one every slot started with; others go through `fan_out_late`.
    """
    payload = packet.payload
    sequence = packet.sequence
    timestamp = packet.timestamp
    marker = MARKER if packet.marker else 0
    first_byte = VERSION | PADDING if packet.padding_only else VERSION
    vp8 = packet.vp8
    for slot in slots:
        index = sequence + slot.sequence_offset
        header = (
            RTP_HEADER(
                first_byte | slot.extension_bit,
                marker | slot.payload_type,
                index & 0xFFFF,
                (timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
                slot.ssrc,
            )
            + slot.extension
        )
        picture = slot.picture
        plaintext = payload if picture is None or vp8 is None else picture.rewrite(payload, vp8)
        try:
            slot.sendto(
                header + slot.encrypt((slot.iv ^ index).to_bytes(12, "big"), plaintext, header), slot.address
            )
        except BlockingIOError:
            drops.count(DropReason.SEND_BUFFER_FULL)
        except OSError:
            drops.count(DropReason.SEND_FAILED)


def fan_out_late(packet: MediaPacket, slots: Iterable[Slot], drops: Drops) -> None:
    """`fan_out` for a reordered or repaired packet: slots that started after it do not get it."""
    fan_out(packet, [slot for slot in slots if packet.sequence >= slot.first_sequence], drops)
