"""The real service on a real database: any interleaving of start, join, leave, end, cancel, reconnect and passing
time, by up to 20 clients and also at once, keeps what must hold."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Row, func, select

from signaling.errors import Refusal
from signaling.identity import Identity
from signaling.protocol.moderation import PromoteUser
from signaling.protocol.polls import CreatePoll, VotePoll
from signaling.protocol.room_policy import SetRoomPolicy
from signaling.protocol.session import JoinSession
from signaling.rooms.room import Room
from signaling.store import models as m
from tests.integration.signaling.harness import Harness, config, serving

pytestmark = pytest.mark.integration

ROLES = ("tutor", "tutor", *["student"] * 16, *["guest"] * 2)
SEAT_S = 120
clients = st.integers(0, len(ROLES) - 1)
actors = st.sampled_from([0, 0, 0, 1, 1, *range(len(ROLES))])
"""Tutors do more."""
rarely = st.sampled_from([False] * 5 + [True])


class World:
    """One server for all examples, each of which has a live class of its own; and the loop it runs on."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self.harness: Harness = self.run(self._stack.enter_async_context(serving(config(data_dir, database_url))))
        self.control = self.harness.server.control
        self.people: list[Identity] = [
            self.run(self.control.access.identify(self.harness.token(role, f"{role}-{n}")))
            for n, role in enumerate(ROLES)
        ]
        self.numbers = itertools.count(1)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    def close(self) -> None:
        self.run(self._stack.aclose())
        self.loop.close()


class Client:
    """A tab of somebody: its connection, when it has one, and the last number it heard of."""

    def __init__(self, who: Identity) -> None:
        self.who = who
        self.connection = ""
        self.seen = -1


class SessionMachine(RuleBasedStateMachine):
    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.plan()
        self.clients = [Client(who) for who in self.world.people]

    def plan(self) -> None:
        self.live_class_id = f"class-{next(self.world.numbers)}"
        self.world.run(self.world.harness.plan(self.live_class_id))

    # --- what clients do ----------------------------------------------------------------------------

    async def attempt(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Refusal as error:
            assert error.code not in ("internal", "unavailable"), error

    async def start(self) -> None:
        await self.attempt(self.world.control.live_classes.start(self.clients[0].who, self.live_class_id))

    async def end(self) -> None:
        await self.attempt(self.world.control.live_classes.end(self.clients[1].who, self.live_class_id))

    async def join(self, client: Client) -> None:
        """With a new connection, also while the old one is there; the old one is found to be gone later."""
        control, old = self.world.control, client.connection
        connection = f"connection-{next(self.world.numbers)}"
        control.sessions.attach(connection)
        command = JoinSession(
            live_class_id=self.live_class_id, seat_key=f"seat-key-of-{client.who.user_id}", last_seq=client.seen
        )
        try:
            joined = await control.sessions.join(client.who, connection, command)
        except Refusal:
            await control.sessions.drop(connection)
            return
        client.connection, client.seen = connection, joined.seq
        if old:
            await control.sessions.drop(old)

    async def leave(self, client: Client) -> None:
        await self.attempt(self.world.control.sessions.leave(client.connection))

    async def lose(self, client: Client) -> None:
        connection, client.connection = client.connection, ""
        await self.world.control.sessions.drop(connection)

    async def act(self, client: Client, what: int) -> None:
        life, polls, by = self.world.control.room_life, self.world.control.polls, client.connection
        room = self.room()
        target = next(iter([*room.seats, *room.state.waiting][what % 7 :]), "nobody") if room else "nobody"
        poll = CreatePoll(id=f"q{what % 2}", question="?", options=["a", "b"], is_anonymous=what % 2 == 0)
        actions: list[Callable[[], Awaitable[object]]] = [
            lambda: life.raise_hand(by),
            lambda: life.lower_hand(by, None),
            lambda: life.react(by, "clap"),
            lambda: life.let_speak(by, target),
            lambda: life.set_policy(by, SetRoomPolicy(mic_locked=what % 2 == 0)),
            lambda: life.set_policy(by, SetRoomPolicy(waiting_room="everyone" if what % 2 else "off")),
            lambda: life.set_policy(by, SetRoomPolicy(is_locked=what % 3 == 0)),
            lambda: life.admit_all(by),
            lambda: life.deny(by, target, ban=False),
            lambda: life.remove(by, target, ban=what % 3 == 0),
            lambda: life.promote(by, PromoteUser(participant_id=target, role="tutor" if what % 2 else "student")),
            lambda: polls.create(by, poll),
            lambda: polls.vote(by, VotePoll(poll_id=f"q{what % 2}", choices=[what % 2])),
        ]
        await self.attempt(actions[what % len(actions)]())

    async def time(self, seconds: int) -> None:
        self.world.harness.clock.advance(seconds)
        await self.world.control.sessions.tick()

    async def operate(self, what: tuple[str, int, int]) -> None:
        name, at, number = what
        client = self.clients[at]
        match name:
            case "join":
                await self.join(client)
            case "leave":
                await self.leave(client)
            case "lose":
                await self.lose(client)
            case "act":
                await self.act(client, number)
            case "start":
                await self.start()
            case "end":
                await self.end()
            case "tick":
                await self.time(number)

    # --- rules --------------------------------------------------------------------------------------

    @initialize(everyone=st.lists(actors, min_size=1, max_size=12))
    def at_first(self, everyone: list[int]) -> None:
        self.begin(everyone)

    @rule(everyone=st.lists(clients, min_size=1, max_size=6))
    def begin(self, everyone: list[int]) -> None:
        """Two starts at once, and the first who come."""
        run = [self.start(), self.start(), *(self.join(self.clients[at]) for at in set(everyone))]
        self.world.run(_together(*run))

    @rule(
        crowd=st.lists(
            st.tuples(
                st.sampled_from(["join", "join", "join", "leave", "leave", "lose", "lose", "act", "act"]),
                actors,
                st.integers(0, 200),
            ),
            min_size=1,
            max_size=12,
            unique_by=lambda what: what[1],
        )
    )
    def all_at_once(self, crowd: list[tuple[str, int, int]]) -> None:
        self.world.run(_together(*(self.operate(what) for what in crowd)))

    @rule(what=st.lists(st.tuples(actors, st.integers(0, 200)), min_size=1, max_size=8))
    def one_after_the_other(self, what: list[tuple[int, int]]) -> None:
        for at, number in what:
            self.world.run(self.act(self.clients[at], number))

    @rule(seconds=st.sampled_from([1, 30, SEAT_S + 1, SEAT_S + 1, 310]))
    def time_passes(self, seconds: int) -> None:
        self.world.run(self.time(seconds))

    @rule(at=st.lists(clients, max_size=4, unique=True), is_meant=rarely)
    def the_end(self, at: list[int], is_meant: bool) -> None:
        """Two ends at once, while people come."""
        if not is_meant:
            return
        self.world.run(_together(self.end(), self.end(), *(self.join(self.clients[n]) for n in at)))

    @rule(is_meant=rarely)
    def cancel(self, is_meant: bool) -> None:
        """Refused while it runs; what is cancelled stays so, and another class is planned."""
        if not is_meant and self.room() is None:
            return

        async def work() -> None:
            control = self.world.control
            async with self.world.harness.server.database.transaction() as tx:
                await control.lifecycle.cancel(tx, self.live_class_id, by=self.clients[0].who.user_id)

        was_running = self.room() is not None
        self.world.run(self.attempt(work()))
        (live_class,) = self.rows(select(m.LiveClass.__table__).where(m.LiveClass.id == self.live_class_id))
        assert (live_class.status == "live") == was_running
        if not was_running:
            self.world.run(self.start())
            assert (self.room() is not None) == (live_class.status != "cancelled")
        if live_class.status == "cancelled":
            self.plan()

    # --- what always holds --------------------------------------------------------------------------

    def room(self) -> Room | None:
        """The running room of the class, as an operator with a debugger would find it."""
        hosted = self.world.control.sessions._hosted.values()
        return next((one.room for one in hosted if one.room.live_class.id == self.live_class_id), None)

    def rows(self, query: Any) -> list[Row[Any]]:
        async def read() -> list[Row[Any]]:
            async with self.world.harness.server.database.transaction() as tx:
                return list((await tx.execute(query)).all())

        rows: list[Row[Any]] = self.world.run(read())
        return rows

    @invariant()
    def at_most_one_session_runs_and_the_live_class_says_so(self) -> None:
        s = m.Session
        running = self.rows(select(s.id).where(s.live_class_id == self.live_class_id, s.ended_at.is_(None)))
        (live_class,) = self.rows(select(m.LiveClass.__table__).where(m.LiveClass.id == self.live_class_id))
        assert len(running) == (live_class.status == "live")
        room = self.room()
        assert [row.id for row in running] == ([] if room is None else [room.session_id])

    @invariant()
    def counts_are_right(self) -> None:
        a, room = m.Attendance, self.room()
        query = select(a.participant_id).join(m.Session, m.Session.id == a.session_id)
        open_rows = self.rows(query.where(m.Session.live_class_id == self.live_class_id, a.left_at.is_(None)))
        seats = set() if room is None else set(room.seats)
        assert {row.participant_id for row in open_rows} == seats
        assert len(open_rows) == len(seats)
        session_id = None if room is None else room.session_id
        assert self.world.control.sessions.participants(session_id) == len(seats)

    @invariant()
    def attendance_is_closed_after_the_end_and_never_overlaps(self) -> None:
        a, s = m.Attendance, m.Session
        columns = (a.session_id, a.seat_key_hash, a.joined_at, a.left_at, s.started_at, s.ended_at)
        query = select(*columns).join(s, s.id == a.session_id).where(s.live_class_id == self.live_class_id)
        last: dict[tuple[str, str], Any] = {}
        for row in self.rows(query.order_by(a.id)):
            key = (row.session_id, row.seat_key_hash)
            assert row.ended_at is None or row.left_at is not None
            assert row.left_at is None or row.started_at <= row.joined_at <= row.left_at
            assert row.ended_at is None or row.left_at <= row.ended_at
            assert key not in last or (last[key] is not None and last[key] <= row.joined_at)
            last[key] = row.left_at

    @invariant()
    def what_was_decided_is_in_the_room_and_in_the_database(self) -> None:
        room = self.room()
        if room is None:
            return
        state = room.state
        rows = self.rows(select(m.Standing.__table__).where(m.Standing.session_id == room.session_id))
        assert state.admitted == {row.user_id for row in rows if row.is_admitted}
        assert state.co_tutors == {row.user_id for row in rows if row.is_co_tutor}
        assert state.banned == {row.user_id for row in rows if row.is_banned}
        for seat in room.seats.values():
            assert seat.user_id not in state.banned
            assert (seat.role == "tutor") == (seat.own_role == "tutor" or seat.user_id in state.co_tutors)
        outside = {place.key_hash for place in state.waiting.values()}
        assert not outside & {seat.key_hash for seat in room.seats.values()}
        v, o = m.PollVoter, m.PollOption
        voters = self.rows(
            select(v.poll_id, func.count().label("total"))
            .where(v.session_id == room.session_id)
            .group_by(v.poll_id)
        )
        counts = self.rows(
            select(o.poll_id, func.sum(o.votes).label("total"))
            .where(o.session_id == room.session_id)
            .group_by(o.poll_id)
        )
        assert {row.poll_id: row.total for row in counts if row.total} == {
            row.poll_id: row.total for row in voters
        }

    @invariant()
    def everyone_inside_can_catch_up_without_a_gap(self) -> None:
        sessions = self.world.control.sessions
        for client in self.clients:
            try:
                answer = self.world.run(sessions.resync(client.connection, client.seen))
            except Refusal as error:
                assert error.code == "not_joined"
                continue
            if answer.snapshot is None:
                numbers = [event.data["seq"] for event in answer.missed]
                assert numbers == list(range(client.seen + 1, answer.seq + 1))
            else:
                assert answer.snapshot.seq == answer.seq
            client.seen = answer.seq

    def teardown(self) -> None:
        async def finish() -> None:
            await self.end()
            for client in self.clients:
                await self.world.control.sessions.drop(client.connection)

        self.world.run(finish())
        self.counts_are_right()
        self.attendance_is_closed_after_the_end_and_never_overlaps()


async def _together(*work: Awaitable[None]) -> None:
    await asyncio.gather(*work)


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    world = World(tmp_path, database_url)
    yield world
    world.close()


@pytest.mark.long
def test_any_interleaving_keeps_what_must_hold(world: World) -> None:
    machine = type("Machine", (SessionMachine,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=16,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )
