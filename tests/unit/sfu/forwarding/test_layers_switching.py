"""Switching a slot between the layers of a track, leaving out temporal layers, and keyframes alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.rtp.receive_stream import LastSenderReport
from sfu.rtp.serial import ts_delta
from tests.support.virtual_layers import STEP, Stage


def shown(stage: Stage) -> list[int]:
    """The layer of each frame that came."""
    return [frame[0].meta.layer for frame in stage.frames() if frame[0].meta is not None]


def test_a_slot_goes_up_at_the_next_keyframe_and_shows_the_lower_layer_until_then() -> None:
    stage = Stage()
    stage.aim(0)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(40):
        stage.step()
    stage.aim(2)
    assert stage.asked[-1] is stage.layers[2]
    for _ in range(40):
        stage.step()
    stage.step(keyframes=(2,))
    stage.step()
    assert shown(stage)[0] == 0 and shown(stage)[-2:] == [2, 2]
    assert 1 not in shown(stage)
    stage.check()
    steps = [
        ts_delta(after[0].packet.timestamp, before[0].packet.timestamp)
        for before, after in itertools.pairwise(stage.frames())
    ]
    # At the switch both layers have a frame of the same instant: one follows the other within a millisecond.
    assert sorted(steps) == [90] + [STEP] * (len(steps) - 1)


def test_a_layer_in_between_is_taken_on_the_way_up_and_down() -> None:
    stage = Stage()
    stage.aim(0)
    stage.step(keyframes=(0,))
    stage.wait(60)
    stage.aim(2)
    stage.step(keyframes=(1,))
    assert shown(stage)[-1] == 1
    stage.step(keyframes=(2,))
    assert shown(stage)[-1] == 2
    stage.wait(60)
    stage.aim(0)
    stage.step(keyframes=(1,))
    assert shown(stage)[-1] == 1
    stage.step(keyframes=(0,))
    assert shown(stage)[-1] == 0
    assert stage.slot.waiting_for is None
    stage.check()


def test_a_fresh_keyframe_in_the_cache_switches_at_once() -> None:
    stage = Stage()
    stage.aim(2)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(9):
        stage.step()
    before = len(stage.frames())
    stage.aim(0)
    assert stage.slot.layer is stage.layers[0] and not stage.asked[1:]
    replayed = stage.frames()[before:]
    assert len(replayed) == 10
    stage.step()
    stage.check()
    last, live = stage.frames()[-2:]
    assert 0 < ts_delta(live[0].packet.timestamp, last[0].packet.timestamp) <= STEP


def test_what_is_too_much_stops_at_once_and_the_lower_layer_follows() -> None:
    stage = Stage()
    stage.aim(2)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(40):
        stage.step()
    count = len(stage.raw)
    stage.aim(0, now=True)
    for _ in range(5):
        stage.step()
    assert len(stage.raw) == count, "nothing comes of the layer that is too much"
    stage.step(keyframes=(0,))
    stage.step()
    assert shown(stage)[-2:] == [0, 0]
    stage.check()
    steps = [
        ts_delta(after[0].packet.timestamp, before[0].packet.timestamp)
        for before, after in itertools.pairwise(stage.frames())
    ]
    assert max(steps) == 6 * STEP, "the pause is as long as it was"


def test_a_frame_that_is_cut_off_leaves_one_number_out() -> None:
    stage = Stage()
    stage.aim(2)
    stage.step(keyframes=(0, 1, 2))
    stage.wait(60)
    # Of the six packets of this step the last is the end of the high layer's frame.
    stage.step(lose=(5,))
    stage.aim(0)
    stage.step(keyframes=(0,))
    stage.step()
    numbers = [item.sequence for item in stage.arrived()]
    assert numbers[-1] - numbers[0] + 1 - len(numbers) == 1
    stage.check(holes=1)
    assert stage.slot.recall((numbers[-3] + 1) & 0xFFFF) is None, "there is nothing to send again for it"


def test_without_sender_reports_the_time_that_passed_counts() -> None:
    stage = Stage(reports=False)
    stage.aim(0)
    stage.step(keyframes=(0,))
    stage.wait(60)
    stage.aim(2)
    stage.step(keyframes=(2,))
    stage.check()
    first, last, second = stage.frames()
    assert ts_delta(last[0].packet.timestamp, first[0].packet.timestamp) == 180_000 + STEP
    assert abs(ts_delta(second[0].packet.timestamp, last[0].packet.timestamp) - 90) < 5


def test_a_keyframe_that_is_too_old_to_follow_is_let_pass_once() -> None:
    stage = Stage()
    stage.aim(2)
    stage.step(keyframes=(0, 1, 2))
    stage.step()
    stage.wait(60)
    stage.reports = False
    for encoder in stage.encoders:
        # The low layer is 200 ms behind the high one.
        behind = 18_000 if encoder.at == 0 else 0
        stream = stage.layers[encoder.at].stream
        assert stream is not None
        stream.last_sr = LastSenderReport(
            int((stage.now + 1000) * (1 << 32)), (encoder.timestamp + behind) & 0xFFFFFFFF, stage.now
        )
    stage.step()
    stage.aim(0)
    stage.step(keyframes=(0,))
    assert shown(stage)[-1] == 2
    stage.step(keyframes=(0,))
    assert shown(stage)[-1] == 0, "not for ever: rather a jump than no picture"
    stage.check()


@pytest.mark.parametrize("limit", [0, 1])
def test_temporal_layers_are_left_out_and_taken_in_again(limit: int) -> None:
    stage = Stage()
    stage.aim(1)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(11):
        stage.step()
    stage.aim(1, limit)
    before = len(stage.frames())
    for _ in range(40):
        stage.step()
    tids = [frame[0].meta.temporal_id for frame in stage.frames()[before:] if frame[0].meta is not None]
    assert max(tids) == limit and len(tids) == (10, 20)[limit]
    assert stage.slot in stage.layers[1].selective
    stage.aim(1)
    for _ in range(12):
        stage.step()
    assert stage.slot in stage.layers[1].slots, "it is back on the short way"
    before = len(stage.frames())
    for _ in range(8):
        stage.step()
    assert len(stage.frames()) - before == 8
    stage.check()


def test_a_temporal_layer_is_taken_in_only_where_it_can_be_decoded() -> None:
    stage = Stage(sync=False)
    stage.aim(1, 0)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(9):
        stage.step()
    stage.aim(1)
    for _ in range(30):
        stage.step()
    stage.check()
    assert stage.slot in stage.layers[1].slots


def test_repairs_come_into_their_place_and_what_is_left_out_is_filled() -> None:
    stage = Stage()
    stage.step(keyframes=(0, 1, 2))
    stage.wait(60)
    stage.aim(1, 0)
    stage.step(keyframes=(1,))
    for _ in range(3):
        stage.step()
    for _ in range(8):
        stage.step(lose=(1, 2))
    stage.step()
    assert len(stage.frames()) == 2, "whole frames were lost"
    stage.repair()
    stage.check(whole=False)
    padding = [item for item in stage.arrived() if item.packet.padding_only]
    assert len(padding) == 12, "two packets of each of the six frames that are not in the base layer"
    tids = {frame[0].meta.temporal_id for frame in stage.frames() if frame[0].meta is not None}
    assert tids == {0}


def test_keyframes_alone_are_sent_whole_and_again_from_the_same_numbers() -> None:
    stage = Stage()
    stage.aim(2, keyframes=True)
    stage.step(keyframes=(2,), lose=(4,))
    stage.step()
    assert stage.raw == []
    stage.repair()
    assert len(stage.raw) == 3
    for _ in range(100):
        stage.step()
    assert len(stage.raw) == 3
    stage.step(keyframes=(2,))
    stage.step()
    assert len(stage.raw) == 6
    stage.check()
    for item in stage.arrived()[3:]:
        found = stage.slot.recall(item.packet.sequence_number)
        assert found is not None
        assert (found[0].payload, found[0].timestamp) == (item.packet.payload, item.packet.timestamp)
    for _ in range(40):
        stage.step()
    stage.aim(2)
    stage.step()
    assert len(stage.raw) == 6, "the frames between were not sent: they cannot be continued"
    stage.step(keyframes=(2,))
    stage.step()
    assert len(stage.raw) == 12
    stage.check()


def test_a_layer_that_ceases_to_flow_gives_way_to_the_next_lower_and_is_taken_again() -> None:
    stage = Stage()
    stage.aim(2)
    stage.step(keyframes=(0, 1, 2))
    for _ in range(35):
        stage.step()
        stage.watch()
    for i in range(45):
        stage.step(active=(0, 1))
        stage.watch()
        if i == 36:
            stage.step(active=(0, 1), keyframes=(0, 1))
    assert shown(stage)[-1] == 1
    assert stage.slot.waiting_for is stage.layers[2]
    assert not stage.layers[2].flowing
    stage.step(keyframes=(2,))
    stage.step()
    assert shown(stage)[-2:] == [2, 2]
    stage.check(decodable=True)


def test_a_layer_that_does_not_flow_yet_is_awaited_with_a_lower_one() -> None:
    stage = Stage()
    stage.step(keyframes=(0, 1), active=(0, 1))
    stage.watch()
    stage.aim(2)
    assert stage.slot.layer is stage.layers[1], "from the cache"
    stage.step(active=(0, 1))
    stage.step(keyframes=(2,))
    assert shown(stage)[-1] == 2
    stage.check()


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[str, int, int | None]]:
    actions = st.one_of(
        st.tuples(st.just("step"), st.integers(1, 12), st.none()),
        st.tuples(st.just("keyframe"), st.integers(0, 2), st.none()),
        st.tuples(st.just("aim"), st.integers(0, 2), st.sampled_from([None, None, 0, 1, 2])),
        st.tuples(st.just("now"), st.integers(0, 2), st.sampled_from([None, 0, 1])),
        st.tuples(st.just("still"), st.integers(0, 2), st.none()),
        st.tuples(st.just("lose"), st.integers(1, 63), st.none()),
        st.tuples(st.just("repair"), st.integers(1, 4), st.none()),
        st.tuples(st.just("wait"), st.integers(0, 40), st.none()),
        st.tuples(st.just("pad"), st.integers(0, 2), st.none()),
        st.tuples(st.just("jump"), st.integers(0, 2), st.none()),
        st.tuples(st.just("ssrc"), st.integers(0, 2), st.none()),
    )
    return draw(st.lists(actions, max_size=40))


def act(stage: Stage, course: list[tuple[str, int, int | None]], *, loss: bool) -> None:
    stage.aim(1)
    for what, value, temporal in course:
        match what:
            case "step":
                for _ in range(value):
                    stage.step()
            case "keyframe":
                stage.step(keyframes=(value,))
            case "aim" | "now":
                stage.aim(value, temporal, now=what == "now")
            case "still":
                stage.aim(value, keyframes=True)
            case "wait":
                stage.wait(value)
            case _ if loss:
                disturb(stage, what, value)
            case _:
                stage.step()
    stage.repair()


def disturb(stage: Stage, what: str, value: int) -> None:
    match what:
        case "lose":
            stage.step(lose=[i for i in range(6) if value >> i & 1])
        case "repair":
            stage.repair(value)
        case "pad":
            stage.pad(value)
        case _:
            stage.restart(value, ssrc=what == "ssrc")


@settings(max_examples=60)
@given(courses(), st.integers(0, 1 << 30), st.booleans(), st.booleans())
def test_whatever_is_aimed_at_numbers_go_on_and_everything_decodes(
    course: list[tuple[str, int, int | None]], seed: int, sync: bool, reports: bool
) -> None:
    stage = Stage(seed, sync=sync, reports=reports)
    act(stage, course, loss=False)
    stage.check()


@settings(max_examples=60)
@given(courses(), st.integers(0, 1 << 30), st.booleans())
def test_loss_and_repair_never_use_a_number_twice_nor_turn_time_back(
    course: list[tuple[str, int, int | None]], seed: int, reports: bool
) -> None:
    stage = Stage(seed, reports=reports)
    act(stage, course, loss=True)
    stage.check(holes=1 << 30, decodable=False, whole=False)
    for item in stage.arrived()[-20:]:
        found = stage.slot.recall(item.packet.sequence_number)
        if found is not None and not found[0].padding_only and item.meta is not None:
            assert found[0].payload == item.packet.payload
            assert found[0].timestamp == item.packet.timestamp
