"""The health of a participant, in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sfu.allocation.health import BETTER_S, Health, HealthSample
from sfu.messages import ParticipantHealth, Quality, Reception

GOOD_LINE = HealthSample(0.0, 0.0, 0.05, 3_000_000, need_bps=1_000_000)


class Watched:
    def __init__(self) -> None:
        self.health = Health()
        self.now = 50.0
        self.reports: list[ParticipantHealth] = []

    def run(self, seconds: float, sample: HealthSample) -> Quality:
        for _ in range(round(seconds)):
            self.now += 1.0
            self.health.sample(sample, self.now)
            report = self.health.report("a", Reception.FULL)
            if report is not None:
                self.reports.append(report)
        return self.health.quality


@pytest.mark.parametrize(
    ("sample", "quality"),
    [
        (GOOD_LINE, Quality.EXCELLENT),
        (HealthSample(0.01, 0.0, 0.08, 1_200_000, need_bps=1_200_000), Quality.EXCELLENT),
        (HealthSample(0.04, 0.0, 0.05, None), Quality.GOOD),
        (HealthSample(0.0, 0.10, 0.05, None), Quality.POOR),
        (HealthSample(0.0, 0.0, 0.40, 3_000_000, need_bps=1_000_000), Quality.GOOD),
        (HealthSample(0.0, 0.0, 0.05, 800_000, need_bps=1_000_000), Quality.GOOD),
        (HealthSample(0.03, 0.0, 0.28, 330_000, need_bps=1_000_000), Quality.POOR),
        (HealthSample(0.0, 0.0, 0.05, 3_000_000, need_bps=1_000_000, frozen=True), Quality.POOR),
        (HealthSample(0.0, 0.0, 0.05, None, silent_s=9.0), Quality.LOST),
        (HealthSample(None, None, None, None), Quality.EXCELLENT),
    ],
)
def test_a_lasting_state_has_its_word(sample: HealthSample, quality: Quality) -> None:
    assert Watched().run(30, sample) is quality


def test_worse_within_seconds_and_better_after_a_while() -> None:
    watched = Watched()
    watched.run(20, GOOD_LINE)
    assert watched.run(6, HealthSample(0.2, 0.0, 0.05, None)) is Quality.POOR
    watched.run(3, GOOD_LINE)
    assert watched.health.quality is Quality.POOR
    assert watched.run(20, GOOD_LINE) is Quality.EXCELLENT


def test_lost_and_back_are_told_at_once() -> None:
    watched = Watched()
    watched.run(20, GOOD_LINE)
    assert watched.run(1, HealthSample(None, None, None, None, silent_s=9.0)) is Quality.LOST
    assert watched.run(1, GOOD_LINE) is Quality.EXCELLENT


def test_a_value_that_swings_across_a_limit_does_not_flap() -> None:
    watched = Watched()
    watched.run(20, GOOD_LINE)
    for i in range(60):
        loss = 0.05 if i % 2 else 0.0
        watched.run(1, HealthSample(loss, 0.0, 0.05, None))
    changes = [new for old, new in pairwise(watched.reports) if new.quality is not old.quality]
    assert len(changes) <= 2 + 60 // BETTER_S


def test_what_is_much_the_same_is_not_told_again() -> None:
    watched = Watched()
    watched.run(20, GOOD_LINE)
    told = len(watched.reports)
    for i in range(30):
        watched.run(1, HealthSample(0.0, 0.005, 0.05 + 0.002 * (i % 5), 3_000_000 + 40_000 * (i % 7)))
    assert len(watched.reports) == told
    watched.run(5, HealthSample(0.0, 0.0, 0.05, 1_500_000, need_bps=1_000_000))
    assert watched.reports[-1].estimate_bps == 1_500_000


def test_freezes_are_a_share_of_the_last_seconds() -> None:
    watched = Watched()
    for i in range(40):
        watched.run(1, HealthSample(None, None, None, None, frozen=i % 4 == 0))
    assert 0.1 < watched.health.frozen < 0.45
