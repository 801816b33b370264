"""Answers a subscriber's NACKs for sound, which has no stream for repairs: the same packet leaves once more.

SRTP derives the nonce from SSRC and index, so whatever leaves under an index again has to be the same bytes as the
first time: with anything else in it, such as another transport-wide number in its header, AES-GCM would give away
the key of its authentication (NIST SP 800-38D, appendix A). All of a packet but that number follows from its row
and its slot. The number is not kept for each subscriber: the layer remembers the record of sending that all of
them share, and its place in a line's history is the number.
"""

from __future__ import annotations

from typing import Final

from sfu.congestion.history import ACKNOWLEDGED, Sent, SentHistory
from sfu.forwarding.outgoing.line import Packet
from sfu.forwarding.outgoing.runs import Departure
from sfu.forwarding.outgoing.slot import Slot

MAX_RTT_S: Final = 0.100
"""With a longer round trip it would come when its sound is over: jitter buffers of browsers hold 40 to 120 ms."""
MAX_REPEATS: Final = 2
MIN_INTERVAL_S: Final = 0.020
REMEMBERED: Final = 64


class _Repeated:
    """A packet that left again: how often, when last in s, and under which transport-wide number."""

    __slots__ = ("at", "number", "times")

    def __init__(self, number: int) -> None:
        self.times = 0
        self.at = float("-inf")
        self.number = number


class Repetition:
    """Of one slot. ``packets`` and ``octets`` (of payload) that left again."""

    __slots__ = ("_repeated", "_slot", "octets", "packets")

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._repeated: dict[int, _Repeated] = {}
        self.packets = 0
        self.octets = 0

    def answer(self, sequence_number: int, reported_rtt_s: float, now: float) -> None:
        """Send a 16-bit number again, if that can be in time: twice at most, not twice within a round trip.

        ``reported_rtt_s``: the latest round trip; the line's own is the least of many seconds."""
        slot = self._slot
        line = slot.line
        least_rtt_s = line.downlink.rtt_s
        if least_rtt_s is None:
            return
        rtt_s = max(least_rtt_s, reported_rtt_s)
        if rtt_s + line.downlink.queue_s >= MAX_RTT_S:
            return
        departure = self._departure(sequence_number)
        if departure is None:
            return
        row, sent = departure
        index = row.sequence + slot.sequence_offset
        repeated = self._repeated.get(index)
        if repeated is None:
            number = _number_of(line.history, sent) if slot.block else 0
            if number is None:
                return
            repeated = self._remember(index, number)
        elif slot.block and _is_told_of(line.history, repeated.number):
            return
        if repeated.times >= MAX_REPEATS or now - repeated.at < max(rtt_s, MIN_INTERVAL_S):
            return
        repeated.times += 1
        repeated.at = now
        packet = Packet(
            row.first_byte,
            row.marker | slot.payload_type,
            index,
            (row.timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
            slot.ssrc,
            slot.block,
            slot.tail,
            row.payload,
        )
        if line.repeat(packet, repeated.number, now):
            self.packets += 1
            self.octets += len(row.payload)

    def _departure(self, sequence_number: int) -> Departure | None:
        """What left under that number, of what the slot shows now and with the header that it has now."""
        slot = self._slot
        layer = slot.layer
        if layer is None or layer.departed is None or slot.selection is not None:
            return None
        offset = slot.sequence_offset
        for departure in reversed(layer.departed):
            sequence = departure.row.sequence
            if (sequence + offset) & 0xFFFF == sequence_number:
                same = sequence >= slot.first_sequence and sequence + offset >= slot.formed_from
                return departure if same else None
        return None

    def _remember(self, index: int, number: int) -> _Repeated:
        repeated = self._repeated[index] = _Repeated(number)
        if len(self._repeated) > REMEMBERED:
            del self._repeated[next(iter(self._repeated))]
        return repeated


def _number_of(history: SentHistory, sent: Sent) -> int | None:
    """The number whose record is ``sent`` itself; None when that was acknowledged, or is too old."""
    sent_at = sent[1]
    for number, record in zip(range(history.last_number, history.pruned, -1), reversed(history), strict=True):
        if record is sent:
            return number
        if record is not ACKNOWLEDGED and record[1] < sent_at:
            return None
    return None


def _is_told_of(history: SentHistory, number: int) -> bool:
    """Whether it arrived, or nobody knows any more."""
    return number <= history.pruned or history[number - history.pruned - 1] is ACKNOWLEDGED
