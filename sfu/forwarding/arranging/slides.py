"""When a screen is worth a keyframe, for those who get nothing of it but keyframes.

A change of slide is found without decoding: an encoder that had little to say says a lot at once. The keyframe is
asked for when that is over, so that it shows the new slide whole. Keyframes are large: what they take is budgeted.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from sfu.forwarding.outgoing.keyframe_selection import GAP_S

CHANGE_GAP_S: Final = 3.0
REFRESH_S: Final = 10.0
"""While something moves there is a new picture this often, unless that takes too much."""
BUDGET_BPS: Final = 26_000
"""For the pictures; with a voice of 58 kbit/s on the wire and all headers that stays below 90 kbit/s."""
FIRST_KEYFRAME: Final = 40_000
"""Bytes; a guess until one was seen."""
BURST_LEAST: Final = 8_000
BURST_TIMES: Final = 4.0
"""A burst is so many bytes in half a second, and so many times the usual."""
BURST_WINDOW_S: Final = 0.5
SETTLED_S: Final = 0.25
"""A burst is over when so long little came; encoders refine a new slide for a while."""
LONGEST_BURST_S: Final = 1.5
USUAL_S: Final = 5.0
MOVED_LEAST: Final = 600
"""Bytes since the last keyframe that count as movement."""


class SlideWatch:
    """Of one layer of a screen."""

    __slots__ = (
        "_asked_at",
        "_burst_since",
        "_keyframe",
        "_last_burst",
        "_moved",
        "_octets",
        "_recent",
        "_shown_at",
        "_tokens",
        "_updated_at",
        "_usual_bps",
    )

    def __init__(self, octets: int, now: float) -> None:
        """``octets``: that came of the layer before."""
        self._octets = octets
        self._updated_at = now
        self._keyframe = FIRST_KEYFRAME
        self._tokens = 2.0 * FIRST_KEYFRAME
        self._asked_at = now - REFRESH_S
        self._shown_at = now - REFRESH_S
        self._recent: deque[tuple[float, int]] = deque()
        self._usual_bps = 0.0
        self._moved = 0
        self._burst_since: float | None = None
        self._last_burst = now

    def keyframe(self, size: int, now: float) -> None:
        """One came, asked for by whomever; ``size`` in bytes, which `look` is told of next.

        Too soon after another it is not forwarded, and shows nobody anything."""
        self._octets += size
        if now < self._shown_at + GAP_S:
            return
        self._shown_at = now
        self._keyframe = max(size, 1)
        self._tokens = min(self._tokens, 2.0 * size) - size
        self._asked_at = now
        self._moved = 0
        self._burst_since = None
        self._recent.clear()

    def look(self, octets: int, now: float) -> bool:
        """At every tick: whether to ask for a keyframe. ``octets``: that came of the layer in all."""
        came, elapsed = max(octets - self._octets, 0), now - self._updated_at
        self._octets, self._updated_at = octets, now
        if elapsed <= 0:
            return False
        self._tokens = min(self._tokens + elapsed * BUDGET_BPS / 8, 2.0 * self._keyframe)
        self._moved += came
        self._follow(came, elapsed, now)
        since = now - self._asked_at
        settled = self._burst_since is not None and (
            now >= self._last_burst + SETTLED_S or now >= self._burst_since + LONGEST_BURST_S
        )
        change = settled and since >= CHANGE_GAP_S and self._tokens >= 0
        moved = self._moved >= MOVED_LEAST and self._burst_since is None
        refresh = moved and since >= REFRESH_S and self._tokens >= self._keyframe
        if not change and not refresh:
            return False
        self._asked_at = now
        self._burst_since = None
        return True

    def _follow(self, came: int, elapsed: float, now: float) -> None:
        """Find out whether this is a burst, and what is usual."""
        recent = self._recent
        recent.append((now, came))
        while recent and recent[0][0] < now - BURST_WINDOW_S:
            recent.popleft()
        burst = sum(size for _, size in recent)
        usual = self._usual_bps / 8 * BURST_WINDOW_S
        if burst >= max(BURST_LEAST, BURST_TIMES * usual):
            if self._burst_since is None:
                self._burst_since = now
            if came * BURST_WINDOW_S >= BURST_LEAST / 4 * elapsed:
                self._last_burst = now
        weight = min(elapsed / USUAL_S, 1.0)
        self._usual_bps += (came * 8 / elapsed - self._usual_bps) * weight
