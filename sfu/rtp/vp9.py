"""The VP9 payload descriptor (RFC 9628 section 4.2): find where a keyframe starts, nothing more."""

from __future__ import annotations

_HAS_PICTURE_ID = 0x80
_PREDICTED = 0x40
_HAS_LAYERS = 0x20
_BEGINS_FRAME = 0x08


def is_vp9_keyframe(payload: bytes) -> bool:
    """Whether this packet begins a keyframe, that is the lowest spatial layer of one. Malformed is False."""
    if len(payload) < 2:
        return False
    flags = payload[0]
    if flags & _PREDICTED or not flags & _BEGINS_FRAME:
        return False
    if not flags & _HAS_LAYERS:
        return True
    at = 1
    if flags & _HAS_PICTURE_ID:
        at += 2 if payload[1] & 0x80 else 1
    return len(payload) > at and payload[at] & 0x0E == 0
