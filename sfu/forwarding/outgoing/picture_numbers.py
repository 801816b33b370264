"""Continuous VP8 picture numbers of a slot across sources (RFC 7741 section 4.2)."""

from __future__ import annotations

from struct import Struct
from typing import Final

from sfu.rtp.vp8 import Vp8Descriptor, rewrite_vp8

_NUMBERS: Final = Struct(">HB").pack


class PictureOffsets:
    """What is added to picture id, TL0PICIDX and KEYIDX of one source; made anew for each switch."""

    __slots__ = ("key_idx", "picture_id", "tl0_pic_idx")

    def __init__(self, picture_id: int, tl0_pic_idx: int, key_idx: int) -> None:
        self.picture_id = picture_id
        self.tl0_pic_idx = tl0_pic_idx
        self.key_idx = key_idx

    def apply(self, vp8: Vp8Descriptor) -> tuple[int | None, int | None, int | None]:
        """The outgoing (picture id, TL0PICIDX, KEYIDX); None where the source has none."""
        picture_id = vp8.picture_id
        if picture_id is not None:
            picture_id = (picture_id + self.picture_id) & (0x7FFF if vp8.picture_id_bits == 15 else 0x7F)
        tl0_pic_idx = vp8.tl0_pic_idx
        if tl0_pic_idx is not None:
            tl0_pic_idx = (tl0_pic_idx + self.tl0_pic_idx) & 0xFF
        key_idx = vp8.key_idx
        if key_idx is not None:
            key_idx = (key_idx + self.key_idx) & 0x1F
        return picture_id, tl0_pic_idx, key_idx

    def rewrite(self, payload: bytes, vp8: Vp8Descriptor) -> bytes:
        if (
            vp8.picture_id_bits == 15
            and vp8.key_idx is None
            and vp8.picture_id is not None
            and vp8.tl0_pic_idx is not None
        ):
            # What browsers send, in half the time: this runs for each packet and each slot that switched.
            numbers = _NUMBERS(
                0x8000 | (vp8.picture_id + self.picture_id) & 0x7FFF, (vp8.tl0_pic_idx + self.tl0_pic_idx) & 0xFF
            )
            return payload[:2] + numbers + payload[5:]
        return rewrite_vp8(payload, vp8, *self.apply(vp8))


class PictureNumbers:
    """Remembers the last numbers that left a slot, to continue them when the slot switches source."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: tuple[int, int, int] | None = None

    def leave(self, vp8: Vp8Descriptor | None, offsets: PictureOffsets | None) -> None:
        """The source is left; ``vp8`` is its newest descriptor that was forwarded."""
        if vp8 is None:
            return
        numbers = offsets.apply(vp8) if offsets else (vp8.picture_id, vp8.tl0_pic_idx, vp8.key_idx)
        previous = self._last or (0, 0, 0)
        self._last = (
            previous[0] if numbers[0] is None else numbers[0],
            previous[1] if numbers[1] is None else numbers[1],
            previous[2] if numbers[2] is None else numbers[2],
        )

    def enter(self, vp8: Vp8Descriptor | None) -> PictureOffsets | None:
        """Offsets that make the source starting at keyframe ``vp8`` follow on; None when nothing need change."""
        if self._last is None or vp8 is None:
            return None
        last_picture, last_tl0, last_key = self._last
        return PictureOffsets(
            last_picture + 1 - (vp8.picture_id or 0),
            last_tl0 + 1 - (vp8.tl0_pic_idx or 0),
            last_key + 1 - (vp8.key_idx or 0),
        )
