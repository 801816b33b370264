"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).

A feedback packet tells for a run of transport-wide sequence numbers which came and when. Times are ticks of
250 us; the first is relative to a reference time in units of 64 ms (256 ticks) with 24 bits, each further one to
the one before it in sequence order.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp_wire import TRANSPORT_FEEDBACK, pack_rtcp
from sfu.rtp.serial import SequenceUnwrapper

TRANSPORT_CC_FORMAT = 15
REFERENCE_PERIOD_S = 2**24 * 0.064
"""Arrival times start over after this long."""

_HEAD = struct.Struct("!LLHHL")
_TICK_S = 0.00025
_TICKS_PER_S = 4000
_TICKS_PER_REFERENCE = 256

_NOT_RECEIVED, _SMALL_DELTA, _LARGE_DELTA = 0, 1, 2
_MAX_RUN = 0x1FFF
_ONE_BIT_SYMBOLS, _TWO_BIT_SYMBOLS = 14, 7

_MAX_PACKET_BYTES = 1200
# Numbers further apart would be ambiguous to a sender that unwraps 16 bits.
_MAX_SPAN = 0x7FFE
_MAX_LATE = 500
# A few bytes can stand for 65535 numbers; no sender of ours has as many outstanding.
_MAX_PARSED_STATUSES = 8192


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """``arrivals`` has each sequence number from ``base_sequence`` on, with its arrival or None when missing.

    Arrivals are in seconds on the receiver's own clock, modulo ``REFERENCE_PERIOD_S``: only differences count.
    """

    sender_ssrc: int
    media_ssrc: int
    base_sequence: int
    feedback_count: int
    arrivals: tuple[tuple[int, float | None], ...]

    def pack(self) -> bytes:
        """One packet. Raises ValueError without arrivals and when neighbours are over 8 s apart."""
        received = [
            (offset, round(arrival * _TICKS_PER_S))
            for offset, (_, arrival) in enumerate(self.arrivals)
            if arrival is not None
        ]
        if not 1 <= len(self.arrivals) <= 0xFFFF:
            raise ValueError("a transport feedback packet tells of 1 to 65535 packets")
        return _encode(
            self.sender_ssrc,
            self.media_ssrc,
            self.base_sequence,
            self.feedback_count,
            len(self.arrivals),
            received,
        )


def parse_transport_feedback(body: bytes) -> TransportFeedback:
    """``body`` is what follows the common RTCP header; raises MalformedPacket."""
    size = len(body)
    if size < _HEAD.size:
        raise MalformedPacket("transport feedback is shorter than its header")
    sender_ssrc, media_ssrc, base, status_count, word = _HEAD.unpack_from(body)
    if not 1 <= status_count <= _MAX_PARSED_STATUSES:
        raise MalformedPacket(f"transport feedback tells of {status_count} packets")
    symbols: list[int] = []
    pos = _HEAD.size
    while len(symbols) < status_count:
        if pos + 2 > size:
            raise MalformedPacket("transport feedback ends within its status chunks")
        _decode_chunk(body[pos] << 8 | body[pos + 1], symbols)
        pos += 2
    ticks = (word >> 8) * _TICKS_PER_REFERENCE
    arrivals: list[tuple[int, float | None]] = []
    for offset, symbol in enumerate(symbols[:status_count]):
        arrival = None
        if symbol != _NOT_RECEIVED:
            width = 1 if symbol == _SMALL_DELTA else 2
            if symbol > _LARGE_DELTA or pos + width > size:
                raise MalformedPacket("transport feedback has no delta for a received packet")
            ticks += int.from_bytes(body[pos : pos + width], "big", signed=symbol == _LARGE_DELTA)
            pos += width
            arrival = ticks * _TICK_S
        arrivals.append(((base + offset) & 0xFFFF, arrival))
    return TransportFeedback(sender_ssrc, media_ssrc, base, word & 0xFF, tuple(arrivals))


class TransportFeedbackBuilder:
    """Collects the arrivals of one transport and turns them into feedback, as browsers expect it.

    Each build goes on where the last one ended, so that a lost packet is told once. A packet that comes after it
    was told missing takes the next build back to its number; what came since is told again at its old time.
    """

    __slots__ = ("_arrivals", "_count", "_late", "_next", "_pending", "_unwrapper")

    def __init__(self) -> None:
        self._unwrapper = SequenceUnwrapper()
        self._arrivals: dict[int, int] = {}
        self._next: int | None = None
        self._late = False
        """One that was told missing came since the last build."""
        self._pending = 0
        self._count = 0

    def pending(self) -> int:
        """How many packets came since the last build."""
        return self._pending

    def received(self, sequence_number16: int, now_s: float) -> None:
        """Record an arrival; of duplicates the first counts, and what is over 500 numbers late does not."""
        seq = self._unwrapper.unwrap(sequence_number16)
        if seq in self._arrivals:
            return
        if self._next is None:
            self._next = seq
        elif seq < self._next:
            if self._next - seq > _MAX_LATE:
                return
            self._next = seq
            self._late = True
        self._arrivals[seq] = round(now_s * _TICKS_PER_S)
        self._pending += 1

    def build(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """Complete RTCP packets for everything not told yet; mostly one, none when nothing came."""
        if not self._pending or self._next is None:
            return []
        if self._late:
            received = sorted(item for item in self._arrivals.items() if item[0] >= self._next)
            self._late = False
        else:
            received = sorted(islice(reversed(self._arrivals.items()), self._pending))
        packets: list[bytes] = []
        begin = self._next
        start = 0
        while start < len(received):
            base = max(begin, received[start][0] - _MAX_SPAN)
            end = _fitting(received, start, base)
            while True:
                packet = _encode(
                    sender_ssrc,
                    media_ssrc,
                    base,
                    self._count,
                    received[end - 1][0] - base + 1,
                    [(seq - base, ticks) for seq, ticks in received[start:end]],
                )
                if len(packet) <= _MAX_PACKET_BYTES:
                    break
                end = start + (end - start) // 2
            packets.append(packet)
            self._count = (self._count + 1) & 0xFF
            begin = received[end - 1][0] + 1
            start = end
        self._next = begin
        self._pending = 0
        # What may still come late or twice must be known; tidied up now and then, not each time.
        if len(self._arrivals) > 2 * _MAX_LATE:
            oldest = begin - _MAX_LATE
            self._arrivals = {seq: ticks for seq, ticks in self._arrivals.items() if seq >= oldest}
        return packets


def _fitting(received: Sequence[tuple[int, int]], start: int, base: int) -> int:
    """The end of the run from ``start`` whose numbers and deltas fit one packet."""
    previous = received[start][1]
    for index in range(start + 1, len(received)):
        seq, ticks = received[index]
        if seq - base > _MAX_SPAN or not -0x8000 <= ticks - previous <= 0x7FFF:
            return index
        previous = ticks
    return len(received)


def _encode(
    sender_ssrc: int,
    media_ssrc: int,
    base: int,
    feedback_count: int,
    status_count: int,
    received: Sequence[tuple[int, int]],
) -> bytes:
    """``received`` has pairs of offset from ``base`` and ticks, by offset."""
    reference = received[0][1] // _TICKS_PER_REFERENCE if received else 0
    previous = reference * _TICKS_PER_REFERENCE
    runs: deque[list[int]] = deque()
    deltas = bytearray()
    following = 0
    for offset, ticks in received:
        _extend(runs, _NOT_RECEIVED, offset - following)
        delta = ticks - previous
        if 0 <= delta <= 0xFF:
            _extend(runs, _SMALL_DELTA, 1)
            deltas.append(delta)
        elif -0x8000 <= delta <= 0x7FFF:
            _extend(runs, _LARGE_DELTA, 1)
            deltas += delta.to_bytes(2, "big", signed=True)
        else:
            raise ValueError("arrivals are too far apart for one transport feedback packet")
        previous = ticks
        following = offset + 1
    _extend(runs, _NOT_RECEIVED, status_count - following)
    word = (reference & 0xFF_FFFF) << 8 | feedback_count & 0xFF
    body = _HEAD.pack(sender_ssrc, media_ssrc, base & 0xFFFF, status_count, word)
    body += b"".join(chunk.to_bytes(2, "big") for chunk in _encode_chunks(runs)) + deltas
    padding = -len(body) % 4
    if not padding:
        return pack_rtcp(TRANSPORT_FEEDBACK, TRANSPORT_CC_FORMAT, body)
    packet = bytearray(pack_rtcp(TRANSPORT_FEEDBACK, TRANSPORT_CC_FORMAT, body + bytes(padding)))
    packet[0] |= 0x20
    packet[-1] = padding
    return bytes(packet)


def _extend(runs: deque[list[int]], symbol: int, count: int) -> None:
    if count <= 0:
        return
    if runs and runs[-1][0] == symbol:
        runs[-1][1] += count
    else:
        runs.append([symbol, count])


def _encode_chunks(runs: deque[list[int]]) -> list[int]:
    """Status chunks for runs of (symbol, count), which are used up. Each chunk is the kind that covers most."""
    chunks: list[int] = []
    while runs:
        symbol, count = runs[0]
        if count >= _ONE_BIT_SYMBOLS or len(runs) == 1:
            taken = min(count, _MAX_RUN)
            chunks.append(symbol << 13 | taken)
        else:
            window: list[int] = []
            for following, length in runs:
                window += [following] * min(length, _ONE_BIT_SYMBOLS - len(window))
                if len(window) == _ONE_BIT_SYMBOLS:
                    break
            if _LARGE_DELTA not in window:
                taken = len(window)
                chunks.append(0x8000 | sum(bit << 13 - place for place, bit in enumerate(window)))
            elif count >= _TWO_BIT_SYMBOLS:
                taken = count
                chunks.append(symbol << 13 | taken)
            else:
                window = window[:_TWO_BIT_SYMBOLS]
                taken = len(window)
                chunks.append(0xC000 | sum(bits << 12 - 2 * place for place, bits in enumerate(window)))
        while taken:
            if runs[0][1] > taken:
                runs[0][1] -= taken
                break
            taken -= runs.popleft()[1]
    return chunks


def _decode_chunk(chunk: int, symbols: list[int]) -> None:
    if not chunk & 0x8000:
        symbols += [chunk >> 13] * (chunk & _MAX_RUN)
    elif not chunk & 0x4000:
        symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    else:
        symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
