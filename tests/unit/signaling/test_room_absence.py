"""A session without a tutor warns, goes on when one comes, and ends; and what people do is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from signaling.protocol.moderation import PromoteUser
from signaling.protocol.reactions import ReactionCount, RoomReactions
from signaling.protocol.session import SessionEndingCancelled, SessionEndingSoon, UpdateMediaState
from signaling.records import ActivityCounted, LiveSession, TutorsGone
from signaling.rooms import commands
from signaling.rooms.room import Room, Rules
from tests.unit.signaling.rooms_support import LIVE_CLASS, START, Stage, person

MIC = UpdateMediaState(is_audio_on=True, is_video_on=False, is_screen_on=False)
OFF = UpdateMediaState(is_audio_on=False, is_video_on=False, is_screen_on=False)


def warned(stage: Stage) -> list[float]:
    """At how many seconds after the start everyone was told of the end at ten minutes."""
    return [(told.at - START).total_seconds() for told in stage.of(SessionEndingSoon)]


def test_a_session_that_never_had_a_tutor_warns_twice_and_is_over() -> None:
    stage = Stage()
    stage.join(person("ada"))
    assert stage.room.next_due() == START + timedelta(minutes=5)
    stage.run_until(5 * 60 + 1)
    assert warned(stage) == [600]
    ending = stage.room.snapshot().ending
    assert ending is not None
    assert (ending.at, ending.reason) == (START + timedelta(minutes=10), "no-tutor")
    stage.run_until(4 * 60)
    assert warned(stage) == [600, 600]
    assert not stage.room.is_over(stage.now)
    stage.advance(60)
    assert stage.room.is_over(stage.now)


def test_a_tutor_who_comes_cancels_the_end() -> None:
    stage = Stage()
    stage.join(person("ada"))
    stage.run_until(9 * 60 + 30)
    stage.join(person("t", "tutor"))
    assert len(stage.of(SessionEndingCancelled)) == 1
    assert stage.room.snapshot().ending is None
    assert stage.of(TutorsGone) == [TutorsGone(at=None)]
    stage.run_until(3600)
    assert not stage.room.is_over(stage.now)


def test_a_tutor_who_is_only_away_is_not_gone() -> None:
    stage = Stage(Rules(seat_keep=timedelta(minutes=30)))
    tutor = stage.join(person("t", "tutor"))
    stage.join(person("ada"))
    stage.apply(commands.lose(stage.room, tutor, stage.now))
    stage.run_until(20 * 60)
    assert warned(stage) == []
    stage.run_until(11 * 60)
    assert stage.of(TutorsGone)[-1].at is not None
    stage.run_until(10 * 60)
    assert stage.room.is_over(stage.now)


def test_the_clock_starts_anew_with_the_last_tutor() -> None:
    stage = Stage()
    one, two = stage.join(person("t", "tutor")), stage.join(person("u", "tutor"))
    ada = stage.join(person("ada"))
    stage.apply(commands.leave(stage.room, one, stage.now))
    assert stage.of(TutorsGone) == [TutorsGone(at=None)]
    up = PromoteUser(participant_id=ada.id, role="tutor")
    stage.apply(commands.promote(stage.room, two, up, stage.now))
    stage.apply(commands.leave(stage.room, two, stage.now))
    stage.run_until(20 * 60)
    assert warned(stage) == []
    stage.apply(commands.leave(stage.room, stage.seat(ada.id), stage.now))
    assert stage.of(TutorsGone)[-1] == TutorsGone(at=stage.now)
    stage.run_until(11 * 60)
    assert stage.room.is_over(stage.now)


def test_nothing_ends_by_itself_when_the_setting_says_never() -> None:
    stage = Stage(Rules(tutor_absence=timedelta()))
    stage.join(person("ada"))
    stage.run_until(86_400)
    assert not stage.room.is_over(stage.now)
    assert stage.room.next_due() is None


@pytest.mark.parametrize("down", [0, 60, 3600])
def test_after_a_restart_everyone_is_told_before_the_end(down: int) -> None:
    gone_at = START + timedelta(minutes=5)
    now = gone_at + timedelta(seconds=down)
    session = LiveSession(session_id="session", live_class=LIVE_CLASS, started_at=START, tutors_gone_at=gone_at)
    stage = Stage()
    stage.now, stage.room = now, Room(session, Rules(), now)
    stage.join(person("ada"))
    stage.tick()
    assert not stage.room.is_over(stage.now)
    stage.run_until(9 * 60)
    ends_at = max(gone_at + timedelta(minutes=10), now + timedelta(minutes=1))
    assert {told.at for told in stage.of(SessionEndingSoon)} <= {ends_at}
    stage.run_until(2 * 60)
    assert stage.of(SessionEndingSoon)
    assert stage.room.is_over(stage.now)


# --- what people do -------------------------------------------------------------------------------------


def counted(stage: Stage) -> dict[str, list[int]]:
    """Talk and reactions in the records, per participant."""
    found: dict[str, list[int]] = {}
    for record in stage.of(ActivityCounted):
        talk, reactions = found.setdefault(record.participant_id, [0, 0])
        found[record.participant_id] = [talk + record.talk_ms, reactions + record.reactions]
    return found


def test_talk_is_time_as_the_active_speaker_with_the_mic_on() -> None:
    stage = Stage()
    stage.join(person("t", "tutor"))
    ada, bob = stage.join(person("ada")), stage.join(person("bob"))
    for seat in (ada, bob):
        stage.apply(commands.update_media(stage.room, seat, MIC, stage.now))
    stage.room.speaks(ada.id, stage.now)
    stage.run_until(10)
    stage.room.speaks(bob.id, stage.now)
    stage.run_until(5)
    stage.apply(commands.update_media(stage.room, stage.seat(bob.id), OFF, stage.now))
    stage.run_until(5)
    stage.apply(commands.update_media(stage.room, stage.seat(bob.id), MIC, stage.now))
    stage.run_until(2)
    stage.room.speaks(None, stage.now)
    stage.run_until(60)
    assert counted(stage) == {ada.id: [10_000, 0], bob.id: [7_000, 0]}


def test_what_was_counted_is_written_every_30_seconds_at_leave_and_at_the_end() -> None:
    stage = Stage()
    stage.join(person("t", "tutor"))
    ada = stage.join(person("ada"))
    stage.apply(commands.update_media(stage.room, ada, MIC, stage.now))
    stage.room.speaks(ada.id, stage.now)
    stage.run_until(95)
    assert len(stage.of(ActivityCounted)) == 3
    stage.apply(commands.leave(stage.room, stage.seat(ada.id), stage.now))
    assert counted(stage) == {ada.id: [95_000, 0]}
    bob = stage.join(person("bob"))
    stage.apply(commands.react(stage.room, bob, "clap", stage.now))
    stage.apply(commands.end(stage.room, stage.now))
    assert counted(stage)[bob.id] == [0, 1]


def test_a_write_that_fails_loses_nothing() -> None:
    stage = Stage()
    stage.join(person("t", "tutor"))
    ada = stage.join(person("ada"))
    stage.apply(commands.update_media(stage.room, ada, MIC, stage.now))
    stage.room.speaks(ada.id, stage.now)
    stage.advance(40)
    failed: Any = commands.tick(stage.room, stage.now)
    assert [record.talk_ms for record in failed.records] == [40_000]
    stage.advance(2)
    stage.tick()
    assert counted(stage) == {ada.id: [42_000, 0]}


def test_reactions_are_told_together_at_most_twice_a_second() -> None:
    stage = Stage()
    stage.join(person("t", "tutor"))
    seats = [stage.join(person(f"s{n}")) for n in range(20)]
    stage.run_until(1)
    seq = stage.room.seq
    for n in range(100):
        stage.apply(commands.react(stage.room, seats[n % 20], "heart" if n % 2 else "clap", stage.now))
        stage.run_until(0.02)
    stage.run_until(1)
    told = stage.of(RoomReactions)
    assert len(told) <= 6
    assert told[0].counts == [ReactionCount(kind="clap", count=1)]
    assert sum(one.count for reactions in told for one in reactions.counts) == 100
    assert stage.room.seq == seq
    stage.run_until(60)
    assert {reactions for _, reactions in counted(stage).values()} == {5}
