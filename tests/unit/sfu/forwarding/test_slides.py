"""When a screen is worth a keyframe, in virtual time."""

from __future__ import annotations

from random import Random

import pytest

from sfu.forwarding.arranging.slides import BUDGET_BPS, CHANGE_GAP_S, REFRESH_S, SlideWatch

TICK_S = 0.06


class Screen:
    """A screen share; it answers each request with a keyframe one tick later."""

    def __init__(self, keyframe_size: int = 40_000) -> None:
        self.now = 10.0
        self.octets = 0
        self.keyframe_size = keyframe_size
        self.watch = SlideWatch(0, self.now)
        self.keyframes: list[float] = []

    def send(self, size: int) -> None:
        self.octets += size

    def key(self) -> None:
        self.octets += self.keyframe_size
        self.watch.keyframe(self.keyframe_size, self.now)
        self.keyframes.append(self.now)

    def run(self, seconds: float, bps: float = 0.0) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            self.send(int(bps * TICK_S / 8))
            if self.watch.look(self.octets, self.now):
                self.now += TICK_S
                self.key()

    def slide(self) -> None:
        """A new slide: a large frame, and some that refine it."""
        for size in (30_000, 15_000, 8_000, 5_000, 4_000):
            self.send(size)
            self.run(0.12)


def test_a_still_screen_needs_one_keyframe_for_ever() -> None:
    screen = Screen()
    screen.key()
    screen.run(120)
    assert len(screen.keyframes) == 1


def test_a_change_of_slide_brings_a_keyframe_when_it_is_there_whole() -> None:
    screen = Screen()
    screen.key()
    screen.run(30, bps=2_000)
    before, changed = len(screen.keyframes), screen.now
    screen.slide()
    screen.run(3)
    after = screen.keyframes[before:]
    assert len(after) == 1
    assert 0.3 < after[0] - changed < 2.0


def test_while_something_moves_there_is_a_picture_every_ten_seconds() -> None:
    screen = Screen()
    screen.key()
    screen.run(60, bps=5_000)
    gaps = [later - earlier for earlier, later in zip(screen.keyframes, screen.keyframes[1:], strict=False)]
    assert gaps and all(gap == pytest.approx(REFRESH_S, abs=0.2) for gap in gaps)


def test_a_film_on_the_screen_is_a_picture_now_and_then() -> None:
    screen = Screen()
    screen.key()
    screen.run(60, bps=1_500_000)
    gaps = [later - earlier for earlier, later in zip(screen.keyframes, screen.keyframes[1:], strict=False)]
    assert gaps and all(gap >= CHANGE_GAP_S for gap in gaps)


@pytest.mark.parametrize("keyframe_size", [15_000, 60_000, 150_000])
@pytest.mark.parametrize("seconds_a_slide", [5, 20, 60])
def test_the_pictures_stay_within_the_budget(keyframe_size: int, seconds_a_slide: int) -> None:
    screen, random = Screen(keyframe_size), Random(3)
    screen.key()
    start = screen.now
    while screen.now < start + 600:
        screen.run(random.uniform(0.7, 1.3) * seconds_a_slide, bps=3_000)
        screen.slide()
    bps = len(screen.keyframes) * keyframe_size * 8 / (screen.now - start)
    first_two = 2 * keyframe_size * 8 / 600
    assert bps <= BUDGET_BPS * 1.02 + first_two


def test_a_slide_a_minute_is_seen_soon_also_when_keyframes_are_large() -> None:
    screen = Screen(120_000)
    screen.key()
    delays = []
    for _ in range(10):
        screen.run(55, bps=3_000)
        changed = screen.now
        screen.slide()
        screen.run(4.4, bps=3_000)
        delays += [key - changed for key in screen.keyframes if key > changed][:1]
    assert len(delays) == 10 and sorted(delays)[8] < 3.5


def test_keyframes_that_others_asked_for_count_too() -> None:
    screen = Screen()
    screen.key()
    for _ in range(30):
        screen.run(2, bps=3_000)
        screen.key()
    assert len(screen.keyframes) == 31


def test_a_keyframe_that_came_too_soon_to_be_forwarded_does_not_stand_for_the_change() -> None:
    screen = Screen()
    screen.key()
    screen.run(30, bps=2_000)
    screen.key()
    screen.run(1)
    screen.slide()
    screen.key()  # somebody else asked for it
    before = len(screen.keyframes)
    screen.run(3)
    assert len(screen.keyframes) == before + 1


def test_a_clock_that_stands_still_changes_nothing() -> None:
    watch = SlideWatch(0, 5.0)
    assert not watch.look(1_000_000, 5.0)
