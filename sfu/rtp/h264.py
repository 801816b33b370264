"""H.264 payloads (RFC 6184): find where a keyframe starts, and how high its picture is."""

from __future__ import annotations

_IDR = 5
_SPS = 7
_MAX_SPS = 128
_WITH_CHROMA_FORMAT = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 138, 139, 134, 135, 244})
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


def h264_height(payload: bytes) -> int | None:
    """The lines of the picture, from the sequence parameter set in this packet. Never raises.

    None when there is no such set in it, or one that says it in an unusual way."""
    unit = _parameter_set(payload)
    if unit is None:
        return None
    try:
        return _height(_Bits(unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")), unit[1])
    except IndexError:
        return None


def _parameter_set(payload: bytes) -> bytes | None:
    if len(payload) < 5:
        return None
    kind = payload[0] & 0x1F
    if kind == _SPS:
        return payload[:_MAX_SPS]
    if kind == _STAP_A:
        pos = 1
        while pos + 3 <= len(payload):
            end = pos + 2 + (payload[pos] << 8 | payload[pos + 1])
            if end == pos + 2 or end > len(payload):
                return None
            if payload[pos + 2] & 0x1F == _SPS:
                return payload[pos + 2 : min(end, pos + 2 + _MAX_SPS)]
            pos = end
    return None


class _Bits:
    """Reads bits and Exp-Golomb codes (ITU-T H.264 section 9.1); raises IndexError at the end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bit(self) -> int:
        value = self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
        self._at += 1
        return value

    def skip(self, bits: int) -> None:
        self._at += bits

    def number(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
        value = 1
        for _ in range(zeros):
            value = value << 1 | self.bit()
        return value - 1


def _height(bits: _Bits, profile: int) -> int | None:
    """ITU-T H.264 section 7.3.2.1.1."""
    bits.skip(24)
    bits.number()  # seq_parameter_set_id
    chroma = 1
    if profile in _WITH_CHROMA_FORMAT:
        chroma = bits.number()
        if chroma == 3:
            bits.skip(1)
        bits.number()
        bits.number()
        bits.skip(1)
        if bits.bit():
            return None  # scaling matrices
    bits.number()  # log2_max_frame_num
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        return None
    bits.number()  # max_num_ref_frames
    bits.skip(1)
    bits.number()  # width
    units = bits.number() + 1
    frames_only = bits.bit()
    if not frames_only:
        bits.skip(1)
    bits.skip(1)
    height = 16 * units * (2 - frames_only)
    if bits.bit():
        bits.number()
        bits.number()
        lines = bits.number() + bits.number()
        height -= lines * (2 - frames_only) * (2 if chroma == 1 else 1)
    return height if height > 0 else None
