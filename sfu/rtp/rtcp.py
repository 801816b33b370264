"""RTCP (RFC 3550 section 6), compound and reduced-size (RFC 5506): parse everything Podium acts on, and build it.

The feedback types live in ``rtcp_feedback`` and ``transport_cc`` and are offered here too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp_feedback import (
    APPLICATION_FORMAT,
    FIR_FORMAT,
    NACK_FORMAT,
    PLI_FORMAT,
    FullIntraRequest,
    Nack,
    PictureLossIndication,
    Remb,
    parse_application_feedback,
    parse_fir,
    parse_nack,
    parse_pli,
)
from sfu.rtp.rtcp_wire import (
    GOODBYE,
    PAYLOAD_FEEDBACK,
    RECEIVER_REPORT,
    SENDER_REPORT,
    SOURCE_DESCRIPTION,
    TRANSPORT_FEEDBACK,
    pack_rtcp,
    pack_words,
    unpack_words,
)
from sfu.rtp.transport_cc import TRANSPORT_CC_FORMAT, TransportFeedback, parse_transport_feedback

__all__ = [
    "FullIntraRequest",
    "Goodbye",
    "Nack",
    "PictureLossIndication",
    "ReceiverReport",
    "Remb",
    "ReportBlock",
    "RtcpPacket",
    "SenderReport",
    "SourceDescription",
    "TransportFeedback",
    "parse_rtcp",
]

_REPORT_BLOCK = struct.Struct("!6L")
_SENDER_INFO = struct.Struct("!LQLLL")
_CNAME = 1


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of the stream ``ssrc`` (RFC 3550 section 6.4.1).

    ``fraction_lost`` is in 1/256 since the last report, ``packets_lost`` the signed 24-bit total,
    ``highest_sequence`` the extended 32-bit number, ``jitter`` in timestamp units, ``last_sr`` the middle 32 bits
    of the NTP time in the last sender report (0: none yet), ``delay_since_last_sr`` in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_last_sr: int

    def pack(self) -> bytes:
        lost = max(-0x80_0000, min(self.packets_lost, 0x7F_FFFF)) & 0xFF_FFFF
        return _REPORT_BLOCK.pack(
            self.ssrc,
            self.fraction_lost << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        )


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``ntp`` is the 64-bit NTP time at which a packet sent then would bear ``rtp_timestamp``."""

    ssrc: int
    ntp: int
    rtp_timestamp: int
    packet_count: int
    octet_count: int
    reports: tuple[ReportBlock, ...] = ()

    def pack(self) -> bytes:
        info = _SENDER_INFO.pack(self.ssrc, self.ntp, self.rtp_timestamp, self.packet_count, self.octet_count)
        return pack_rtcp(SENDER_REPORT, len(self.reports), info + b"".join(r.pack() for r in self.reports))


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    reports: tuple[ReportBlock, ...] = ()

    def pack(self) -> bytes:
        body = pack_words((self.ssrc,)) + b"".join(report.pack() for report in self.reports)
        return pack_rtcp(RECEIVER_REPORT, len(self.reports), body)


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """One SDES chunk. Only the CNAME is kept; it has at most 255 bytes of UTF-8."""

    ssrc: int
    cname: str

    def pack(self) -> bytes:
        cname = self.cname.encode()
        if len(cname) > 255:
            raise ValueError("a CNAME has at most 255 bytes")
        body = pack_words((self.ssrc,)) + bytes([_CNAME, len(cname)]) + cname
        # At least one zero ends the list of items.
        return pack_rtcp(SOURCE_DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]

    def pack(self) -> bytes:
        return pack_rtcp(GOODBYE, len(self.ssrcs), pack_words(self.ssrcs))


RtcpPacket = (
    SenderReport
    | ReceiverReport
    | SourceDescription
    | Goodbye
    | Nack
    | PictureLossIndication
    | FullIntraRequest
    | Remb
    | TransportFeedback
)


def parse_rtcp(data: bytes) -> list[RtcpPacket]:
    """All packets of a datagram that Podium knows, in order; other types and formats are skipped.

    Raises MalformedPacket when the structure is broken; nothing of such a datagram is used.
    """
    packets: list[RtcpPacket] = []
    size = len(data)
    if not size:
        raise MalformedPacket("RTCP datagram is empty")
    pos = 0
    while pos < size:
        if pos + 4 > size:
            raise MalformedPacket("RTCP packet is shorter than its header")
        first, packet_type = data[pos], data[pos + 1]
        if first >> 6 != 2:
            raise MalformedPacket("RTCP version is not 2")
        end = pos + 4 + 4 * (data[pos + 2] << 8 | data[pos + 3])
        if end > size:
            raise MalformedPacket("RTCP packet is longer than its datagram")
        body = bytes(data[pos + 4 : end])
        if first & 0x20:
            # RFC 3550 has padding in whole words; browsers fill up transport feedback with 1 to 3 bytes.
            padding = body[-1] if body else 0
            if padding == 0 or padding > len(body):
                raise MalformedPacket("RTCP padding does not fit the packet")
            body = body[:-padding]
        _parse_one(packet_type, first & 0x1F, body, packets)
        pos = end
    return packets


_FEEDBACK_PARSERS: dict[tuple[int, int], Callable[[bytes], RtcpPacket | None]] = {
    (TRANSPORT_FEEDBACK, NACK_FORMAT): parse_nack,
    (TRANSPORT_FEEDBACK, TRANSPORT_CC_FORMAT): parse_transport_feedback,
    (PAYLOAD_FEEDBACK, PLI_FORMAT): parse_pli,
    (PAYLOAD_FEEDBACK, FIR_FORMAT): parse_fir,
    (PAYLOAD_FEEDBACK, APPLICATION_FORMAT): parse_application_feedback,
}


def _parse_one(packet_type: int, count: int, body: bytes, packets: list[RtcpPacket]) -> None:
    if packet_type == RECEIVER_REPORT:
        packets.append(_parse_receiver_report(body, count))
    elif packet_type == SENDER_REPORT:
        packets.append(_parse_sender_report(body, count))
    elif packet_type in (TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK):
        parse = _FEEDBACK_PARSERS.get((packet_type, count))
        feedback = parse(body) if parse is not None else None
        if feedback is not None:
            packets.append(feedback)
    elif packet_type == SOURCE_DESCRIPTION:
        packets.extend(_parse_source_description(body, count))
    elif packet_type == GOODBYE:
        if len(body) < 4 * count:
            raise MalformedPacket("RTCP BYE ends within its SSRCs")
        packets.append(Goodbye(unpack_words(body, 0, count)))


def _parse_sender_report(body: bytes, count: int) -> SenderReport:
    if len(body) < 24:
        raise MalformedPacket("RTCP SR ends within its sender information")
    ssrc, ntp, rtp_timestamp, packet_count, octet_count = _SENDER_INFO.unpack_from(body)
    return SenderReport(ssrc, ntp, rtp_timestamp, packet_count, octet_count, _parse_reports(body, 24, count))


def _parse_receiver_report(body: bytes, count: int) -> ReceiverReport:
    if len(body) < 4:
        raise MalformedPacket("RTCP RR has no SSRC")
    return ReceiverReport(unpack_words(body, 0, 1)[0], _parse_reports(body, 4, count))


def _parse_reports(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < start + 24 * count:
        raise MalformedPacket("RTCP report blocks run past the packet")
    reports: list[ReportBlock] = []
    for pos in range(start, start + 24 * count, 24):
        ssrc, loss, highest, jitter, last_sr, delay = _REPORT_BLOCK.unpack_from(body, pos)
        lost = loss & 0xFF_FFFF
        if lost & 0x80_0000:
            lost -= 0x100_0000
        reports.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_sr, delay))
    return tuple(reports)


def _parse_source_description(body: bytes, count: int) -> list[SourceDescription]:
    """RFC 3550 section 6.5; a chunk without a CNAME gives nothing."""
    found: list[SourceDescription] = []
    pos = 0
    try:
        for _ in range(count):
            (ssrc,) = struct.unpack_from("!L", body, pos)
            pos += 4
            while body[pos]:
                item, length = body[pos], body[pos + 1]
                pos += 2 + length
                if pos > len(body):
                    raise MalformedPacket("RTCP SDES item runs past the packet")
                if item == _CNAME:
                    found.append(SourceDescription(ssrc, str(body[pos - length : pos], "utf-8")))
            pos += 4 - pos % 4
    except (struct.error, IndexError):
        raise MalformedPacket("RTCP SDES ends within a chunk") from None
    except UnicodeDecodeError:
        raise MalformedPacket("RTCP SDES CNAME is not UTF-8") from None
    return found
