"""RTP packets (RFC 3550) and the header extensions Podium reads (RFC 8285).

Hot path: :func:`parse_rtp` runs once for every packet a publisher sends.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfu.rtp.errors import MalformedPacket

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

DEPENDENCY_DESCRIPTOR_URI = (
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)

_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x1000
_FIXED_HEADER = struct.Struct("!BBHLL")
_EXTENSION_HEADER = struct.Struct("!HH")


@dataclass(frozen=True, slots=True)
class ExtensionIds:
    """The header extension ids negotiated for a connection; 0 means not negotiated."""

    mid: int = 0
    rid: int = 0
    repaired_rid: int = 0
    audio_level: int = 0
    abs_send_time: int = 0
    transport_sequence_number: int = 0
    dependency_descriptor: int = 0


class RtpPacket:
    """One received packet, taken apart.

    ``payload`` is without padding; ``padding_only`` tells that the packet had padding and nothing else.
    ``audio_level`` is RFC 6464's magnitude in -dBov: 0 is loudest, 127 silence. ``abs_send_time`` has 24 bits, in
    units of 2**-18 s. ``dependency_descriptor`` is not looked into. What the packet does not carry is None.
    """

    __slots__ = (
        "abs_send_time",
        "audio_level",
        "dependency_descriptor",
        "marker",
        "mid",
        "padding_only",
        "payload",
        "payload_type",
        "repaired_rid",
        "rid",
        "sequence_number",
        "ssrc",
        "timestamp",
        "transport_sequence_number",
        "voice_activity",
    )

    def __init__(
        self,
        payload_type: int,
        marker: bool,
        sequence_number: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        padding_only: bool = False,
    ) -> None:
        self.payload_type = payload_type
        self.marker = marker
        self.sequence_number = sequence_number
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = payload
        self.padding_only = padding_only
        self.mid: str | None = None
        self.rid: str | None = None
        self.repaired_rid: str | None = None
        self.audio_level: int | None = None
        self.voice_activity = False
        self.abs_send_time: int | None = None
        self.transport_sequence_number: int | None = None
        self.dependency_descriptor: bytes | None = None

    def __repr__(self) -> str:
        return (
            f"RtpPacket(ssrc={self.ssrc}, pt={self.payload_type}, seq={self.sequence_number}, "
            f"ts={self.timestamp}, marker={self.marker}, {len(self.payload)} bytes)"
        )


def is_rtcp(data: bytes) -> bool:
    """Whether a packet of a multiplexed flow is RTCP (RFC 5761 section 4); anything else is taken for RTP."""
    return len(data) >= 2 and 0x80 <= data[0] <= 0xBF and 192 <= data[1] <= 223


def parse_rtp(data: bytes, extensions: ExtensionIds) -> RtpPacket:
    """Take apart one decrypted packet; raises MalformedPacket.

    An extension element of an unexpected size is skipped, one that runs past the block makes the packet malformed.
    """
    size = len(data)
    if size < 12:
        raise MalformedPacket("RTP packet is shorter than its header")
    first, second, sequence_number, timestamp, ssrc = _FIXED_HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket("RTP version is not 2")
    start = 12 + 4 * (first & 0x0F)
    block_start = block_end = profile = 0
    if first & 0x10:
        block_start = start + 4
        if block_start > size:
            raise MalformedPacket("RTP packet ends within the extension header")
        profile, words = _EXTENSION_HEADER.unpack_from(data, start)
        start = block_end = block_start + 4 * words
    if start > size:
        raise MalformedPacket("RTP packet ends within its header")
    padding_only = False
    end = size
    if first & 0x20:
        padding = data[-1]
        end = size - padding
        if padding == 0 or end < start:
            raise MalformedPacket("RTP padding is longer than the packet")
        padding_only = end == start
    packet = RtpPacket(
        second & 0x7F, second > 0x7F, sequence_number, timestamp, ssrc, bytes(data[start:end]), padding_only
    )
    if block_end > block_start:
        if profile == _ONE_BYTE_PROFILE:
            _read_one_byte(packet, data, block_start, block_end, extensions)
        elif profile & 0xFFF0 == _TWO_BYTE_PROFILE:
            _read_two_byte(packet, data, block_start, block_end, extensions)
    return packet


def _read_one_byte(packet: RtpPacket, data: bytes, pos: int, end: int, ids: ExtensionIds) -> None:
    """RFC 8285 section 4.2."""
    while pos < end:
        head = data[pos]
        pos += 1
        if head == 0:
            continue
        if head < 0x10 or head >= 0xF0:
            return  # id 0 with a length, or the reserved id 15: what follows must not be read
        following = pos + (head & 0x0F) + 1
        if following > end:
            raise MalformedPacket("RTP header extension element runs past its block")
        _read_element(packet, head >> 4, data, pos, following, ids)
        pos = following


def _read_two_byte(packet: RtpPacket, data: bytes, pos: int, end: int, ids: ExtensionIds) -> None:
    """RFC 8285 section 4.3."""
    while pos < end:
        identifier = data[pos]
        pos += 1
        if identifier == 0:
            continue
        if pos >= end:
            raise MalformedPacket("RTP header extension element has no length")
        following = pos + 1 + data[pos]
        if following > end:
            raise MalformedPacket("RTP header extension element runs past its block")
        _read_element(packet, identifier, data, pos + 1, following, ids)
        pos = following


def _read_element(
    packet: RtpPacket, identifier: int, data: bytes, start: int, end: int, ids: ExtensionIds
) -> None:
    length = end - start
    if identifier == ids.transport_sequence_number:
        if length == 2:
            packet.transport_sequence_number = data[start] << 8 | data[start + 1]
    elif identifier == ids.abs_send_time:
        if length == 3:
            packet.abs_send_time = data[start] << 16 | data[start + 1] << 8 | data[start + 2]
    elif identifier == ids.audio_level:
        if length >= 1:
            packet.audio_level = data[start] & 0x7F
            packet.voice_activity = data[start] > 0x7F
    elif identifier == ids.mid:
        packet.mid = _text(data[start:end])
    elif identifier == ids.rid:
        packet.rid = _text(data[start:end])
    elif identifier == ids.repaired_rid:
        packet.repaired_rid = _text(data[start:end])
    elif identifier == ids.dependency_descriptor:
        packet.dependency_descriptor = bytes(data[start:end])


def _text(value: bytes) -> str:
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPacket("RTP header extension text is not UTF-8") from error


def build_rtp(
    *,
    payload_type: int,
    sequence_number: int,
    timestamp: int,
    ssrc: int,
    payload: bytes = b"",
    marker: bool = False,
    csrcs: Sequence[int] = (),
    extensions: Mapping[int, bytes] | None = None,
    padding: int = 0,
) -> bytes:
    """A packet as bytes, for tests and benchmarks.

    ``extensions`` maps ids to values; the two-byte form is taken when one needs it. ``padding`` (0 to 255) counts
    the bytes appended, its length byte included.
    """
    first = 0x80 | (0x20 if padding else 0) | (0x10 if extensions else 0) | len(csrcs)
    second = (0x80 if marker else 0) | payload_type
    parts = [_FIXED_HEADER.pack(first, second, sequence_number, timestamp, ssrc)]
    parts += [struct.pack("!L", csrc) for csrc in csrcs]
    if extensions:
        one_byte = all(i <= 14 and 1 <= len(value) <= 16 for i, value in extensions.items())
        block = b"".join(
            (bytes([i << 4 | len(value) - 1]) if one_byte else bytes([i, len(value)])) + value
            for i, value in extensions.items()
        )
        block += bytes(-len(block) % 4)
        parts += [
            _EXTENSION_HEADER.pack(_ONE_BYTE_PROFILE if one_byte else _TWO_BYTE_PROFILE, len(block) // 4),
            block,
        ]
    parts.append(payload)
    if padding:
        parts.append(bytes(padding - 1) + bytes([padding]))
    return b"".join(parts)
