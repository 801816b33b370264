"""Streams in a room, in virtual time: they end with their media, and nobody waits for them."""

from __future__ import annotations

import pytest

from signaling.errors import ClassFull, Forbidden, NotFound, RoomLocked, Unauthorized
from signaling.identity import Identity, Principal, StreamPass
from signaling.protocol.base import Role, Source
from signaling.protocol.moderation import PromoteUser, Removed
from signaling.protocol.room_policy import SetRoomPolicy
from signaling.protocol.session import UserJoined, UserLeft
from signaling.records import SeatClosed, SeatTaken
from signaling.rooms import commands
from signaling.rooms.events import Gone, Publishing
from signaling.rooms.room import Rules
from signaling.rooms.seat import Seat, hash_key
from signaling.services.sessions import stream_offer
from signaling.tokens import Tokens
from tests.support.streams import description, fragment, line
from tests.unit.signaling.rooms_support import START, Stage, person

TUTOR = person("t", "tutor")


class Streaming(Stage):
    def stream(self, who: Principal = TUTOR, key: str = "key", sources: set[Source] | None = None) -> Seat:
        self._ids += 1
        key_hash = hash_key(who.user_id, key)
        seat_id = commands.seat_for(self.room, key_hash, f"s{self._ids}")
        on = sources or {"mic", "camera"}
        self.apply(commands.stream(self.room, who, f"stream {self._ids}", key_hash, seat_id, on, self.now))
        return self.seat(seat_id)

    def watch(self, name: str = "ada", role: Role = "student") -> str:
        self._ids += 1
        self.apply(commands.watch(self.room, person(name, role), f"v{self._ids}", self.now))
        return f"v{self._ids}"

    def gone(self) -> list[str]:
        return [effect.participant_id for effect in self.media if isinstance(effect, Gone)]


def test_a_stream_is_a_device_of_its_tutor_with_a_name_of_its_own() -> None:
    stage = Streaming()
    stage.join(TUTOR)
    seat = stage.stream()
    assert (seat.name, seat.user_id, seat.role, seat.is_stream) == ("t (stream)", "t", "tutor", True)
    assert stage.of(SeatTaken)[-1].name == "t", "the attendance knows one person"
    assert stage.of(UserJoined)[-1].user == seat.participant()
    assert stage.media == [Publishing(seat.id, frozenset({"mic", "camera"}))]
    long = stage.stream(person("x" * 100, "tutor"))
    assert (len(long.name), long.name[-9:]) == (100, " (stream)")


def test_its_key_stands_for_one_seat() -> None:
    stage = Streaming()
    first = stage.stream()
    again = stage.stream(sources={"screen"})
    assert (again.id, again.publishing) == (first.id, frozenset({"screen"}))
    assert again.connection != first.connection
    assert stage.stream(key="other").id != first.id
    # two at once with one key: the second to be seated stays
    key_hash = hash_key("t", "race")
    ids = [commands.seat_for(stage.room, key_hash, f"race-{number}") for number in range(2)]
    for one in ids:
        stage.apply(commands.stream(stage.room, TUTOR, one, key_hash, one, {"mic"}, stage.now))
    assert ids[0] not in stage.room.seats and ids[1] in stage.room.seats


def test_it_ends_with_its_media_and_a_socket_does_not() -> None:
    stage = Streaming()
    tutor, seat, viewer = stage.join(TUTOR), stage.stream(), stage.watch()
    assert stage.room.next_due() is None
    stage.room.media_lost(None, stage.now)
    assert set(stage.room.lost_streams) == {seat.id, viewer}
    # who comes back with the key before the seat is gone gets another
    again = stage.stream()
    assert again.id != seat.id
    stage.run_until(1)
    assert set(stage.room.seats) == {tutor.id, again.id}
    assert not stage.room.state.viewers and not stage.room.lost_streams
    assert sorted(stage.gone()) == sorted([seat.id, viewer])
    assert [left.participant_id for left in stage.of(UserLeft)] == [seat.id]
    assert stage.open_rows() == {tutor.id, again.id}


def test_removed_people_take_their_players_with_them() -> None:
    stage = Streaming()
    tutor, ada, viewer = stage.join(TUTOR), stage.join(person("ada")), stage.watch()
    other = stage.watch("bob")
    stage.apply(commands.remove(stage.room, tutor, ada.id, True, stage.now))
    assert list(stage.room.state.viewers) == [other]
    assert viewer in stage.gone()
    with pytest.raises(Forbidden):
        stage.watch()
    stage.apply(commands.unwatch(stage.room, other, stage.now))
    with pytest.raises(NotFound):
        commands.unwatch(stage.room, other, stage.now)


def test_expelled_tutors_take_their_streams_with_them() -> None:
    stage = Streaming()
    seat = stage.stream()
    stage.apply(commands.expel(stage.room, "t", stage.now))
    assert not stage.room.seats
    assert stage.of(SeatClosed)[-1].participant_id == seat.id
    assert not stage.told(seat.connection, Removed), "it has no socket"


def test_a_co_tutor_streams_for_as_long_as_that_is_so() -> None:
    stage = Streaming()
    tutor, ada = stage.join(TUTOR), stage.join(person("ada"))
    with pytest.raises(Forbidden):
        stage.stream(person("ada"))
    for role in ("tutor", "student"):
        command = PromoteUser(participant_id=ada.id, role=role)
        stage.apply(commands.promote(stage.room, tutor, command, stage.now))
        if role == "tutor":
            seat = stage.stream(person("ada"))
            assert seat.role == "tutor"
    assert set(stage.room.seats) == {tutor.id, ada.id}


def test_the_door_holds_for_players() -> None:
    stage = Streaming(Rules(max_viewers=1))
    tutor, _ = stage.join(TUTOR), stage.join(person("ada"))

    def allow(**policy: object) -> None:
        command = SetRoomPolicy(**policy)  # type: ignore[arg-type]  # fields of it
        stage.apply(commands.set_policy(stage.room, tutor, command, stage.now))

    allow(waiting_room="everyone")
    with pytest.raises(Forbidden):
        stage.watch("bob")
    allow(is_locked=True, waiting_room="off")
    with pytest.raises(RoomLocked):
        stage.watch("bob")
    with pytest.raises(Forbidden):
        stage.watch("guest", "guest")
    stage.watch()
    with pytest.raises(ClassFull):
        stage.watch()


def test_a_stream_key_opens_what_it_says_until_it_expires() -> None:
    tokens = Tokens("a secret of the tests, long enough to sign tokens")
    given = StreamPass(
        id="k", kind="play", source="camera", live_class_id="c", user_id="u", name="U", expires_at=START
    )
    key = tokens.issue_stream_key(given, START)
    early = START.replace(year=2025)
    assert tokens.read_stream_key(key, early) == given
    with pytest.raises(Unauthorized):
        tokens.read_stream_key(key, START)
    with pytest.raises(Unauthorized, match="stream key"):
        tokens.read(key, early)
    access = tokens.issue_access(Identity(user_id="u", name="U", expires_at=START), early)
    assert tokens.read_stream_key(access, early) is None
    assert tokens.read_stream_key("nonsense", early) is None
    assert Tokens("another secret, that is as long as the other").read_stream_key(key, early) is None


def test_offers_are_read_as_they_are_written() -> None:
    unix = description(line("video", "v", "sendrecv"), line("audio", "a", "sendonly")).replace("\r\n", "\n")
    assert stream_offer.sources(unix, "screen") == {"v": "screen", "a": "mic"}
    bundled = description(line("audio", "a", "sendonly", port=0).replace("a=mid", "a=bundle-only\r\na=mid"))
    assert stream_offer.sources(bundled, "camera") == {"a": "mic"}
    assert stream_offer.ufrag(unix) == "abcd"
    assert stream_offer.ufrag(fragment("efgh")) == "efgh"
    assert stream_offer.ufrag("a=end-of-candidates") is None
