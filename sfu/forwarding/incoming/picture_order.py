"""Notices pictures that are sent in another order than they are shown in: the B-frames of H.264.

WebRTC has no B-frames: a browser shows pictures as they come, so these make it jump back and forth. RTP timestamps
are those of presentation (RFC 6184 section 5.1), so each B-frame goes back in time though its number goes on.
"""

from __future__ import annotations

from typing import Final

FARTHEST: Final = 90_000
"""One second of video. Who goes back further than that set the clock anew."""
SEVERAL: Final = 5
WITHIN_S: Final = 5.0
"""So many times in so long is an encoder's way, not a mishap; after so long without it, it is over."""


class PictureOrder:
    """Of one stream. ``count``: how many pictures went back in time."""

    __slots__ = ("_last", "_row", "count")

    def __init__(self) -> None:
        self.count = 0
        self._row = 0
        self._last = 0.0

    def went_back(self, now: float) -> None:
        """A picture came that is shown before the one that was sent before it."""
        self.count += 1
        self._row = self._row + 1 if now - self._last < WITHIN_S else 1
        self._last = now

    def is_reordered(self, now: float) -> bool:
        return self._row >= SEVERAL and now - self._last < WITHIN_S
