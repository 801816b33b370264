"""Reads a subscriber's RTCP without making objects: what counts goes as numbers straight to where it is used.

Hundreds of subscribers send ten feedback packets a second each. `sfu.rtp.rtcp.parse_rtcp` reads the same, into
objects; what both accept they understand alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, Protocol

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp_feedback import APPLICATION_FORMAT, FIR_FORMAT, NACK_FORMAT, PLI_FORMAT
from sfu.rtp.rtcp_wire import PAYLOAD_FEEDBACK, RECEIVER_REPORT, SENDER_REPORT, TRANSPORT_FEEDBACK
from sfu.rtp.transport_cc import TRANSPORT_CC_FORMAT

_HEADER: Final = Struct("!BBH").unpack_from
_SENDER_INFO: Final = Struct("!LQL").unpack_from
_REPORT_BLOCK: Final = Struct("!6L").iter_unpack
_PID_BLP: Final = Struct("!HH").iter_unpack
_SSRC_AND_WORD: Final = Struct("!LL").iter_unpack
_WORD: Final = Struct("!L").unpack_from

_LONE_FEEDBACK: Final = (0x80 | TRANSPORT_CC_FORMAT, 0xA0 | TRANSPORT_CC_FORMAT)
"""First byte without and with padding."""
_LONE_FEEDBACK_SIZE: Final = 20
_REPORT: Final = -1
"""Stands for the format of sender and receiver reports, whose count is none."""
_SHORTEST: Final[dict[tuple[int, int], int]] = {
    (SENDER_REPORT, _REPORT): 24,
    (RECEIVER_REPORT, _REPORT): 4,
    (TRANSPORT_FEEDBACK, NACK_FORMAT): 8,
    (TRANSPORT_FEEDBACK, TRANSPORT_CC_FORMAT): 16,
    (PAYLOAD_FEEDBACK, PLI_FORMAT): 8,
    (PAYLOAD_FEEDBACK, FIR_FORMAT): 8,
    (PAYLOAD_FEEDBACK, APPLICATION_FORMAT): 8,
}
"""Of what is read: the bytes a packet must have after its header."""


class RtcpSink(Protocol):
    """Where the numbers go. Fields are those of the classes in `sfu.rtp.rtcp`."""

    def on_sender_report(self, ssrc: int, ntp: int, rtp_timestamp: int) -> None: ...
    def on_report_block(
        self, ssrc: int, fraction_lost: int, highest_sequence: int, last_sr: int, delay_since_last_sr: int
    ) -> None: ...
    def on_nack(self, media_ssrc: int, sequence_numbers: Iterator[int]) -> None: ...
    def on_picture_lost(self, media_ssrc: int) -> None: ...
    def on_remb(self, bitrate_bps: int) -> None: ...
    def on_transport_feedback(self, body: bytes) -> None:
        """``body`` follows the RTCP header. May raise MalformedPacket."""


def read_rtcp(data: bytes, sink: RtcpSink) -> None:
    """Hand everything in one datagram to ``sink``, in order; other types and formats are skipped.

    Raises MalformedPacket when the structure is broken. Nothing of such a datagram is used, unless only the inside
    of its transport feedback is broken: then what came before that is.
    """
    for kind, form, start, end in _packets(data):
        if form == _REPORT:
            start += 4
            if kind == SENDER_REPORT:
                ssrc, ntp, rtp_timestamp = _SENDER_INFO(data, start - 4)
                sink.on_sender_report(ssrc, ntp, rtp_timestamp)
                start += 20
            for ssrc, loss, highest, _, last_sr, delay in _REPORT_BLOCK(data[start:end]):
                sink.on_report_block(ssrc, loss >> 24, highest, last_sr, delay)
        elif kind == TRANSPORT_FEEDBACK:
            if form == TRANSPORT_CC_FORMAT:
                sink.on_transport_feedback(data[start:end])
            else:
                sink.on_nack(_WORD(data, start + 4)[0], _nacked(data[start + 8 : end]))
        elif form == PLI_FORMAT:
            sink.on_picture_lost(_WORD(data, start + 4)[0])
        elif form == FIR_FORMAT:
            for ssrc, _ in _SSRC_AND_WORD(data[start + 8 : end]):
                sink.on_picture_lost(ssrc)
        else:
            (word,) = _WORD(data, start + 12)
            sink.on_remb((word & 0x3FFFF) << (word >> 18 & 0x3F))


def lone_transport_feedback(data: bytes) -> bytes | None:
    """The body of transport feedback, as `RtcpSink.on_transport_feedback` gets it, where a datagram is just that:
    nine of ten are. None for all others, and for what is not quite right: `read_rtcp` is for them."""
    size = len(data)
    if size < _LONE_FEEDBACK_SIZE or data[1] != TRANSPORT_FEEDBACK or data[0] not in _LONE_FEEDBACK:
        return None
    if (data[2] << 8 | data[3]) * 4 + 4 != size:
        return None
    if data[0] & 0x20:
        end = size - data[-1]
        return data[4:end] if _LONE_FEEDBACK_SIZE <= end < size else None
    return data[4:]


def _packets(data: bytes) -> list[tuple[int, int, int, int]]:
    """(type, format, start, end of its body) of each packet that is to be used, all found sound."""
    packets: list[tuple[int, int, int, int]] = []
    size = len(data)
    if not size:
        raise MalformedPacket("RTCP datagram is empty")
    pos = 0
    while pos < size:
        if pos + 4 > size:
            raise MalformedPacket("RTCP packet is shorter than its header")
        first, kind, words = _HEADER(data, pos)
        start = pos + 4
        pos = end = start + 4 * words
        if first >> 6 != 2:
            raise MalformedPacket("RTCP version is not 2")
        if end > size:
            raise MalformedPacket("RTCP packet is longer than its datagram")
        if first & 0x20:
            # RFC 3550 has padding in whole words; browsers fill up transport feedback with 1 to 3 bytes.
            padding = data[end - 1] if words else 0
            end -= padding
            if padding == 0 or end < start:
                raise MalformedPacket("RTCP padding does not fit the packet")
        count = first & 0x1F
        form = _REPORT if kind in (SENDER_REPORT, RECEIVER_REPORT) else count
        shortest = _SHORTEST.get((kind, form))
        if shortest is None:
            continue
        length = end - start
        if form == _REPORT:
            # What follows the blocks is an extension of some profile.
            shortest += 24 * count
            end = start + shortest
        if length < shortest:
            raise MalformedPacket("RTCP packet ends within its fixed part or its reports")
        if form != _REPORT and not _sound(data, kind, form, start, end):
            continue
        packets.append((kind, form, start, end))
    return packets


def _sound(data: bytes, kind: int, form: int, start: int, end: int) -> bool:
    """Whether a feedback packet is to be used; raises MalformedPacket."""
    length = end - start
    if kind == TRANSPORT_FEEDBACK:
        if form == NACK_FORMAT and length % 4:
            raise MalformedPacket("NACK ends within a PID and BLP pair")
        return True
    if form == FIR_FORMAT and length % 8:
        raise MalformedPacket("FIR ends within an entry")
    if form != APPLICATION_FORMAT:
        return True
    if data[start + 8 : min(end, start + 12)] != b"REMB":
        return False
    if length < 16 or length < 16 + 4 * data[start + 12]:
        raise MalformedPacket("REMB ends within its SSRCs")
    (word,) = _WORD(data, start + 12)
    if (word & 0x3FFFF) << (word >> 18 & 0x3F) >> 63:
        raise MalformedPacket("REMB rate is beyond 63 bits")
    return True


def _nacked(pairs: bytes) -> Iterator[int]:
    for pid, blp in _PID_BLP(pairs):
        yield pid
        while blp:
            lowest = blp & -blp
            yield (pid + lowest.bit_length()) & 0xFFFF
            blp ^= lowest
