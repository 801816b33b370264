"""Who is speaking: dominant speaker identification after Volfin and Cohen (2013), from RFC 6464 audio levels.

Each speaker's last second is looked at on three scales: the newest frame (is there sound now), the newest tenth of
a second, and the whole second. Each is turned into a score, the logarithm of how much likelier speech is than
silence. A challenger takes over when its scores exceed the dominant speaker's on all three scales, so a cough in
the midst of a lecture does not, but who goes on after the dominant fell silent does, within a second or two.

Beyond the paper: a level counts only when it stands out from the speaker's own noise floor; when the dominant
speaker has been silent for two seconds, or nobody has spoken yet, steady quiet speech is enough; and packets that
come late, many at once, take the place of the silence that they were taken for.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice

DECISION_INTERVAL_S = 0.3
"""How often :meth:`DominantSpeaker.decide` wants to be called."""

_FRAME_S = 0.020
_IDLE_S = 0.040
_LOUDEST = 127

_C1, _C2, _C3 = 3.0, 2.0, 0.0
# Levels per step of loudness, frames per block, blocks in the history.
_N1, _N2, _N3 = 13, 5, 10
_HISTORY = _N2 * _N3
_MEDIUM_THRESHOLD = 7
_LONG_THRESHOLD = 4

_QUIET_SPEECH = 6
_STEADY_FRAMES = 20
_ABANDONED_S = 2.0
_FLOOR_WINDOW = 250
_SPEAKING_S = 1.0
_RISE, _FALL = 0.1, 0.02


def _scores(steps: int, likelihood_ratio: float) -> tuple[float, ...]:
    """The speech activity score for each count of active parts out of ``steps``; silence's is next to nothing."""
    return tuple(
        max(
            math.log(math.comb(steps, active))
            - steps * math.log(2)
            - math.log(likelihood_ratio)
            + likelihood_ratio * active,
            1e-10,
        )
        for active in range(steps + 1)
    )


_IMMEDIATE_SCORES = _scores(_N1, 0.78)
_MEDIUM_SCORES = _scores(_N2, 24)
_LONG_SCORES = _scores(_N3, 47)


class _Speaker:
    __slots__ = (
        "_assumed",
        "_lowest",
        "_lowest_of",
        "_since",
        "accounted_until",
        "floor",
        "frames",
        "loudness",
        "spoke_at",
    )

    def __init__(self) -> None:
        self.frames: deque[int] = deque([0] * _HISTORY, maxlen=_HISTORY)
        """The steps of loudness of the last second, newest first."""
        self.accounted_until: float | None = None
        self.spoke_at = -math.inf
        # Falls slowly, so that the pauses between words do not reorder the ranking.
        self.loudness = 0.0
        self.floor = 0
        self._lowest = _LOUDEST
        self._lowest_of = 0
        # Frames that count as silent as nothing came, and how many came since.
        self._assumed = self._since = 0

    def heard(self, level: int, now: float) -> None:
        self.fill(now)
        if self.accounted_until is not None and now - self.accounted_until < _FRAME_S / 2:
            self._replace()
        self.accounted_until = now
        self._follow_floor(level)
        step = level // _N1 if level >= self.floor + _N1 else 0
        self.frames.appendleft(step)
        self._since += 1
        if step:
            self.loudness += (level - self.loudness) * _RISE
        else:
            self.loudness -= self.loudness * _FALL
        if step >= _QUIET_SPEECH:
            self.spoke_at = now

    def fill(self, now: float) -> None:
        """Count as silence what did not come: nothing is sent in a pause (DTX) or when muted."""
        if self.accounted_until is None:
            return
        frames = int((now - self.accounted_until - _IDLE_S) / _FRAME_S)
        if frames > 0:
            self.accounted_until += frames * _FRAME_S
            silent = min(frames, _HISTORY)
            self.frames.extendleft([0] * silent)
            self.loudness *= (1 - _FALL) ** silent
            self._assumed = silent if self._since else min(self._assumed + silent, _HISTORY)
            self._since = 0

    def _replace(self) -> None:
        """What comes now is what one of the silent frames was."""
        if self._assumed and self._since < _HISTORY:
            del self.frames[self._since]
            self._assumed -= 1
            self.loudness /= 1 - _FALL

    def _follow_floor(self, level: int) -> None:
        """The noise floor is the lowest level of the last 5 to 10 s: no speech goes that long without a pause."""
        self._lowest = min(self._lowest, level)
        self._lowest_of += 1
        self.floor = min(self.floor, level)
        if self._lowest_of == _FLOOR_WINDOW:
            self.floor = self._lowest
            self._lowest, self._lowest_of = _LOUDEST, 0

    def scores(self) -> tuple[float, float, float]:
        """Of the newest frame, the newest block and the whole history."""
        frames = list(self.frames)
        blocks = [
            sum(step > _MEDIUM_THRESHOLD for step in frames[start : start + _N2])
            for start in range(0, _HISTORY, _N2)
        ]
        active = sum(block > _LONG_THRESHOLD for block in blocks)
        return _IMMEDIATE_SCORES[frames[0]], _MEDIUM_SCORES[blocks[0]], _LONG_SCORES[active]

    def steady_frames(self) -> int:
        return sum(step >= _QUIET_SPEECH for step in islice(self.frames, _HISTORY))


class DominantSpeaker:
    """Finds the dominant one of many speakers and ranks them all. ``dominant`` is None until somebody spoke."""

    __slots__ = ("_now", "_speakers", "dominant")

    def __init__(self) -> None:
        self.dominant: str | None = None
        self._speakers: dict[str, _Speaker] = {}
        self._now = -math.inf

    def add(self, id: str) -> None:
        self._speakers.setdefault(id, _Speaker())

    def remove(self, id: str) -> None:
        self._speakers.pop(id, None)
        if self.dominant == id:
            self.dominant = None

    def level(self, id: str, audio_level_dbov_magnitude: int, now: float) -> None:
        """Take the level of one packet: 0 is loudest, 127 silence. Levels of unknown ids are ignored."""
        speaker = self._speakers.get(id)
        if speaker is not None:
            self._now = max(self._now, now)
            speaker.heard(_LOUDEST - max(0, min(audio_level_dbov_magnitude, _LOUDEST)), now)

    def decide(self, now: float) -> bool:
        """Choose anew; call it every ``DECISION_INTERVAL_S``. True when ``dominant`` changed."""
        self._now = max(self._now, now)
        for speaker in self._speakers.values():
            speaker.fill(now)
        current = self._speakers.get(self.dominant) if self.dominant is not None else None
        chosen = self._challenger(current) if current is not None else None
        if chosen is None and (current is None or now - current.spoke_at > _ABANDONED_S):
            chosen = self._steadiest()
        if chosen is None or chosen == self.dominant:
            return False
        self.dominant = chosen
        return True

    def ranking(self) -> list[str]:
        """All ids: first who spoke within the last second, loudest first, then the others, latest first."""
        speaking_since = self._now - _SPEAKING_S

        def key(item: tuple[str, _Speaker]) -> tuple[bool, float]:
            speaker = item[1]
            speaking = speaker.spoke_at > speaking_since
            return not speaking, -speaker.loudness if speaking else -speaker.spoke_at

        return [id for id, _ in sorted(self._speakers.items(), key=key)]

    def _challenger(self, current: _Speaker) -> str | None:
        """Who exceeds the dominant speaker on all three scales; the one that does so most, if several."""
        immediate, medium, long = current.scores()
        best: str | None = None
        best_lead = _C2
        for id, speaker in self._speakers.items():
            if speaker is current or not speaker.frames[0]:
                continue
            scores = speaker.scores()
            lead = math.log(scores[1] / medium)
            if lead > best_lead and math.log(scores[0] / immediate) > _C1 and math.log(scores[2] / long) > _C3:
                best, best_lead = id, lead
        return best

    def _steadiest(self) -> str | None:
        """Who spoke in at least 0.4 s of the last second, most of it."""
        best: str | None = None
        most = _STEADY_FRAMES - 1
        for id, speaker in self._speakers.items():
            frames = speaker.steady_frames()
            if frames > most:
                best, most = id, frames
        return best
