"""The VP8 payload descriptor (RFC 7741 section 4.2): read it, and replace the counters in it.

A slot that switches between simulcast layers keeps picture id, TL0PICIDX and KEYIDX continuous for its receiver.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfu.rtp.errors import MalformedPacket

_KEYFRAME_START_CODE = b"\x9d\x01\x2a"


@dataclass(slots=True)
class Vp8Descriptor:
    """``length`` is in bytes; ``picture_id_bits`` is 0, 7 or 15. What the packet does not carry is None.

    ``starts_frame`` is the S bit with partition 0. ``width`` and ``height`` come with a keyframe's first packet.
    """

    length: int
    starts_frame: bool
    picture_id: int | None = None
    picture_id_bits: int = 0
    tl0_pic_idx: int | None = None
    temporal_id: int | None = None
    layer_sync: bool = False
    key_idx: int | None = None
    is_keyframe: bool = False
    width: int | None = None
    height: int | None = None


def parse_vp8(payload: bytes) -> Vp8Descriptor:
    """Read the descriptor heading an RTP payload; raises MalformedPacket, also when no VP8 data follows it."""
    try:
        first = payload[0]
        descriptor = Vp8Descriptor(length=1, starts_frame=first & 0x17 == 0x10)
        pos = _read_extension(payload, descriptor) if first & 0x80 else 1
        descriptor.length = pos
        header = payload[pos]
    except IndexError:
        raise MalformedPacket("VP8 payload ends within its descriptor") from None
    if descriptor.starts_frame and not header & 0x01:
        descriptor.is_keyframe = True
        if payload[pos + 3 : pos + 6] == _KEYFRAME_START_CODE and len(payload) >= pos + 10:
            descriptor.width = (payload[pos + 7] << 8 | payload[pos + 6]) & 0x3FFF
            descriptor.height = (payload[pos + 9] << 8 | payload[pos + 8]) & 0x3FFF
    return descriptor


def _read_extension(payload: bytes, descriptor: Vp8Descriptor) -> int:
    """Read what follows the X bit; returns the descriptor's length. Raises IndexError at the payload's end."""
    flags = payload[1]
    pos = 2
    if flags & 0x80:
        picture_id = payload[pos]
        if picture_id & 0x80:
            descriptor.picture_id = (picture_id & 0x7F) << 8 | payload[pos + 1]
            descriptor.picture_id_bits = 15
            pos += 2
        else:
            descriptor.picture_id = picture_id
            descriptor.picture_id_bits = 7
            pos += 1
    if flags & 0x40:
        descriptor.tl0_pic_idx = payload[pos]
        pos += 1
    if flags & 0x30:
        indices = payload[pos]
        if flags & 0x20:
            descriptor.temporal_id = indices >> 6
            descriptor.layer_sync = bool(indices & 0x20)
        if flags & 0x10:
            descriptor.key_idx = indices & 0x1F
        pos += 1
    return pos


def rewrite_vp8(
    payload: bytes,
    descriptor: Vp8Descriptor,
    picture_id: int | None,
    tl0_pic_idx: int | None,
    key_idx: int | None,
) -> bytes:
    """The payload, equally long, with these fields replaced.

    None leaves a field as it is, and a field the packet does not carry stays absent. Values are cut to
    the field's width.
    """
    changed = bytearray(payload)
    pos = 2
    if descriptor.picture_id_bits == 15:
        if picture_id is not None:
            changed[2] = 0x80 | picture_id >> 8 & 0x7F
            changed[3] = picture_id & 0xFF
        pos = 4
    elif descriptor.picture_id_bits == 7:
        if picture_id is not None:
            changed[2] = picture_id & 0x7F
        pos = 3
    if descriptor.tl0_pic_idx is not None:
        if tl0_pic_idx is not None:
            changed[pos] = tl0_pic_idx & 0xFF
        pos += 1
    if key_idx is not None and descriptor.key_idx is not None:
        changed[pos] = changed[pos] & 0xE0 | key_idx & 0x1F
    return bytes(changed)
