"""Whatever happens in whatever order: counts are right, no ghost stays, numbers rise one by one, clients agree,
nothing locked is forwarded, nobody at the door hears the room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from signaling import poll as polls
from signaling.errors import Refusal
from signaling.identity import Principal
from signaling.protocol import polls as poll_events
from signaling.protocol.base import Source
from signaling.protocol.hands import HandsChanged
from signaling.protocol.moderation import PromoteUser
from signaling.protocol.room_policy import RoomPolicy, RoomPolicyChanged, SetRoomPolicy
from signaling.protocol.session import (
    Participant,
    ParticipantsList,
    SessionEndingCancelled,
    SessionEndingSoon,
    UpdateMediaState,
    UserJoined,
    UserLeft,
    UserUpdated,
)
from signaling.records import PolicySet, StandingSet, TutorsGone
from signaling.rooms import commands
from signaling.rooms.events import Enter, Exit, Gone, Publishing
from signaling.rooms.publishing import may_send
from signaling.rooms.room import Change, Rules
from signaling.rooms.seat import Seat, hash_key
from tests.unit.signaling.rooms_support import Stage, person

PEOPLE = [person("t", "tutor"), person("a"), person("b"), person("g", "guest")]
people = st.sampled_from(PEOPLE)
devices = st.sampled_from(["phone", "laptop"])
index = st.integers(0, 20)
flags = st.none() | st.booleans()
policies = st.builds(
    SetRoomPolicy,
    mic_locked=flags,
    camera_locked=flags,
    screen_by_students=flags,
    is_locked=flags,
    waiting_room=st.none() | st.sampled_from(["off", "guests", "everyone"]),
)
sources = st.sets(st.sampled_from(["mic", "camera", "screen"]))
REFUSALS = {
    *("forbidden", "class_full", "room_locked", "source_locked"),
    *("not_found", "bad_request", "poll_closed", "already_voted", "already_exists"),
}


class RoomMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(Rules(max_participants=4))
        self.connections = 0
        self.live: dict[str, str] = {}
        """Connections that are open and seated, and their participant."""
        self.ids = 0

    def pick(self, at: int) -> Seat | None:
        connections = sorted(self.live)
        return self.stage.seat(self.live[connections[at % len(connections)]]) if connections else None

    def aim(self, at: int) -> Seat | None:
        """Any seat, also one without a socket."""
        seats = list(self.stage.room.seats.values())
        return seats[at % len(seats)] if seats else None

    def attempt(self, command: Callable[[], Change]) -> bool:
        """Apply it unless it is refused, and forget the connections that lost their seats."""
        try:
            self.stage.apply(command())
        except Refusal as error:
            assert error.code in REFUSALS
            return False
        self.live = {c: pid for c, pid in self.live.items() if pid in self.stage.room.seats}
        return True

    # --- coming and going ---------------------------------------------------------------------------

    @rule(who=people, device=devices)
    def join(self, who: object, device: str) -> None:
        assert isinstance(who, type(PEOPLE[0]))
        stage, state = self.stage, self.stage.room.state
        self.connections += 1
        connection, key_hash = f"c{self.connections}", hash_key(who.user_id, device)
        if not self.attempt(
            lambda: commands.join(stage.room, who, connection, key_hash, f"p{self.connections}", stage.now)
        ):
            full = len(stage.room.seats) >= 4
            assert who.user_id in state.banned or state.policy.is_locked or full
            return
        seat = stage.room.by_key(key_hash)
        if seat is None:
            assert state.policy.waiting_room != "off"
            assert who.role != "tutor"
            assert who.user_id not in state.admitted | state.co_tutors
            return
        assert who.user_id not in state.banned
        self.live = {other: pid for other, pid in self.live.items() if pid != seat.id}
        self.live[connection] = seat.id

    @rule(at=index, action=st.sampled_from(["leave", "lose"]))
    def go(self, at: int, action: str) -> None:
        seat = self.pick(at)
        if seat is not None:
            command = commands.leave if action == "leave" else commands.lose
            self.stage.apply(command(self.stage.room, seat, self.stage.now))
            del self.live[seat.connection]

    @rule(at=index)
    def give_up_waiting(self, at: int) -> None:
        waiting = list(self.stage.room.state.waiting.values())
        if waiting:
            place = waiting[at % len(waiting)]
            self.stage.apply(commands.give_up(self.stage.room, place, self.stage.now))

    @rule(seconds=st.sampled_from([1, 60, 121, 400]))
    def wait(self, seconds: int) -> None:
        self.stage.advance(seconds)
        self.stage.tick()
        assert not self.stage.room.lost_streams

    # --- streams ------------------------------------------------------------------------------------

    @rule(who=people, key=st.sampled_from(["camera", "screen"]), on=sources)
    def stream(self, who: Principal, key: str, on: set[Source]) -> None:
        self.connections += 1
        room, name = self.stage.room, f"stream {self.connections}"
        key_hash = hash_key(who.user_id, f"stream {key}")
        seat_id = commands.seat_for(room, key_hash, f"p{self.connections}")
        now = self.stage.now
        is_seated = self.attempt(lambda: commands.stream(room, who, name, key_hash, seat_id, on or {"mic"}, now))
        is_tutor = who.role == "tutor" or who.user_id in room.state.co_tutors
        assert is_seated == (is_tutor and who.user_id not in room.state.banned)
        assert not is_seated or self.stage.seat(seat_id).connection == name

    @rule(who=people)
    def watch(self, who: Principal) -> None:
        self.connections += 1
        self.attempt(lambda: commands.watch(self.stage.room, who, f"v{self.connections}", self.stage.now))

    @rule(at=index, everybody=st.booleans())
    def lose_media(self, at: int, everybody: bool) -> None:
        seat = None if everybody else self.aim(at)
        self.stage.room.media_lost(None if seat is None else seat.id, self.stage.now)

    # --- what people do -----------------------------------------------------------------------------

    @rule(at=index, action=st.sampled_from(["raise", "lower", "react", "speak"]))
    def act(self, at: int, action: str) -> None:
        seat, stage = self.pick(at), self.stage
        if seat is None:
            return
        match action:
            case "raise":
                stage.apply(commands.raise_hand(stage.room, seat, stage.now))
            case "lower":
                stage.apply(commands.lower_hand(stage.room, seat, None, stage.now))
            case "react":
                stage.apply(commands.react(stage.room, seat, "wow", stage.now))
            case "speak":
                stage.room.speaks(seat.id, stage.now)

    @rule(at=index, on=sources)
    def switch(self, at: int, on: set[str]) -> None:
        seat, stage = self.pick(at), self.stage
        if seat is not None:
            state = UpdateMediaState(
                is_audio_on="mic" in on, is_video_on="camera" in on, is_screen_on="screen" in on
            )
            allowed = on <= may_send(seat, stage.room.policy)
            assert self.attempt(lambda: commands.update_media(stage.room, seat, state, stage.now)) == allowed

    # --- what tutors do -----------------------------------------------------------------------------

    @rule(
        by=index,
        whom=index,
        action=st.sampled_from(
            ["mute", "remove", "ban", "speak", "lower", "promote", "demote", "mute all", "lower all"]
        ),
    )
    def moderate(self, by: int, whom: int, action: str) -> None:
        actor, aim, stage = self.pick(by), self.aim(whom), self.stage
        if actor is None or aim is None:
            return
        room, now = stage.room, stage.now
        run: dict[str, Callable[[], Change]] = {
            "mute": lambda: commands.mute(room, actor, aim.id, now),
            "remove": lambda: commands.remove(room, actor, aim.id, False, now),
            "ban": lambda: commands.remove(room, actor, aim.id, True, now),
            "speak": lambda: commands.let_speak(room, actor, aim.id, now),
            "lower": lambda: commands.lower_hand(room, actor, aim.id, now),
            "promote": lambda: commands.promote(
                room, actor, PromoteUser(participant_id=aim.id, role="tutor"), now
            ),
            "demote": lambda: commands.promote(
                room, actor, PromoteUser(participant_id=aim.id, role="student"), now
            ),
            "mute all": lambda: commands.mute_all(room, actor, {aim.id}, now),
            "lower all": lambda: commands.lower_all_hands(room, actor, now),
        }
        if self.attempt(run[action]):
            assert actor.role == "tutor" or (action == "lower" and actor.id == aim.id)

    @rule(by=index, policy=policies)
    def set_policy(self, by: int, policy: SetRoomPolicy) -> None:
        actor, stage = self.pick(by), self.stage
        if actor is not None:
            is_set = self.attempt(lambda: commands.set_policy(stage.room, actor, policy, stage.now))
            assert is_set == (actor.role == "tutor")

    @rule(by=index, whom=index, allowed=sources)
    def allow(self, by: int, whom: int, allowed: set[str]) -> None:
        actor, aim, stage = self.pick(by), self.aim(whom), self.stage
        if actor is not None and aim is not None:
            self.attempt(
                lambda: commands.allow_publish(stage.room, actor, aim.id, allowed, stage.now)  # type: ignore[arg-type]
            )

    @rule(by=index, at=index, action=st.sampled_from(["admit", "admit all", "deny", "ban"]))
    def open_door(self, by: int, at: int, action: str) -> None:
        actor, stage = self.pick(by), self.stage
        waiting = list(stage.room.state.waiting)
        if actor is None or not waiting:
            return
        place, room, now = waiting[at % len(waiting)], stage.room, stage.now
        run: dict[str, Callable[[], Change]] = {
            "admit": lambda: commands.admit(room, actor, place, now),
            "admit all": lambda: commands.admit_all(room, actor, now),
            "deny": lambda: commands.deny(room, actor, place, False, now),
            "ban": lambda: commands.deny(room, actor, place, True, now),
        }
        assert self.attempt(run[action]) == (actor.role == "tutor")

    # --- polls --------------------------------------------------------------------------------------

    @rule(by=index, is_anonymous=st.booleans(), launch=st.booleans())
    def ask(self, by: int, is_anonymous: bool, launch: bool) -> None:
        actor, stage = self.pick(by), self.stage
        if actor is not None:
            self.ids += 1
            command = poll_events.CreatePoll(
                id=f"q{self.ids % 3}",
                question="?",
                options=["a", "b"],
                is_anonymous=is_anonymous,
                may_change=not is_anonymous,
                show_results="live",
                launch=launch,
            )
            self.attempt(lambda: commands.create_poll(stage.room, actor, command, stage.now))

    @rule(by=index, poll=st.sampled_from(["q0", "q1", "q2"]), action=st.sampled_from(["launch", "close", 0, 1]))
    def use_poll(self, by: int, poll: str, action: str | int) -> None:
        seat, stage = self.pick(by), self.stage
        if seat is None:
            return
        if action == "launch":
            self.attempt(lambda: commands.launch_poll(stage.room, seat, poll, stage.now))
        elif action == "close":
            self.attempt(lambda: commands.close_poll(stage.room, seat, poll, stage.now))
        else:
            vote = poll_events.VotePoll(poll_id=poll, choices=[int(action)])
            self.attempt(lambda: commands.vote_poll(stage.room, seat, vote, stage.now))

    # --- what always holds --------------------------------------------------------------------------

    @invariant()
    def seats_are_those_connected_or_expected_back(self) -> None:
        seats = self.stage.room.seats
        connected = {seat.id for seat in seats.values() if seat.away is None and not seat.is_stream}
        assert connected == set(self.live.values())
        for seat in seats.values():
            if seat.away is not None:
                assert not seat.publishing
                assert seat.away.until > self.stage.now or seat.away.since == self.stage.now

    @invariant()
    def numbers_rise_one_by_one(self) -> None:
        numbers = [body.seq for body in self.stage.numbered()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.stage.room.seq == len(numbers)

    @invariant()
    def somebody_who_heard_every_broadcast_knows_the_room(self) -> None:
        users: dict[str, Participant] = {}
        hands: list[str] = []
        policy, asked = RoomPolicy(), dict[str, poll_events.Poll]()
        ending: datetime | None = None
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
                case RoomPolicyChanged(policy=policy):
                    pass
                case poll_events.PollOpened(poll=poll) | poll_events.PollClosed(poll=poll):
                    asked[poll.id] = poll
                case SessionEndingSoon(at=at):
                    ending = at
                case SessionEndingCancelled():
                    ending = None
        assert list(users.values()) == self.stage.room.users()
        assert set(hands) == {user.id for user in users.values() if user.is_hand_raised}
        snapshot = self.stage.room.snapshot()
        assert snapshot.existing_users == list(users.values())
        assert [hand.participant_id for hand in snapshot.hands] == hands
        assert snapshot.policy == policy
        assert {poll.id: poll for poll in snapshot.polls} == asked
        assert (snapshot.ending and snapshot.ending.at) == ending

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
        assert not inside & {place.connection for place in self.stage.room.state.waiting.values()}

    @invariant()
    def attendance_is_open_for_the_seats_and_nobody_else(self) -> None:
        assert self.stage.open_rows() == set(self.stage.room.seats)

    @invariant()
    def the_media_plane_forwards_what_is_on_and_allowed(self) -> None:
        forwarded: dict[str, frozenset[str]] = {}
        for effect in self.stage.media:
            match effect:
                case Publishing(participant_id=participant_id, sources=on):
                    forwarded[participant_id] = on
                case Gone(participant_id=participant_id):
                    forwarded.pop(participant_id, None)
        for seat in self.stage.room.seats.values():
            assert seat.publishing == forwarded.get(seat.id, frozenset())
            assert seat.publishing <= may_send(seat, self.stage.room.policy)
        assert set(forwarded) <= set(self.stage.room.seats)

    @invariant()
    def what_was_decided_is_kept_and_holds(self) -> None:
        state = self.stage.room.state
        standings = {record.user_id: record for record in self.stage.of(StandingSet)}
        assert state.admitted == {user for user, one in standings.items() if one.is_admitted}
        assert state.co_tutors == {user for user, one in standings.items() if one.is_co_tutor}
        assert state.banned == {user for user, one in standings.items() if one.is_banned}
        for seat in self.stage.room.seats.values():
            assert seat.user_id not in state.banned
            assert not seat.is_stream or (seat.role == "tutor" and seat.away is None)
            assert (seat.role == "tutor") == (seat.own_role == "tutor" or seat.user_id in state.co_tutors)
            assert (seat.answered_at is None) or (seat.hand_raised_at is not None)
        assert not {viewer.user_id for viewer in state.viewers.values()} & state.banned
        places = state.waiting.values()
        assert not {place.key_hash for place in places} & {s.key_hash for s in self.stage.room.seats.values()}
        assert not {place.user_id for place in places} & state.banned
        assert [one.policy for one in self.stage.of(PolicySet)][-1:] in ([], [state.policy])

    @invariant()
    def the_absence_of_tutors_is_noted(self) -> None:
        state = self.stage.room.state
        has_tutor = any(seat.role == "tutor" for seat in self.stage.room.seats.values())
        assert has_tutor == (state.tutors_gone_at is None)
        noted = self.stage.of(TutorsGone)
        assert not noted or noted[-1].at == state.tutors_gone_at

    @invariant()
    def votes_are_counted_once(self) -> None:
        for poll in self.stage.room.state.polls.values():
            assert sum(poll.counts) == len(poll.voters)
            assert set(poll.choices) == (set() if poll.is_anonymous else poll.voters)
            report = polls.report(poll, "session")
            assert report.results.voters == len(poll.voters)


TestRoomInterleavings = RoomMachine.TestCase
TestRoomInterleavings.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
