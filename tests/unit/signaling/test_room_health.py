"""Who cannot see the tutor, and when tutors are told how everyone's connections fare."""

from __future__ import annotations

import msgspec
import pytest

from signaling.errors import Forbidden, NotFound
from signaling.protocol.base import Reception
from signaling.protocol.reception import (
    HealthChanged,
    HealthOverview,
    ParticipantHealth,
    Quality,
    ReceptionSuggested,
    SetReception,
    SuggestReception,
)
from signaling.protocol.session import UpdateMediaState
from signaling.rooms import commands
from signaling.rooms.reception_use import reception_use
from signaling.rooms.seat import Seat
from tests.unit.signaling.rooms_support import Stage, person


def line(seat: Seat, quality: Quality = "good", reception: Reception = "full") -> ParticipantHealth:
    return ParticipantHealth(
        participant_id=seat.id,
        quality=quality,
        reception=reception,
        round_trip_ms=40,
        loss_down=0.01,
        loss_up=None,
        estimate_kbps=900,
        frozen=0.0,
    )


class Class:
    """A tutor with the camera on, and two students."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.tutor = self.stage.join(person("t", "tutor"))
        self.ada, self.bob = self.stage.join(person("ada")), self.stage.join(person("bob"))
        self.health = self.stage.room.health
        self.film(True)

    def film(self, on: bool) -> None:
        state = UpdateMediaState(is_audio_on=True, is_video_on=on, is_screen_on=False)
        self.stage.apply(commands.update_media(self.stage.room, self.seat(self.tutor), state, self.stage.now))

    def seat(self, seat: Seat) -> Seat:
        return self.stage.seat(seat.id)

    def choose(self, seat: Seat, reception: Reception) -> None:
        command = SetReception(reception=reception)
        self.stage.apply(commands.set_reception(self.stage.room, self.seat(seat), command, self.stage.now))
        self.health.chosen(self.seat(seat))

    def overview(self) -> HealthOverview:
        return self.health.overview(self.stage.room.seats.values())

    def told(self) -> list[HealthChanged]:
        return self.stage.told(self.tutor.connection, HealthChanged)


def test_students_are_counted_by_quality_and_tutors_are_not() -> None:
    room = Class()
    assert room.overview() == HealthOverview(participants=2, excellent=0, good=0, poor=0, lost=0, cannot_see=0), (
        "nothing is known of them"
    )
    for seat, quality in ((room.tutor, "lost"), (room.ada, "excellent"), (room.bob, "lost")):
        assert room.health.fares(line(seat, quality))  # type: ignore[arg-type]  # a quality
    assert room.overview() == HealthOverview(participants=2, excellent=1, good=0, poor=0, lost=1, cannot_see=1)
    room.film(False)
    assert room.overview().cannot_see == 0, "there is nothing to see"


@pytest.mark.parametrize("step", ["saver", "slides", "audio", "text"])
def test_who_was_taken_to_a_step_without_pictures_cannot_see(step: Reception) -> None:
    room = Class()
    room.health.stepped(room.ada.id, step, "weak-line")
    assert room.overview().cannot_see == (step != "saver")
    room.health.stepped(room.ada.id, "full", "recovered")
    assert room.overview().cannot_see == 0
    room.choose(room.ada, step)
    assert room.overview().cannot_see == 0, "they wanted it so"


def test_tutors_are_told_at_most_every_two_seconds() -> None:
    room = Class()
    room.health.fares(line(room.ada))
    room.stage.run_until(1)
    assert [[one.participant_id for one in change.participants] for change in room.told()] == [[room.ada.id]]
    for number in range(40):
        room.health.fares(line(room.ada, "poor" if number % 2 else "good"))
        room.health.fares(line(room.bob, "excellent"))
        room.stage.run_until(0.25)
    assert 4 <= len(room.told()) - 1 <= 6
    room.stage.run_until(3)
    last = room.told()[-1]
    assert last.overview == HealthOverview(participants=2, excellent=1, good=0, poor=1, lost=0, cannot_see=1)
    count = len(room.told())
    room.health.fares(line(room.ada, "poor"))
    room.stage.run_until(10)
    assert len(room.told()) == count, "nothing is new"
    assert not room.stage.told(room.ada.connection, HealthChanged)


def test_what_becomes_known_while_tutors_are_told_is_told_next() -> None:
    room = Class()
    room.health.fares(line(room.ada))
    change = commands.tick(room.stage.room, room.stage.now)
    # the change is being written, and the media plane goes on
    room.health.fares(line(room.ada, "poor"))
    room.health.stepped(room.bob.id, "audio", "weak-line")
    room.stage.apply(change)
    assert room.told()[-1].overview.poor == 0
    room.stage.run_until(3)
    assert room.told()[-1].overview == room.overview()
    assert room.overview().cannot_see == 2
    assert [one.quality for one in room.told()[-1].participants] == ["poor"]
    assert room.health.due_at() is None


def test_tutors_hear_that_fewer_can_see_when_somebody_leaves_or_the_camera_goes_off() -> None:
    room = Class()
    room.health.fares(line(room.ada, "poor"))
    room.stage.run_until(3)
    assert room.told()[-1].overview.cannot_see == 1
    room.film(False)
    room.stage.run_until(3)
    assert room.told()[-1] == HealthChanged(participants=[], overview=room.overview())
    assert room.overview().cannot_see == 0
    room.stage.apply(commands.leave(room.stage.room, room.seat(room.ada), room.stage.now))
    room.stage.run_until(3)
    assert room.told()[-1].overview.participants == 1
    assert room.health.lines(room.stage.room.seats.values()) == []


def test_a_lost_connection_is_lost_until_it_is_made_anew() -> None:
    room = Class()
    room.stage.room.media_lost(room.ada.id, room.stage.now)
    assert room.health.quality(room.ada.id) is None, "there was none"
    room.health.fares(line(room.ada))
    room.health.stepped(room.ada.id, "audio", "weak-line")
    room.stage.room.media_lost(None, room.stage.now)
    assert room.health.quality(room.ada.id) == "lost"
    room.health.connected(room.ada)
    assert room.health.quality(room.ada.id) is None
    assert room.health.reception(room.ada).reception == "full"
    assert room.health.fares(line(room.ada, "lost"))


def test_a_step_is_told_once() -> None:
    room = Class()
    assert room.health.news(room.ada) is None, "a newcomer is on full"
    room.health.stepped(room.ada.id, "audio", "weak-line")
    news = room.health.news(room.ada)
    assert news is not None
    assert (news.reception, news.chosen, news.pinned, news.cause) == ("audio", "full", False, "weak-line")
    room.health.stepped(room.ada.id, "audio", "weak-line")
    assert room.health.news(room.ada) is None
    room.choose(room.ada, "audio")
    news = room.health.news(room.seat(room.ada))
    assert news is not None
    assert (news.chosen, news.cause) == ("audio", "chosen")
    assert room.health.reception(room.seat(room.ada)).reception == "audio"
    assert room.stage.room.own(room.seat(room.ada)).reception == "audio"


def test_suggestions_reach_one_or_everyone_but_tutors() -> None:
    room = Class()
    other = room.stage.join(person("u", "tutor"))

    def suggest(participant_id: str | None = None, by: Seat = room.tutor) -> None:
        command = SuggestReception(reception="audio", participant_id=participant_id)
        room.stage.apply(commands.suggest_reception(room.stage.room, by, command, room.stage.now))

    def heard() -> list[int]:
        seats = (room.ada, room.bob, other, room.tutor)
        return [len(room.stage.told(seat.connection, ReceptionSuggested)) for seat in seats]

    suggest()
    assert heard() == [1, 1, 0, 0]
    suggest(room.ada.id)
    assert heard() == [2, 1, 0, 0]
    with pytest.raises(Forbidden):
        suggest(by=room.ada)
    with pytest.raises(NotFound):
        suggest("nobody")
    assert room.stage.told(room.ada.connection, ReceptionSuggested)[0] == ReceptionSuggested(
        reception="audio", by="t"
    )


def test_every_step_costs_less_than_the_one_before() -> None:
    use = [msgspec.structs.astuple(one) for one in reception_use()]
    assert [step for step, _ in use] == ["full", "saver", "slides", "audio", "text"]
    costs = [cost for _, cost in use]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] >= 1
