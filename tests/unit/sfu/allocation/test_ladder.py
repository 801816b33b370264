"""The ladder in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.allocation.ladder import MAX_PATIENCE_S, NEED_BPS, PATIENCE_S, Ladder, LineState
from sfu.messages import Reception, ReceptionCause

FULL, SAVER, SLIDES, AUDIO, TEXT = Reception
TICK_S = 0.24
WIDE = LineState(3_000_000, hungry=False)


class Rider:
    """A participant on the ladder; every step it took as (time, step, cause)."""

    def __init__(self, chosen: Reception = FULL, *, pinned: bool = False) -> None:
        self.ladder = Ladder(chosen, pinned=pinned)
        self.now = 100.0
        self.taken: list[tuple[float, Reception, ReceptionCause]] = []

    def run(self, seconds: float, line: LineState) -> Rider:
        end = self.now + seconds
        while self.now < end:
            self.now += TICK_S
            cause = self.ladder.judge(line, self.now)
            if cause is not None:
                self.taken.append((self.now, self.ladder.step, cause))
        return self


def line(kbps: float, *, hungry: bool = True, loss: float = 0.0, queue_s: float = 0.0) -> LineState:
    return LineState(round(kbps * 1000), hungry, loss, queue_s)


@pytest.mark.parametrize(
    ("kbps", "loss", "step"),
    [(8000, 0.0, FULL), (1000, 0.01, FULL), (330, 0.03, SAVER), (150, 0.03, SLIDES), (70, 0.09, AUDIO)],
)
def test_the_step_for_a_line_is_reached_within_three_seconds(kbps: int, loss: float, step: Reception) -> None:
    rider = Rider().run(3, line(kbps, loss=loss))
    assert rider.ladder.step is step
    assert len(rider.taken) == (step is not FULL), "straight there"
    rider.run(600, line(kbps, loss=loss))
    assert rider.ladder.step is step


def test_an_estimate_that_falls_slowly_ends_on_the_right_step_within_five_seconds() -> None:
    rider = Rider()
    for kbps in (600, 500, 380, 260, 190, 140, 100, 80, 70, 70):
        rider.run(0.25, line(kbps, loss=0.09, queue_s=0.4))
    rider.run(2.5, line(70, loss=0.09, queue_s=0.1))
    assert rider.ladder.step is AUDIO


def test_a_dip_of_a_second_and_a_half_is_ridden_out() -> None:
    rider = Rider()
    for _ in range(20):
        rider.run(1.5, line(300)).run(0.5, line(900))
    assert not rider.taken


def test_nothing_is_judged_that_is_not_known_or_not_missed() -> None:
    unknown = LineState(None, hungry=True)
    assert not Rider().run(60, unknown).taken
    assert not Rider().run(60, line(60, hungry=False)).taken, "little to send is no weak line"


def test_loss_that_is_repaired_and_loss_on_a_wide_line_lower_nothing() -> None:
    assert not Rider().run(60, line(900, loss=0.10, hungry=False)).taken
    assert not Rider().run(60, line(5000, loss=0.25, hungry=False)).taken
    assert Rider().run(3, line(900, loss=0.15, hungry=False)).ladder.step is SAVER


def test_a_queue_that_stays_lowers_a_step_at_a_time() -> None:
    rider = Rider().run(20, line(2000, queue_s=1.0))
    assert [step for _, step, _ in rider.taken] == [SAVER, SLIDES, AUDIO]


def test_up_a_step_after_a_clean_while() -> None:
    rider = Rider().run(5, line(70))
    assert rider.ladder.step is AUDIO
    rider.run(200, WIDE)
    assert [(step, cause) for _, step, cause in rider.taken[1:]] == [
        (SLIDES, ReceptionCause.RECOVERED),
        (SAVER, ReceptionCause.RECOVERED),
        (FULL, ReceptionCause.RECOVERED),
    ]
    waits = [later[0] - earlier[0] for earlier, later in pairwise(rider.taken)]
    assert waits == pytest.approx([PATIENCE_S] * 3, abs=1)


def test_a_bad_second_starts_the_wait_anew_and_a_moment_does_not() -> None:
    rider = Rider().run(5, line(330))
    rider.run(40, WIDE).run(0.5, line(3000, queue_s=0.4)).run(8, WIDE)
    assert rider.ladder.step is FULL
    rider = Rider().run(5, line(330))
    rider.run(40, WIDE).run(2.7, line(3000, loss=0.08)).run(40, WIDE)
    assert rider.ladder.step is SAVER
    assert rider.run(8, WIDE).ladder.step is FULL


def test_patience_doubles_when_a_step_up_has_to_be_taken_back() -> None:
    rider = Rider()
    waits = []
    for _ in range(6):
        while rider.ladder.step is FULL:
            rider.run(TICK_S, line(330))
        down = rider.now
        while rider.ladder.step is not FULL:
            rider.run(TICK_S, WIDE)
        waits.append(rider.now - down)
    assert waits == pytest.approx([PATIENCE_S, 90, 180, MAX_PATIENCE_S, MAX_PATIENCE_S, MAX_PATIENCE_S], abs=1)


def test_the_next_step_is_probed_for_at_the_end_of_patience_only() -> None:
    rider = Rider().run(5, line(330))
    assert rider.ladder.wanted_bps(rider.now) == 0
    rider.run(30, line(330, hungry=False))
    assert rider.ladder.wanted_bps(rider.now) == 0
    rider.run(5, line(330, hungry=False))
    assert rider.ladder.wanted_bps(rider.now) > NEED_BPS[FULL]
    rider.run(18, line(330, hungry=False))
    assert rider.ladder.wanted_bps(rider.now) == 0, "given up for now"
    assert rider.ladder.step is SAVER


def test_sound_is_given_up_only_when_it_does_not_pass_for_long_and_tried_again() -> None:
    rider = Rider().run(5, line(30))
    assert rider.ladder.step is AUDIO
    rider.run(9, line(8))
    assert rider.ladder.step is AUDIO
    rider.run(3, line(8))
    assert rider.ladder.step is TEXT
    rider.run(PATIENCE_S + 3, LineState(None, hungry=False))
    assert rider.ladder.step is AUDIO
    assert Rider(AUDIO).run(60, line(10, hungry=False)).ladder.step is AUDIO, "silence needs nothing"


def test_a_dead_path_is_no_weak_line() -> None:
    """It may come back, or another is found: nothing is gained by a lower step while nothing arrives at all."""
    dead = LineState(15_000, hungry=True, queue_s=5.0, silent_s=2.0)
    assert not Rider().run(60, dead).taken
    assert not Rider(AUDIO).run(60, dead).taken


def test_a_line_that_was_ample_and_loses_nothing_needs_more_proof() -> None:
    def delayed(kbps: int, *, loss: float = 0.0) -> LineState:
        return LineState(kbps * 1000, hungry=True, loss=loss, queue_s=0.3, least_bps=220_000)

    assert not Rider().run(5, WIDE).run(8, delayed(300)).taken, "the lowest layers fit"
    assert not Rider().run(5, WIDE).run(2.5, delayed(60)).taken, "a moment"
    assert Rider().run(5, WIDE).run(5, delayed(60)).ladder.step is AUDIO
    assert Rider().run(5, WIDE).run(13, delayed(300)).ladder.step is SAVER, "it stays weak"
    assert Rider().run(5, WIDE).run(2.6, delayed(300, loss=0.08)).ladder.step is SAVER, "what is lost proves it"
    assert Rider().run(2.6, delayed(300)).ladder.step is SAVER, "nothing speaks for it"


def test_one_small_picture_is_kept_while_its_thinnest_form_fits() -> None:
    weak = LineState(150_000, hungry=True, least_bps=110_000)
    saver = Rider().run(3, line(330))
    assert saver.run(30, weak).ladder.step is SAVER
    assert saver.run(3, LineState(100_000, hungry=True, least_bps=110_000)).ladder.step is SLIDES


def test_the_chosen_step_is_there_at_once_and_is_the_ceiling() -> None:
    rider = Rider()
    rider.ladder.choose(SLIDES, rider.now)
    assert rider.ladder.step is SLIDES
    assert rider.run(300, WIDE).ladder.step is SLIDES
    rider.run(5, line(40))
    assert rider.ladder.step is AUDIO
    assert rider.run(300, WIDE).ladder.step is SLIDES


def test_who_pinned_a_step_stays_there() -> None:
    rider = Rider().run(5, line(70))
    rider.ladder.choose(FULL, rider.now, pinned=True)
    rider.run(300, line(30, loss=0.3, queue_s=3))
    assert rider.ladder.step is FULL
    rider.ladder.choose(FULL, rider.now)
    assert rider.run(5, line(70)).ladder.step is AUDIO


lines = st.builds(
    LineState,
    st.none() | st.integers(0, 5_000_000),
    st.booleans(),
    st.floats(0, 1),
    st.floats(0, 5),
    st.floats(0, 5),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STEPS := tuple(Reception)), st.lists(st.tuples(st.floats(0.1, 60), lines), max_size=12))
def test_never_above_the_chosen_step_and_up_only_one_at_a_time_after_patience(
    chosen: Reception, course: list[tuple[float, LineState]]
) -> None:
    rider = Rider(chosen)
    for seconds, state in course:
        rider.run(seconds, state)
    before, since = chosen, -1e9
    for time, step, cause in rider.taken:
        assert STEPS.index(step) >= STEPS.index(chosen)
        if cause is ReceptionCause.RECOVERED:
            assert STEPS.index(step) == STEPS.index(before) - 1
            assert time - since >= PATIENCE_S
        else:
            assert STEPS.index(step) > STEPS.index(before)
            assert step is not TEXT or before is AUDIO
        before, since = step, time
