"""The low-bandwidth ladder of one participant: down within seconds on a weak line, up after a clean while.

Judged by what the line carries, what it loses and how long packets queue, never by the round trip alone. What is
not known is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfu.messages import Reception, ReceptionCause

STEPS = tuple(Reception)
NEED_BPS = {
    Reception.FULL: 450_000,
    Reception.SAVER: 200_000,
    Reception.SLIDES: 100_000,
    Reception.AUDIO: 12_000,
    Reception.TEXT: 0,
}
"""What a line has to carry for a step: the stage's lowest layers with sound, one small video with sound, still
slides of 90 kbit/s with sound, bare sound in its thinnest form."""
THIN = (Reception.SLIDES, Reception.AUDIO)
"""Steps that mostly send less than they need at times."""
RISE = 1.25
"""A step up needs this much more than the step needs."""
BAD_LOSS, CLEAN_LOSS = 0.12, 0.05
"""Much loss means too much is sent, unless the line is wide; a tenth more or less is repaired."""
BAD_QUEUE_S, CLEAN_QUEUE_S = 0.6, 0.2
DIRTY_S = 2.0
"""A moment of loss or queue, as after a keyframe, does not make a line that was clean another."""
DOWN_S = 2.0
"""A line is weak when it was for so long without a break …"""
GRAVE_DOWN_S = 1.2
"""… or so long when it carries not even half of what the step needs."""
AMPLE, TRUST_S, TELLING_LOSS = 2.0, 10.0, 0.06
"""A line that carried so many times what is needed, so lately, and does not lose more than that, is not weak for a
moment of delay: a busy computer looks the same. Layers are dropped all the same, but the step is left only …"""
TRUSTED_DOWN_S, TRUSTED_GRAVE_DOWN_S = 4.5, 3.5
"""… after so long, and when not even the least of the step fits."""
SETTLE_S = 1.5
"""After a step the line is given this long to recover before it is judged anew."""
SILENT_S = 1.0
TEXT_S = 10.0
"""Sound is given up only when it did not pass for so long."""
PATIENCE_S, MAX_PATIENCE_S = 45.0, 360.0
"""A clean line is trusted after this, doubled up to the second when a step up had to be taken back."""
MAX_TRIAL_PATIENCE_S = 120.0
"""A line that was tried and did not carry more is tried less often, too: probing takes some of what it carries."""
RELAPSE_S = 60.0
TRIAL_S = 10.0
"""The end of patience is used to find out, by probing, whether the line carries the next step."""


@dataclass(frozen=True, slots=True)
class LineState:
    """What is known of a participant's line down. ``estimate_bps`` None: nothing was measured yet.

    ``hungry``: what the step gives does not fit the estimate, so that a low one is a shortage and not only a sign
    of little to send. ``silent_s``: how long nothing was heard of a receiver that reported before: its path may be
    dead, which is no weakness. ``least_bps``: what the step takes with everything in its lowest layer, if known:
    a step that was come to with more room is not left before even that is too much.
    """

    estimate_bps: int | None
    hungry: bool
    loss: float = 0.0
    queue_s: float = 0.0
    silent_s: float = 0.0
    least_bps: int | None = None


class Ladder:
    """Public: ``step`` the participant is on, ``chosen`` the richest it may come to."""

    __slots__ = (
        "_ample_at",
        "_bad_since",
        "_choked_since",
        "_clean_since",
        "_dirty_since",
        "_grave_since",
        "_patience_s",
        "_raised_at",
        "_settled_at",
        "_trusted",
        "chosen",
        "pinned",
        "step",
    )

    def __init__(self, chosen: Reception, *, pinned: bool = False) -> None:
        """``pinned``: it does not leave the chosen step by itself."""
        self.chosen = chosen
        self.pinned = pinned
        self.step = chosen
        self._patience_s = PATIENCE_S
        self._raised_at: float | None = None
        self._settled_at = 0.0
        self._ample_at: float | None = None
        self._trusted = False
        self._bad_since: float | None = None
        self._grave_since: float | None = None
        self._choked_since: float | None = None
        self._clean_since: float | None = None
        self._dirty_since: float | None = None

    def choose(self, chosen: Reception, now: float, *, pinned: bool = False) -> None:
        """The participant chose: it is there at once, and no richer from now on."""
        self.chosen = chosen
        self.pinned = pinned
        self.step = chosen
        self._patience_s = PATIENCE_S
        self._raised_at = None
        self._settle(now)

    def judge(self, line: LineState, now: float) -> ReceptionCause | None:
        """Look at the line, a few times a second. The cause when the step changed."""
        if self.pinned:
            return None
        self._watch(line, now)
        if self.step is not Reception.TEXT:
            lower = self._lower(line, now)
            if lower is not None:
                if self._raised_at is not None:
                    relapse = now < self._raised_at + RELAPSE_S
                    self._patience_s = min(self._patience_s * 2, MAX_PATIENCE_S) if relapse else PATIENCE_S
                    self._raised_at = None
                self.step = lower
                self._settle(now)
                return ReceptionCause.WEAK_LINE
        if self.step is not self.chosen and self._may_rise(line, now):
            self.step = STEPS[STEPS.index(self.step) - 1]
            self._raised_at = now
            self._settle(now)
            return ReceptionCause.RECOVERED
        return None

    def wanted_bps(self, now: float) -> int:
        """What is worth probing for: what this step needs, or the next while it is time to find out whether the
        line carries that. A line with little to send must not be taken for a weak one."""
        since = None if self.pinned or self.step is self.chosen else self._clean_since
        if since is not None and now >= since + self._patience_s - TRIAL_S:
            return round(self._next_need() * 1.05)
        return round(NEED_BPS[self.step] * 1.1) if self.step in THIN else 0

    # --- what was seen ------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        self._settled_at = now + SETTLE_S
        self._bad_since = self._grave_since = self._choked_since = None
        self._clean_since = self._dirty_since = None

    def _next_need(self) -> int:
        return round(NEED_BPS[STEPS[STEPS.index(self.step) - 1]] * RISE)

    def _watch(self, line: LineState, now: float) -> None:
        """Note since when the line is weak, very weak, as good as dead, and clean."""
        if line.silent_s >= SILENT_S and self.step is not Reception.TEXT:
            self._settle(now)
            return
        estimate, need = line.estimate_bps, NEED_BPS[self.step]
        settled = now >= self._settled_at
        if line.loss >= TELLING_LOSS:
            self._ample_at = None
        elif estimate is not None and estimate >= AMPLE * need and self.step is Reception.FULL:
            self._ample_at = now
        self._trusted = self._ample_at is not None and now < self._ample_at + TRUST_S
        if line.least_bps is not None and (self._trusted or self.step is Reception.SAVER):
            need = min(need, line.least_bps)
        short = estimate is not None and line.hungry and estimate < need
        grave = estimate is not None and line.hungry and estimate < need / 2
        losing = line.loss >= BAD_LOSS and (estimate is None or estimate < 3 * need)
        self._bad_since = _since(
            self._bad_since, settled and (short or losing or line.queue_s >= BAD_QUEUE_S), now
        )
        self._grave_since = _since(self._grave_since, settled and grave, now)
        choked = estimate is not None and line.hungry and estimate < NEED_BPS[Reception.AUDIO]
        self._choked_since = _since(self._choked_since, choked, now)
        clean = line.loss <= CLEAN_LOSS and line.queue_s <= CLEAN_QUEUE_S and not short
        clean = clean or self.step is Reception.TEXT
        self._dirty_since = _since(self._dirty_since, not clean, now)
        if clean and self._clean_since is None:
            self._clean_since = now
        elif short or _lasted(self._dirty_since, DIRTY_S, now):
            self._clean_since = None

    def _lower(self, line: LineState, now: float) -> Reception | None:
        """The step to go down to, None for none."""
        if self.step is Reception.AUDIO:
            return Reception.TEXT if _lasted(self._choked_since, TEXT_S, now) else None
        down_s, grave_s = (TRUSTED_DOWN_S, TRUSTED_GRAVE_DOWN_S) if self._trusted else (DOWN_S, GRAVE_DOWN_S)
        if not (_lasted(self._bad_since, down_s, now) or _lasted(self._grave_since, grave_s, now)):
            return None
        for step in STEPS[STEPS.index(self.step) + 1 : STEPS.index(Reception.AUDIO)]:
            if line.estimate_bps is None or line.estimate_bps >= NEED_BPS[step]:
                return step
        return Reception.AUDIO

    def _may_rise(self, line: LineState, now: float) -> bool:
        since = self._clean_since
        if since is None or now < since + self._patience_s:
            return False
        if self.step is Reception.TEXT or (
            line.estimate_bps is not None and line.estimate_bps >= self._next_need()
        ):
            return True
        if now >= since + self._patience_s + TRIAL_S:
            self._clean_since = None
            self._patience_s = min(self._patience_s * 2, max(self._patience_s, MAX_TRIAL_PATIENCE_S))
        return False


def _since(since: float | None, holds: bool, now: float) -> float | None:
    return (now if since is None else since) if holds else None


def _lasted(since: float | None, seconds: float, now: float) -> bool:
    return since is not None and now >= since + seconds
