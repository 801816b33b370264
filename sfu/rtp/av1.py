"""AV1 payloads (AV1 RTP specification section 4.4): find where a keyframe starts, nothing more."""

from __future__ import annotations

_CONTINUES = 0x80
_NEW_SEQUENCE = 0x08


def is_av1_keyframe(payload: bytes) -> bool:
    """Whether a coded video sequence, which begins with a keyframe, begins in this packet (the N bit)."""
    return len(payload) > 1 and payload[0] & _NEW_SEQUENCE != 0 and not payload[0] & _CONTINUES
