"""H.264 payloads (RFC 6184): find where a keyframe starts, nothing more."""

from __future__ import annotations

_IDR = 5
_SPS = 7
_STAP_A = 24
_FU_A = 28


def is_h264_keyframe(payload: bytes) -> bool:
    """Whether a keyframe starts in this packet: it holds an SPS or IDR unit, or the first fragment of one.

    True for each such packet of a picture (SPS, then IDR), so the first of a timestamp counts. Malformed is False.
    """
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind in (_IDR, _SPS):
        return True
    if kind == _FU_A:
        return payload[1] & 0x80 != 0 and payload[1] & 0x1F in (_IDR, _SPS)
    if kind == _STAP_A:
        pos, size = 1, len(payload)
        while pos + 3 <= size:
            following = pos + 2 + (payload[pos] << 8 | payload[pos + 1])
            if following == pos + 2 or following > size:
                return False
            if payload[pos + 2] & 0x1F in (_IDR, _SPS):
                return True
            pos = following
    return False
