"""Hard mute, cameras off, exceptions, letting speak, promotion: nothing locked is ever forwarded."""

from __future__ import annotations

import pytest

from signaling.errors import Forbidden, NotFound, SourceLocked
from signaling.protocol.hands import HandsChanged, MaySpeak
from signaling.protocol.moderation import Muted, PromoteUser
from signaling.protocol.polls import PollChanged
from signaling.protocol.room_policy import RoomPolicyChanged, SetRoomPolicy
from signaling.protocol.session import MediaReset, UpdateMediaState
from signaling.protocol.waiting import WaitingChanged
from signaling.records import HandChanged, Moderated, PolicySet
from signaling.rooms import commands
from signaling.rooms.events import Publishing
from signaling.rooms.publishing import may_publish
from signaling.rooms.room import hands
from signaling.rooms.seat import Seat
from tests.unit.signaling.rooms_support import Stage, person

MIC = UpdateMediaState(is_audio_on=True, is_video_on=False, is_screen_on=False)
ALL = UpdateMediaState(is_audio_on=True, is_video_on=True, is_screen_on=True)
BOTH = UpdateMediaState(is_audio_on=True, is_video_on=True, is_screen_on=False)
LOCKED = SetRoomPolicy(mic_locked=True, camera_locked=True)


class Class(Stage):
    """A tutor and two students, everyone with mic and camera on."""

    def __init__(self) -> None:
        super().__init__()
        self.tutor_id = self.join(person("t", "tutor")).id
        self.ada_id = self.join(person("ada")).id
        self.bob_id = self.join(person("bob")).id
        for seat_id in (self.tutor_id, self.ada_id, self.bob_id):
            self.publish(seat_id, BOTH)

    @property
    def tutor(self) -> Seat:
        return self.seat(self.tutor_id)

    @property
    def ada(self) -> Seat:
        return self.seat(self.ada_id)

    @property
    def bob(self) -> Seat:
        return self.seat(self.bob_id)

    def publish(self, seat_id: str, state: UpdateMediaState) -> None:
        self.apply(commands.update_media(self.room, self.seat(seat_id), state, self.now))

    def lock(self, command: SetRoomPolicy = LOCKED) -> None:
        self.apply(commands.set_policy(self.room, self.tutor, command, self.now))

    def forwarded(self, seat_id: str) -> frozenset[str]:
        """What the media plane was told last about somebody."""
        told = [one for one in self.media if isinstance(one, Publishing) and one.participant_id == seat_id]
        return told[-1].sources if told else frozenset()


def test_a_lock_switches_off_what_is_on_but_nothing_of_tutors() -> None:
    stage = Class()
    stage.lock()
    assert stage.forwarded(stage.ada_id) == stage.forwarded(stage.bob_id) == frozenset()
    assert stage.tutor.publishing == {"mic", "camera"}
    (told,) = stage.of(RoomPolicyChanged)
    assert (told.policy.mic_locked, told.policy.is_locked, told.by_name) == (True, False, "t")
    assert stage.records[-1] == PolicySet(policy=stage.room.policy)
    before = stage.room.seq
    stage.lock()
    assert stage.room.seq == before


def test_what_is_locked_cannot_be_switched_on_by_anyone_who_comes_or_comes_back() -> None:
    stage = Class()
    stage.lock(SetRoomPolicy(mic_locked=True))
    late = stage.join(person("late"))
    stage.apply(commands.lose(stage.room, stage.ada, stage.now))
    stage.join(person("ada"), connection="again")
    for seat_id in (late.id, stage.ada_id, stage.bob_id):
        with pytest.raises(SourceLocked, match="locked microphones"):
            stage.publish(seat_id, BOTH)
        stage.publish(seat_id, UpdateMediaState(is_audio_on=False, is_video_on=True, is_screen_on=False))
        assert stage.forwarded(seat_id) == {"camera"}
    stage.lock(SetRoomPolicy(mic_locked=False))
    stage.publish(late.id, BOTH)
    assert stage.forwarded(late.id) == {"mic", "camera"}


def test_exceptions_hold_over_a_reconnect_and_end_at_once_when_taken_back() -> None:
    stage = Class()
    stage.lock()
    stage.apply(commands.allow_publish(stage.room, stage.tutor, stage.ada_id, ["camera", "screen"], stage.now))
    assert stage.ada.participant().allowed == ["camera", "screen"]
    stage.apply(commands.lose(stage.room, stage.ada, stage.now))
    stage.join(person("ada"), connection="again")
    with pytest.raises(SourceLocked):
        stage.publish(stage.ada_id, ALL)
    stage.publish(stage.ada_id, UpdateMediaState(is_audio_on=False, is_video_on=True, is_screen_on=True))
    assert stage.forwarded(stage.ada_id) == {"camera", "screen"}
    stage.apply(commands.allow_publish(stage.room, stage.tutor, stage.ada_id, [], stage.now))
    assert stage.forwarded(stage.ada_id) == frozenset()
    with pytest.raises(Forbidden):
        commands.allow_publish(stage.room, stage.bob, stage.bob_id, ["mic"], stage.now)


def test_students_share_screens_only_while_the_policy_says_so() -> None:
    stage = Class()
    screen = UpdateMediaState(is_audio_on=False, is_video_on=False, is_screen_on=True)
    with pytest.raises(Forbidden):
        stage.publish(stage.ada_id, screen)
    assert may_publish(stage.ada, stage.room.policy) == ["mic", "camera"]
    stage.lock(SetRoomPolicy(screen_by_students=True))
    assert may_publish(stage.ada, stage.room.policy) == ["mic", "camera", "screen"]
    stage.publish(stage.ada_id, screen)
    stage.lock(SetRoomPolicy(screen_by_students=False))
    assert stage.forwarded(stage.ada_id) == frozenset()


def test_who_is_let_speak_may_do_so_under_a_hard_mute_until_the_hand_is_lowered() -> None:
    stage = Class()
    stage.lock()
    stage.apply(commands.raise_hand(stage.room, stage.bob, stage.now))
    stage.advance(1)
    stage.apply(commands.raise_hand(stage.room, stage.ada, stage.now))
    with pytest.raises(Forbidden):
        commands.let_speak(stage.room, stage.ada, stage.ada_id, stage.now)
    stage.apply(commands.let_speak(stage.room, stage.tutor, stage.ada_id, stage.now))
    assert stage.told(stage.ada.connection, MaySpeak) == [MaySpeak(by_name="t")]
    assert not stage.ada.publishing
    queue = [(hand.participant_id, hand.is_answered) for hand in stage.of(HandsChanged)[-1].hands]
    assert queue == [(stage.bob_id, False), (stage.ada_id, True)]
    with pytest.raises(SourceLocked, match="cameras"):
        stage.publish(stage.ada_id, BOTH)
    stage.publish(stage.ada_id, MIC)
    stage.apply(commands.lose(stage.room, stage.ada, stage.now))
    stage.join(person("ada"), connection="again")
    stage.publish(stage.ada_id, MIC)
    assert stage.forwarded(stage.ada_id) == {"mic"}
    stage.apply(commands.lower_hand(stage.room, stage.ada, None, stage.now))
    assert stage.forwarded(stage.ada_id) == frozenset()
    with pytest.raises(SourceLocked):
        stage.publish(stage.ada_id, MIC)


def test_somebody_without_a_raised_hand_can_be_let_speak_too() -> None:
    stage = Class()
    stage.apply(commands.let_speak(stage.room, stage.tutor, stage.bob_id, stage.now))
    assert [hand.participant_id for hand in hands(stage.room.seats)] == [stage.bob_id]
    assert [record.is_new for record in stage.of(HandChanged)] == [False]
    stage.apply(commands.lower_all_hands(stage.room, stage.tutor, stage.now))
    assert hands(stage.room.seats) == []
    assert stage.bob.publishing == {"mic", "camera"}


def test_lowering_all_hands_tells_one_empty_queue() -> None:
    stage = Class()
    for seat in (stage.ada, stage.bob):
        stage.apply(commands.raise_hand(stage.room, seat, stage.now))
    told = len(stage.of(HandsChanged))
    with pytest.raises(Forbidden):
        commands.lower_all_hands(stage.room, stage.ada, stage.now)
    stage.apply(commands.lower_all_hands(stage.room, stage.tutor, stage.now))
    assert [change.hands for change in stage.of(HandsChanged)[told:]] == [[]]
    assert not stage.ada.participant().is_hand_raised
    stage.apply(commands.lower_all_hands(stage.room, stage.tutor, stage.now))
    assert len(stage.of(HandsChanged)) == told + 1


def test_muting_all_is_soft_and_spares_tutors_and_whom_it_names() -> None:
    stage = Class()
    other = stage.join(person("u", "tutor"))
    stage.publish(other.id, MIC)
    stage.apply(commands.mute_all(stage.room, stage.tutor, {stage.bob_id}, stage.now))
    assert stage.forwarded(stage.ada_id) == {"camera"}
    assert stage.bob.publishing == {"mic", "camera"}
    assert stage.seat(other.id).publishing == {"mic"}
    assert stage.told(stage.ada.connection, Muted) == [Muted(by_name="t")]
    assert not stage.told(stage.bob.connection, Muted)
    stage.publish(stage.ada_id, BOTH)
    assert stage.forwarded(stage.ada_id) == {"mic", "camera"}


def test_a_co_tutor_is_a_tutor_with_every_device_until_demoted() -> None:
    stage = Class()
    stage.lock()
    with pytest.raises(Forbidden):
        commands.promote(stage.room, stage.ada, PromoteUser(participant_id=stage.ada_id, role="tutor"), stage.now)
    up = PromoteUser(participant_id=stage.ada_id, role="tutor")
    stage.apply(commands.promote(stage.room, stage.tutor, up, stage.now))
    tablet = stage.join(person("ada"), "tablet")
    assert stage.ada.role == tablet.role == "tutor"
    assert stage.told(stage.ada.connection, MediaReset)
    assert stage.told(stage.ada.connection, WaitingChanged) == [WaitingChanged(people=[])]
    stage.publish(stage.ada_id, ALL)
    stage.apply(commands.lose(stage.room, stage.ada, stage.now))
    assert stage.join(person("ada"), connection="again").role == "tutor"
    stage.publish(stage.ada_id, ALL)
    stage.apply(commands.mute(stage.room, stage.ada, stage.bob_id, stage.now))
    with pytest.raises(Forbidden, match="tutor of the course"):
        down = PromoteUser(participant_id=stage.tutor_id, role="student")
        commands.promote(stage.room, stage.ada, down, stage.now)
    down = PromoteUser(participant_id=stage.ada_id, role="student")
    stage.apply(commands.promote(stage.room, stage.tutor, down, stage.now))
    assert stage.ada.role == stage.seat(tablet.id).role == "student"
    assert stage.forwarded(stage.ada_id) == frozenset()
    assert [record.action for record in stage.of(Moderated)] == ["promote", "demote"]
    assert not stage.told(stage.bob.connection, PollChanged)


def test_a_kick_without_a_ban_lets_people_ask_again() -> None:
    stage = Class()
    stage.apply(commands.remove(stage.room, stage.tutor, stage.ada_id, False, stage.now))
    assert stage.join(person("ada")).id != stage.ada_id
    stage.apply(commands.remove(stage.room, stage.tutor, stage.bob_id, True, stage.now))
    with pytest.raises(Forbidden):
        stage.join(person("bob"))
    with pytest.raises(NotFound):
        commands.mute(stage.room, stage.tutor, stage.bob_id, stage.now)
    assert [record.action for record in stage.of(Moderated)] == ["remove", "ban"]
