"""Whatever happens in whatever order: counts are right, no ghost stays, numbers rise one by one, clients agree."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from signaling.errors import Refusal
from signaling.protocol.chat import SendMessage
from signaling.protocol.session import (
    HandsChanged,
    Participant,
    ParticipantsList,
    UpdateMediaState,
    UserJoined,
    UserLeft,
    UserUpdated,
)
from signaling.rooms import commands
from signaling.rooms.events import Enter, Exit
from signaling.rooms.room import Rules
from tests.unit.signaling.rooms_support import Stage, person

PEOPLE = [person("t", "tutor"), person("a"), person("b"), person("g", "guest")]
people = st.sampled_from(PEOPLE)
devices = st.sampled_from(["phone", "laptop"])


class RoomMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(Rules(max_participants=4))
        self.connections = 0
        self.live: dict[str, str] = {}
        """Connections that are open and seated, and their participant."""
        self.removed: set[str] = set()

    def pick(self, index: int) -> str | None:
        connections = sorted(self.live)
        return connections[index % len(connections)] if connections else None

    @rule(who=people, device=devices)
    def join(self, who: object, device: str) -> None:
        assert isinstance(who, type(PEOPLE[0]))
        self.connections += 1
        connection = f"c{self.connections}"
        full = len(self.stage.room.seats) >= 4
        try:
            seat = self.stage.join(who, device, connection)
        except Refusal as error:
            assert error.code == ("forbidden" if who.user_id in self.removed else "class_full")
            assert who.user_id in self.removed or full
            return
        self.live = {other: pid for other, pid in self.live.items() if pid != seat.id}
        self.live[connection] = seat.id

    @rule(index=st.integers(0, 20), action=st.sampled_from(["leave", "lose", "raise", "lower", "say", "media"]))
    def act(self, index: int, action: str) -> None:
        connection = self.pick(index)
        if connection is None:
            return
        stage = self.stage
        seat = stage.seat(self.live[connection])
        match action:
            case "leave":
                stage.apply(commands.leave(stage.room, seat, stage.now))
                del self.live[connection]
            case "lose":
                stage.apply(commands.lose(stage.room, seat, stage.now))
                del self.live[connection]
            case "raise":
                stage.apply(commands.raise_hand(stage.room, seat, stage.now))
            case "lower":
                stage.apply(commands.lower_hand(stage.room, seat, None, stage.now))
            case "say":
                stage.apply(
                    commands.say(stage.room, seat, SendMessage(id=f"{seat.id}-{index}", text="x"), stage.now)[0]
                )
            case "media":
                state = UpdateMediaState(
                    is_audio_on=bool(index % 2), is_video_on=bool(index % 3), is_screen_on=False
                )
                stage.apply(commands.update_media(stage.room, seat, state, stage.now))

    @rule(by=st.integers(0, 20), whom=st.integers(0, 20), action=st.sampled_from(["mute", "remove"]))
    def moderate(self, by: int, whom: int, action: str) -> None:
        first, second = self.pick(by), self.pick(whom)
        if first is None or second is None:
            return
        stage = self.stage
        actor, aim = stage.seat(self.live[first]), stage.seat(self.live[second])
        try:
            run = commands.mute if action == "mute" else commands.remove
            stage.apply(run(stage.room, actor, aim.id, stage.now))
        except Refusal as error:
            assert error.code == "forbidden"
            return
        assert actor.role == "tutor"
        if action == "remove":
            self.removed.add(aim.user_id)
            self.live = {c: pid for c, pid in self.live.items() if pid in stage.room.seats}

    @rule(seconds=st.sampled_from([1, 60, 121]))
    def wait(self, seconds: int) -> None:
        self.stage.advance(seconds)
        self.stage.tick()

    @invariant()
    def seats_are_those_connected_or_expected_back(self) -> None:
        seats = self.stage.room.seats
        connected = {seat.id for seat in seats.values() if seat.away is None}
        assert connected == set(self.live.values())
        for seat in seats.values():
            if seat.away is not None:
                assert not seat.publishing
                assert seat.away.until > self.stage.now or seat.away.since == self.stage.now

    @invariant()
    def numbers_rise_one_by_one(self) -> None:
        numbers = [getattr(body, "seq", None) for body in self.stage.broadcasts()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.stage.room.seq == len(numbers)

    @invariant()
    def somebody_who_heard_every_broadcast_knows_the_room(self) -> None:
        users: dict[str, Participant] = {}
        hands: list[str] = []
        for body in self.stage.broadcasts():
            match body:
                case UserJoined(user=user):
                    assert user.id not in users
                    users[user.id] = user
                case UserUpdated(user=user):
                    assert user.id in users
                    users[user.id] = user
                case UserLeft(participant_id=participant_id):
                    del users[participant_id]
                case ParticipantsList(users=everyone, count=count):
                    assert count == len(everyone)
                    assert {user.id: user for user in everyone} == users
                case HandsChanged(hands=raised):
                    hands = [hand.participant_id for hand in raised]
        assert list(users.values()) == self.stage.room.users()
        assert set(hands) == {user.id for user in users.values() if user.is_hand_raised}
        snapshot = self.stage.room.snapshot()
        assert snapshot.existing_users == list(users.values())
        assert [hand.participant_id for hand in snapshot.hands] == hands

    @invariant()
    def connections_in_the_room_are_the_seated_ones(self) -> None:
        inside: set[str] = set()
        for notice in self.stage.notices:
            match notice:
                case Enter(connection=connection):
                    inside.add(connection)
                case Exit(connection=connection):
                    inside.discard(connection)
        # a lost connection is out of every room by itself
        assert set(self.live) <= inside

    @invariant()
    def attendance_is_open_for_the_seats_and_nobody_else(self) -> None:
        assert self.stage.open_rows() == set(self.stage.room.seats)


TestRoomInterleavings = RoomMachine.TestCase
TestRoomInterleavings.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
