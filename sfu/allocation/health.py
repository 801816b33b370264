"""How well a participant is connected: a word for loss, round trip, freezes and estimate, smoothed."""

from __future__ import annotations

from dataclasses import dataclass

from sfu.messages import ParticipantHealth, Quality, Reception

QUALITIES = tuple(Quality)
LOST_S = 8.0
"""Nothing heard for so long: the participant is lost."""
WORSE_S, BETTER_S = 1.5, 6.0
"""How long a line has to be worse, or better, before that is said."""
SMOOTHING_S = 3.0

LOSS_LIMITS = (0.02, 0.06)
RTT_LIMITS_S = (0.25, 0.6)
FROZEN_LIMITS = (0.02, 0.10)
SHORT_LIMITS = (0.05, 0.40)
"""Each: the most that is still excellent, and good; the last is of the share of its need that the line lacks."""


@dataclass(frozen=True, slots=True)
class HealthSample:
    """What was measured of a participant; None where it is not known. Shares are 0 to 1.

    ``need_bps``: what all that it should see and hear takes; ``frozen``: whether the main picture it should see
    stands still now; ``silent_s``: how long nothing at all was heard of it; ``b_frames``: it sends pictures in
    another order than they are shown in.
    """

    loss_down: float | None
    loss_up: float | None
    rtt_s: float | None
    estimate_bps: int | None
    need_bps: int = 0
    frozen: bool = False
    silent_s: float = 0.0
    b_frames: bool = False


class Health:
    """Of one participant. Public: ``quality``, ``frozen``."""

    __slots__ = (
        "_better_since",
        "_loss_down",
        "_loss_up",
        "_rtt_s",
        "_said",
        "_sample",
        "_sampled_at",
        "_worse_since",
        "frozen",
        "quality",
    )

    def __init__(self) -> None:
        self.quality = Quality.GOOD
        self.frozen = 0.0
        self._loss_down: float | None = None
        self._loss_up: float | None = None
        self._rtt_s: float | None = None
        self._sample = HealthSample(None, None, None, None)
        self._sampled_at: float | None = None
        self._worse_since: float | None = None
        self._better_since: float | None = None
        self._said: ParticipantHealth | None = None

    def sample(self, sample: HealthSample, now: float) -> None:
        """Take in what is measured now; about once a second, at any rate."""
        elapsed = SMOOTHING_S if self._sampled_at is None else now - self._sampled_at
        weight = min(max(elapsed, 0.0) / SMOOTHING_S, 1.0)
        self._sampled_at = now
        self._sample = sample
        self._loss_down = _smooth(self._loss_down, sample.loss_down, weight)
        self._loss_up = _smooth(self._loss_up, sample.loss_up, weight)
        self._rtt_s = _smooth(self._rtt_s, sample.rtt_s, weight)
        self.frozen += (sample.frozen - self.frozen) * weight
        self._follow(self._judge(), now)

    def report(self, participant_id: str, reception: Reception) -> ParticipantHealth | None:
        """What to tell, or None while it is much the same as what was told."""
        estimate = self._sample.estimate_bps
        health = ParticipantHealth(
            participant_id=participant_id,
            quality=self.quality,
            reception=reception,
            rtt_s=None if self._rtt_s is None else round(self._rtt_s, 3),
            loss_down=None if self._loss_down is None else round(self._loss_down, 3),
            loss_up=None if self._loss_up is None else round(self._loss_up, 3),
            estimate_bps=None if estimate is None else round(estimate, -4),
            frozen=round(self.frozen, 2),
            b_frames=self._sample.b_frames,
        )
        if self._said is not None and not _differ(health, self._said):
            return None
        self._said = health
        return health

    def _judge(self) -> Quality:
        """By the worst of what is known."""
        sample = self._sample
        if sample.silent_s >= LOST_S:
            return Quality.LOST
        short = 0.0
        if sample.estimate_bps is not None and sample.need_bps > 0:
            short = max(0.0, 1.0 - sample.estimate_bps / sample.need_bps)
        worst = max(
            _grade(self._loss_down, LOSS_LIMITS),
            _grade(self._loss_up, LOSS_LIMITS),
            _grade(self._rtt_s, RTT_LIMITS_S),
            _grade(self.frozen, FROZEN_LIMITS),
            _grade(short, SHORT_LIMITS),
        )
        return QUALITIES[worst]

    def _follow(self, judged: Quality, now: float) -> None:
        """Let the told quality follow, later upwards than downwards; lost is lost at once."""
        at, to = QUALITIES.index(self.quality), QUALITIES.index(judged)
        if to <= at:
            self._worse_since = None
        elif self._worse_since is None:
            self._worse_since = now
        if to >= at:
            self._better_since = None
        elif self._better_since is None:
            self._better_since = now
        worse = self._worse_since is not None and now >= self._worse_since + WORSE_S
        better = self._better_since is not None and now >= self._better_since + BETTER_S
        if judged is Quality.LOST or (self.quality is Quality.LOST and to < at) or worse or better:
            self.quality = judged
            self._worse_since = self._better_since = None


def _grade(value: float | None, limits: tuple[float, float]) -> int:
    return 0 if value is None else sum(value > limit for limit in limits)


def _smooth(before: float | None, value: float | None, weight: float) -> float | None:
    if value is None or before is None:
        return value if before is None else before
    return before + (value - before) * weight


def _differ(new: ParticipantHealth, old: ParticipantHealth) -> bool:
    """Whether anybody who looks at it would see a difference that matters."""
    return (
        new.quality is not old.quality
        or new.reception is not old.reception
        or new.b_frames is not old.b_frames
        or _moved(new.loss_down, old.loss_down, 0.02, 0.3)
        or _moved(new.loss_up, old.loss_up, 0.02, 0.3)
        or _moved(new.rtt_s, old.rtt_s, 0.05, 0.3)
        or _moved(new.estimate_bps, old.estimate_bps, 50_000, 0.3)
        or _moved(new.frozen, old.frozen, 0.05, 0.3)
    )


def _moved(new: float | None, old: float | None, least: float, share: float) -> bool:
    if new is None or old is None:
        return new is not old
    return abs(new - old) > max(least, share * old)
