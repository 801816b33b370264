"""The locked door and the waiting room: who gets in, and that nobody outside learns anything."""

from __future__ import annotations

import pytest

from signaling.errors import ClassFull, Forbidden, NotFound, RoomLocked
from signaling.protocol.moderation import Removed
from signaling.protocol.room_policy import SetRoomPolicy
from signaling.protocol.waiting import Admitted, WaitingChanged
from signaling.records import StandingSet
from signaling.rooms import commands
from signaling.rooms.events import Enter, Exit, Tell
from signaling.rooms.room import Rules
from tests.unit.signaling.rooms_support import Stage, person


def guarded() -> tuple[Stage, str]:
    """A class with a waiting room and its tutor."""
    stage = Stage(waiting_room=True)
    return stage, stage.join(person("t", "tutor"), connection="tutor").id


def waiting(stage: Stage) -> list[str]:
    """Who waits, as the tutor was told last."""
    told = stage.told("tutor", WaitingChanged)
    return [one.name for one in told[-1].people] if told else []


def test_whoever_waits_gets_no_seat_no_number_and_no_word_of_the_room() -> None:
    stage, _ = guarded()
    seq, records = stage.room.seq, len(stage.records)
    stage.knock(person("ada"), "ada")
    stage.knock(person("gus", "guest"), "gus")
    assert waiting(stage) == ["ada", "gus"]
    assert (stage.room.seq, len(stage.records), len(stage.room.seats)) == (seq, records, 1)
    assert not [n for n in stage.notices if isinstance(n, (Enter, Tell)) and n.connection in ("ada", "gus")]
    assert "ada" not in str(stage.room.snapshot())


def test_the_admitted_come_in_with_the_id_they_waited_with_and_stay_admitted() -> None:
    stage, tutor_id = guarded()
    place = stage.knock(person("ada"), "ada")
    with pytest.raises(NotFound):
        commands.admit(stage.room, stage.seat(tutor_id), "nobody", stage.now)
    stage.apply(commands.admit(stage.room, stage.seat(tutor_id), place, stage.now))
    assert stage.told("ada", Admitted) == [Admitted()]
    assert stage.of(StandingSet)[-1].is_admitted
    seat = stage.join(person("ada"), connection="ada")
    assert seat.id == place
    assert waiting(stage) == []
    stage.apply(commands.leave(stage.room, seat, stage.now))
    assert stage.join(person("ada"), "another device").name == "ada"


def test_admitting_all_lets_in_those_at_the_door_and_nobody_later() -> None:
    stage, tutor_id = guarded()
    for name in ("ada", "bob"):
        stage.knock(person(name), name)
    stage.apply(commands.admit_all(stage.room, stage.seat(tutor_id), stage.now))
    for name in ("bob", "ada"):
        assert stage.told(name, Admitted)
        stage.join(person(name), connection=name)
    stage.knock(person("eve"), "eve")
    assert waiting(stage) == ["eve"]


def test_the_denied_are_told_and_may_ask_again_unless_banned() -> None:
    stage, tutor_id = guarded()
    place = stage.knock(person("eve"), "eve")
    stage.apply(commands.deny(stage.room, stage.seat(tutor_id), place, False, stage.now))
    (told,) = stage.told("eve", Removed)
    assert told.reason == "denied"
    assert Exit("session", "eve") in stage.notices
    assert waiting(stage) == []
    place = stage.knock(person("eve"), "eve2")
    stage.apply(commands.deny(stage.room, stage.seat(tutor_id), place, True, stage.now))
    with pytest.raises(Forbidden):
        stage.knock(person("eve"), "eve3")


def test_one_place_at_the_door_per_tab_which_keeps_its_turn() -> None:
    stage, tutor_id = guarded()
    first = stage.knock(person("ada"), "ada")
    stage.advance(5)
    stage.knock(person("bob"), "bob")
    assert stage.knock(person("ada"), "ada2") == first
    assert waiting(stage) == ["ada", "bob"]
    assert Exit("session", "ada", drop=True) in stage.notices
    place = stage.room.state.waiting[first]
    stage.apply(commands.give_up(stage.room, place, stage.now))
    assert waiting(stage) == ["bob"]
    with pytest.raises(Forbidden):
        stage.apply(commands.admit_all(stage.room, stage.join(person("s", "tutor")), stage.now))
        student = stage.join(person("bob"), connection="bob")
        commands.admit_all(stage.room, student, stage.now)
    assert tutor_id in stage.room.seats


def test_the_policy_may_let_only_guests_wait_and_opening_the_door_calls_the_others_in() -> None:
    stage, tutor_id = guarded()
    stage.knock(person("ada"), "ada")
    stage.knock(person("gus", "guest"), "gus")
    only_guests = SetRoomPolicy(waiting_room="guests")
    stage.apply(commands.set_policy(stage.room, stage.seat(tutor_id), only_guests, stage.now))
    assert stage.told("ada", Admitted)
    assert not stage.told("gus", Admitted)
    stage.join(person("ada"), connection="ada")
    stage.join(person("bob"))
    assert waiting(stage) == ["gus"]


def test_people_inside_need_not_wait_when_the_waiting_room_opens_later() -> None:
    stage = Stage()
    tutor = stage.join(person("t", "tutor"))
    ada = stage.join(person("ada"))
    everyone = SetRoomPolicy(waiting_room="everyone")
    stage.apply(commands.set_policy(stage.room, tutor, everyone, stage.now))
    stage.apply(commands.lose(stage.room, ada, stage.now))
    assert stage.join(person("ada"), connection="again").id == ada.id
    assert stage.join(person("ada"), "phone").user_id == "ada"
    stage.knock(person("bob"))


def test_a_locked_room_takes_seats_tutors_and_the_admitted_only() -> None:
    stage, tutor_id = guarded()
    ada = stage.knock(person("ada"), "ada")
    stage.apply(commands.admit(stage.room, stage.seat(tutor_id), ada, stage.now))
    stage.join(person("ada"), connection="ada")
    late = stage.knock(person("late"), "late")
    lock = SetRoomPolicy(is_locked=True)
    stage.apply(commands.set_policy(stage.room, stage.seat(tutor_id), lock, stage.now))
    with pytest.raises(RoomLocked):
        stage.knock(person("bob"), "bob")
    stage.apply(commands.lose(stage.room, stage.seat(ada), stage.now))
    assert stage.join(person("ada"), connection="again").id == ada
    stage.join(person("u", "tutor"))
    stage.apply(commands.admit(stage.room, stage.seat(tutor_id), late, stage.now))
    assert stage.join(person("late"), connection="late").id == late


def test_a_full_class_refuses_before_it_lets_anybody_wait() -> None:
    stage = Stage(Rules(max_participants=10), waiting_room=True, max_participants=1)
    stage.join(person("t", "tutor"))
    with pytest.raises(ClassFull, match="1 participants"):
        stage.knock(person("ada"))
    stage.join(person("u", "tutor"))


def test_a_ban_at_the_door_reaches_the_other_device_inside_and_the_other_way_round() -> None:
    stage, tutor_id = guarded()
    off, on = SetRoomPolicy(waiting_room="off"), SetRoomPolicy(waiting_room="everyone")
    place = stage.knock(person("ada"), "ada")
    stage.apply(commands.set_policy(stage.room, stage.seat(tutor_id), off, stage.now))
    inside = stage.join(person("ada"), "phone", connection="phone")
    assert len(stage.told("ada", Admitted)) == 2
    stage.apply(commands.set_policy(stage.room, stage.seat(tutor_id), on, stage.now))
    stage.apply(commands.deny(stage.room, stage.seat(tutor_id), place, True, stage.now))
    assert [told.reason for told in stage.told("phone", Removed)] == ["removed"]
    assert [told.reason for told in stage.told("ada", Removed)] == ["denied"]
    assert inside.id not in stage.room.seats
    assert waiting(stage) == []
