"""The rules of a room, one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signaling.errors import ClassFull, Forbidden, NotFound
from signaling.protocol.moderation import Removed
from signaling.protocol.session import ParticipantsList, UpdateMediaState, UserJoined
from signaling.records import SeatClosed
from signaling.rooms import commands
from signaling.rooms.events import Broadcast, Enter, Exit, Gone, Publishing, Tell
from signaling.rooms.room import Rules, hands, list_pause
from tests.unit.signaling.rooms_support import START, Stage, person

ON = UpdateMediaState(is_audio_on=True, is_video_on=True, is_screen_on=False)


def test_a_newcomer_enters_after_the_others_were_told() -> None:
    stage = Stage()
    stage.join(person("a"))
    assert isinstance(stage.notices[0], Broadcast)
    assert isinstance(stage.notices[0].body, UserJoined)
    assert isinstance(stage.notices[1], Broadcast)
    assert isinstance(stage.notices[1].body, ParticipantsList)
    assert stage.notices[2:] == [Enter("session", "c1")]
    assert stage.room.seq == 2


def test_a_command_changes_nothing_until_it_is_committed() -> None:
    stage = Stage()
    seat = stage.join(person("a"))
    before = (stage.room.seats, stage.room.seq)
    commands.raise_hand(stage.room, seat, stage.now)
    commands.leave(stage.room, seat, stage.now)
    assert (stage.room.seats, stage.room.seq) == before


def test_a_lost_seat_keeps_hand_and_role_but_sends_nothing() -> None:
    stage = Stage()
    seat = stage.join(person("a", "tutor"))
    stage.apply(commands.update_media(stage.room, seat, ON, stage.now))
    stage.apply(commands.raise_hand(stage.room, stage.seat(seat.id), stage.now))
    stage.apply(commands.lose(stage.room, stage.seat(seat.id), stage.now))
    kept = stage.seat(seat.id).participant()
    assert (kept.is_reconnecting, kept.is_hand_raised, kept.is_audio_on, kept.role) == (True, True, False, "tutor")
    assert stage.media[-1] == Publishing(seat.id, frozenset())
    stage.advance(119)
    assert stage.room.next_due() == START + timedelta(seconds=120)
    back = stage.join(person("a", "tutor"), connection="new")
    assert back.id == seat.id
    assert back.hand_raised_at == START
    stage.advance(10_000)
    stage.tick()
    assert list(stage.room.seats) == [seat.id]


def test_an_expired_seat_is_closed_at_the_time_of_the_loss() -> None:
    stage = Stage()
    stage.join(person("b", "tutor"))
    seat = stage.join(person("a"))
    stage.advance(30)
    lost_at = stage.now
    stage.apply(commands.lose(stage.room, seat, stage.now))
    stage.advance(120)
    stage.tick()
    assert stage.records[-1] == SeatClosed(participant_id=seat.id, at=lost_at, reason="timed-out")
    assert stage.media[-1] == Gone(seat.id)
    assert stage.room.next_due() is None


def test_the_role_of_the_newer_token_counts() -> None:
    stage = Stage()
    seat = stage.join(person("a", "tutor"))
    again = stage.join(person("a", "student"))
    assert (again.id, again.role) == (seat.id, "student")
    assert Tell("c1", Removed(reason="replaced", message="you joined from another connection")) in stage.notices
    assert Exit("session", "c1", drop=True) in stage.notices


def test_tutors_always_get_in() -> None:
    stage = Stage(Rules(max_participants=1))
    stage.join(person("a"))
    with pytest.raises(ClassFull):
        stage.join(person("b"))
    stage.join(person("t", "tutor"))
    assert stage.join(person("a"), connection="again").connection == "again"


def test_removing_takes_all_devices_of_the_user_and_keeps_them_out() -> None:
    stage = Stage()
    tutor, other = stage.join(person("t", "tutor")), stage.join(person("u", "tutor"))
    seat = stage.join(person("a"), "phone")
    stage.join(person("a"), "laptop")
    with pytest.raises(Forbidden):
        commands.remove(stage.room, tutor, other.id, True, stage.now)
    with pytest.raises(Forbidden):
        commands.remove(stage.room, seat, tutor.id, True, stage.now)
    with pytest.raises(NotFound):
        commands.remove(stage.room, tutor, "nobody", True, stage.now)
    stage.apply(commands.remove(stage.room, tutor, seat.id, True, stage.now))
    assert set(stage.room.seats) == {tutor.id, other.id}
    with pytest.raises(Forbidden):
        stage.join(person("a"), "tablet")


def test_hands_keep_the_order_they_were_raised_in() -> None:
    stage = Stage()
    seats = [stage.join(person(name)) for name in "abc"]
    for seat in (seats[1], seats[2], seats[0], seats[1]):
        stage.advance(1)
        stage.apply(commands.raise_hand(stage.room, stage.seat(seat.id), stage.now))
    assert [hand.participant_id for hand in hands(stage.room.seats)] == [seats[1].id, seats[2].id, seats[0].id]
    with pytest.raises(Forbidden):
        commands.lower_hand(stage.room, seats[0], seats[1].id, stage.now)


def test_a_burst_of_joins_sends_few_lists_and_the_last_one_is_whole() -> None:
    stage = Stage(Rules(tutor_absence=timedelta()))
    for n in range(300):
        stage.advance(0.01)
        stage.join(person(f"s{n}"))
    lists = [body for body in stage.broadcasts() if isinstance(body, ParticipantsList)]
    assert len(lists) < 30
    due = stage.room.next_due()
    assert due is not None
    stage.now = due
    stage.tick()
    last = stage.broadcasts()[-1]
    assert isinstance(last, ParticipantsList)
    assert last.count == len(last.users) == 300
    assert stage.room.next_due() is None
    assert list_pause(20) == timedelta()


def test_what_was_missed_comes_from_the_log_or_as_a_snapshot() -> None:
    stage = Stage()
    seat = stage.join(person("t", "tutor"))
    start = stage.room.seq
    for n in range(300):
        command = commands.lower_all_hands if n % 2 else commands.raise_hand
        stage.apply(command(stage.room, stage.seat(seat.id), stage.now))
    end = stage.room.seq
    snapshot, missed = stage.room.catch_up(end - 100)
    assert snapshot is None
    assert [event.data["seq"] for event in missed] == list(range(end - 99, end + 1))
    assert stage.room.catch_up(end) == (None, [])
    for long_ago in (None, start, end - 513, end + 1, -5):
        snapshot, missed = stage.room.catch_up(long_ago)
        assert missed == []
        assert snapshot is not None
        assert snapshot.seq == end
