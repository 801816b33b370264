"""RTCP feedback: generic NACK and PLI (RFC 4585), FIR (RFC 5104), REMB (draft-alvestrand-rmcat-remb-03).

Transport-wide congestion control has a module of its own, ``transport_cc``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sfu.rtp.errors import MalformedPacket
from sfu.rtp.rtcp_wire import PAYLOAD_FEEDBACK, TRANSPORT_FEEDBACK, pack_rtcp, pack_words, unpack_words

NACK_FORMAT = 1
PLI_FORMAT = 1
FIR_FORMAT = 4
APPLICATION_FORMAT = 15

_SSRCS = struct.Struct("!LL")
_PID_BLP = struct.Struct("!HH")
_MAX_MANTISSA = 0x3FFFF


@dataclass(frozen=True, slots=True)
class Nack:
    """Asks for 16-bit sequence numbers of ``media_ssrc`` again."""

    sender_ssrc: int
    media_ssrc: int
    sequence_numbers: tuple[int, ...]

    def pack(self) -> bytes:
        """PID and BLP pairs: a pair covers 17 numbers in a row, so ascending numbers give the fewest pairs."""
        pairs: list[bytes] = []
        pid = blp = -1
        for sequence_number in self.sequence_numbers:
            distance = (sequence_number - pid) & 0xFFFF
            if pid >= 0 and distance <= 16:
                if distance:
                    blp |= 1 << (distance - 1)
                continue
            if pid >= 0:
                pairs.append(_PID_BLP.pack(pid, blp))
            pid, blp = sequence_number, 0
        if pid >= 0:
            pairs.append(_PID_BLP.pack(pid, blp))
        return pack_rtcp(
            TRANSPORT_FEEDBACK, NACK_FORMAT, _SSRCS.pack(self.sender_ssrc, self.media_ssrc) + b"".join(pairs)
        )


@dataclass(frozen=True, slots=True)
class PictureLossIndication:
    """Asks for a keyframe of ``media_ssrc``."""

    sender_ssrc: int
    media_ssrc: int

    def pack(self) -> bytes:
        return pack_rtcp(PAYLOAD_FEEDBACK, PLI_FORMAT, _SSRCS.pack(self.sender_ssrc, self.media_ssrc))


@dataclass(frozen=True, slots=True)
class FullIntraRequest:
    """Asks for keyframes; ``requests`` are pairs of SSRC and an 8-bit number, new for each new request."""

    sender_ssrc: int
    requests: tuple[tuple[int, int], ...]

    def pack(self) -> bytes:
        entries = b"".join(_SSRCS.pack(ssrc, number << 24) for ssrc, number in self.requests)
        return pack_rtcp(PAYLOAD_FEEDBACK, FIR_FORMAT, _SSRCS.pack(self.sender_ssrc, 0) + entries)


@dataclass(frozen=True, slots=True)
class Remb:
    """Limits what the sender of ``ssrcs`` may send in all, in bit/s."""

    sender_ssrc: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]

    def pack(self) -> bytes:
        """The rate keeps its 18 highest bits and is rounded down."""
        exponent = max(0, self.bitrate_bps.bit_length() - 18)
        rate = exponent << 18 | self.bitrate_bps >> exponent
        body = _SSRCS.pack(self.sender_ssrc, 0) + b"REMB" + struct.pack("!L", len(self.ssrcs) << 24 | rate)
        return pack_rtcp(PAYLOAD_FEEDBACK, APPLICATION_FORMAT, body + pack_words(self.ssrcs))


def parse_nack(body: bytes) -> Nack:
    """``body`` is what follows the common header, as in all parsers here."""
    sender_ssrc, media_ssrc = _feedback_ssrcs(body)
    if len(body) % 4:
        raise MalformedPacket("NACK ends within a PID and BLP pair")
    numbers: list[int] = []
    for pid, blp in _PID_BLP.iter_unpack(body[8:]):
        numbers.append(pid)
        while blp:
            lowest = blp & -blp
            numbers.append((pid + lowest.bit_length()) & 0xFFFF)
            blp ^= lowest
    return Nack(sender_ssrc, media_ssrc, tuple(numbers))


def parse_pli(body: bytes) -> PictureLossIndication:
    return PictureLossIndication(*_feedback_ssrcs(body))


def parse_fir(body: bytes) -> FullIntraRequest:
    sender_ssrc, _ = _feedback_ssrcs(body)
    if len(body) % 8:
        raise MalformedPacket("FIR ends within an entry")
    return FullIntraRequest(sender_ssrc, tuple((ssrc, word >> 24) for ssrc, word in _SSRCS.iter_unpack(body[8:])))


def parse_application_feedback(body: bytes) -> Remb | None:
    """REMB, or None for another application's feedback."""
    sender_ssrc, _ = _feedback_ssrcs(body)
    if body[8:12] != b"REMB":
        return None
    if len(body) < 16 or len(body) < 16 + 4 * body[12]:
        raise MalformedPacket("REMB ends within its SSRCs")
    (word,) = unpack_words(body, 12, 1)
    bitrate_bps = (word & _MAX_MANTISSA) << (word >> 18 & 0x3F)
    if bitrate_bps >> 63:
        raise MalformedPacket("REMB rate is beyond 63 bits")
    return Remb(sender_ssrc, bitrate_bps, unpack_words(body, 16, body[12]))


def _feedback_ssrcs(body: bytes) -> tuple[int, int]:
    if len(body) < 8:
        raise MalformedPacket("RTCP feedback ends within its SSRCs")
    sender_ssrc, media_ssrc = _SSRCS.unpack_from(body)
    return sender_ssrc, media_ssrc
