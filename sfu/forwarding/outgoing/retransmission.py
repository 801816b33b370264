"""Answers a subscriber's NACKs from the track's cache, as RTX on an SSRC of its own (RFC 4588)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sfu.forwarding.outgoing.line import MARKER, OVERHEAD, PADDING, VERSION, Packet
from sfu.forwarding.outgoing.slot import Slot
from sfu.rtp.rtx import wrap_rtx

MAX_RESENDS: Final = 8
"""Fewer than the ten times that browsers ask. Three are too few: at 5 % loss one packet in 160,000 is then lost
for good (0.05**4), and a picture sends as many in a quarter of an hour."""
MIN_INTERVAL_S: Final = 0.020
MAX_INTERVAL_S: Final = 0.080
"""However long the round trip seems: a receiver that asks again knows better than our last measurement of it. A
browser that only receives cannot measure it and asks every 100 ms, of which the line may take some away."""
REMEMBERED: Final = 2048
MAX_PADDING: Final = 255
_FULL: Final = bytes(MAX_PADDING - 1) + bytes([MAX_PADDING])


class Retransmission:
    """The repair stream of one slot."""

    __slots__ = ("_index", "_resent", "_timestamp", "octets", "packets", "slot", "ssrc")

    def __init__(self, slot: Slot, ssrc: int, first_sequence: int) -> None:
        self.slot = slot
        self.ssrc = ssrc
        self._index = first_sequence
        self._timestamp = 0
        self._resent: dict[int, tuple[int, float]] = {}
        self.packets = 0
        self.octets = 0

    def answer(self, sequence_numbers: Iterable[int], rtt_s: float, now: float) -> None:
        """Send again what is still there: at most 8 times each, not twice within a round trip."""
        for sequence_number in sequence_numbers:
            found = self.slot.recall(sequence_number)
            if found is None:
                continue
            outgoing, payload_types = found
            if payload_types.rtx is None or not self._may_resend(outgoing.sequence, rtt_s, now):
                continue
            marker = MARKER if outgoing.marker else 0
            payload = b"" if outgoing.padding_only else outgoing.payload
            payload = wrap_rtx(outgoing.sequence & 0xFFFF, payload)
            self._send(marker | payload_types.rtx, outgoing.timestamp, payload, outgoing.descriptor, now)

    def pad(self, size: int, now: float) -> bool:
        """Send about ``size`` bytes of packets that are padding alone, at once. False where nothing can be sent
        again, so that there is no stream for it."""
        slot = self.slot
        payload_type = next((types.rtx for types in slot.payload_types.values() if types.rtx is not None), None)
        if payload_type is None:
            return False
        line = slot.line
        count = -(-size // (MAX_PADDING + OVERHEAD))
        packets = [
            Packet(VERSION | PADDING, payload_type, index, self._timestamp, self.ssrc, line.block, b"", _FULL)
            for index in range(self._index, self._index + count)
        ]
        self._index += count
        line.send_all(packets, now)
        return True

    def _may_resend(self, index: int, rtt_s: float, now: float) -> bool:
        times, last = self._resent.get(index, (0, float("-inf")))
        if times >= MAX_RESENDS or now - last < max(MIN_INTERVAL_S, min(rtt_s, MAX_INTERVAL_S)):
            return False
        self._resent.pop(index, None)
        self._resent[index] = (times + 1, now)
        if len(self._resent) > REMEMBERED:
            del self._resent[next(iter(self._resent))]
        return True

    def _send(
        self, marker_and_type: int, timestamp: int, payload: bytes, descriptor: bytes | None, now: float
    ) -> None:
        line = self.slot.line
        block, tail = self.slot.described(line.block, b"", descriptor)
        packet = Packet(VERSION, marker_and_type, self._index, timestamp, self.ssrc, block, tail, payload)
        self._index += 1
        self._timestamp = timestamp
        if line.send_paced(packet, now, repair=True):
            self.packets += 1
            self.octets += len(payload)
