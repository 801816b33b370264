"""The schedule on a real database: once, in time, after a crash, after hours, on several servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from signaling.announcements import user_topic
from signaling.errors import AlreadyLive, Unavailable
from signaling.protocol.webhooks import CreateWebhook
from signaling.services.schedule.schedule_worker import LEASE
from signaling.store import models as m
from tests.integration.signaling.notice_node import (
    ADMIN,
    NOON,
    Node,
    VirtualClock,
    running_node,
    settings,
)

pytestmark = pytest.mark.integration

AHEAD = NOON + timedelta(days=2)
"""When the class is; the clock stands at noon."""


@pytest.fixture
async def node(tmp_path: Path, database_url: str) -> AsyncIterator[Node]:
    async with running_node(settings(tmp_path, database_url)) as running:
        await running.add_people("tia", role="tutor")
        await running.add_people("ada", "ben")
        yield running


async def tick(node: Node, **delta: float) -> None:
    node.clock.advance(**delta)
    await node.parts.schedule_worker.tick()


class Died(BaseException):
    """The process ends here: nothing catches it."""


async def test_reminders_and_the_start_come_in_their_time(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    await tick(node, hours=23)
    assert await node.inbox("ada") == []
    await tick(node, hours=1)
    await tick(node, seconds=1)
    assert await node.inbox("ada") == [(1, "live-class-starting-soon")]
    await tick(node, hours=23, minutes=50)
    assert len(await node.inbox("ada")) == 2
    assert len(await node.inbox("tia")) == 2
    texts = [told.notification.text for told in node.announced.to(user_topic("ben"), "notification")]
    assert texts == ["Starts in 24 hours.", "Starts in 10 minutes."]
    assert node.started == []
    await tick(node, minutes=10)
    await tick(node, minutes=10)
    assert node.started == ["fractions"]
    assert await node.jobs() == [("reminder", "done"), ("reminder", "done"), ("auto-start", "done")]


async def test_a_moved_class_is_done_at_its_new_time_alone(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    await node.plan("fractions", AHEAD + timedelta(days=1))
    await tick(node, days=2)
    assert node.started == []
    assert len(await node.inbox("ada")) == 1
    await tick(node, days=1)
    assert node.started == ["fractions"]


async def test_a_class_that_is_moved_away_and_back_keeps_its_jobs(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    await node.plan("fractions", AHEAD + timedelta(days=1))
    await node.plan("fractions", AHEAD)
    states = dict.fromkeys(await node.jobs())
    assert [state for _, state in states].count("pending") == 2
    await tick(node, days=1)
    await tick(node, hours=23, minutes=50)
    await tick(node, minutes=10)
    assert node.started == ["fractions"]
    assert len(await node.inbox("ada")) == 2


async def test_a_class_moved_by_the_distance_of_two_reminders_is_reminded_of_its_new_time(node: Node) -> None:
    """What was the second reminder is the first one now: one row for that moment, with another start."""
    await node.plan("fractions", AHEAD, auto_start=True)
    await node.plan("fractions", AHEAD + timedelta(minutes=1430), auto_start=True)
    await tick(node, hours=47, minutes=50)
    assert await node.inbox("ada") == [(1, "live-class-starting-soon")]
    told = node.announced.to(user_topic("ada"), "notification")
    assert told[0].notification.text == "Starts in 24 hours."


@pytest.mark.parametrize("status", ["cancelled", "live", "ended"])
async def test_what_happens_to_the_class_ends_its_jobs(node: Node, status: str) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    await node.plan("fractions", AHEAD, status=status)
    await tick(node, days=3)
    assert node.started == []
    assert await node.inbox("ada") == []
    assert {state for _, state in await node.jobs()} == {"dropped"}


async def test_a_deleted_class_is_neither_started_nor_reminded_of(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    async with node.database.transaction() as tx:
        deleted = update(m.LiveClass).where(m.LiveClass.id == "fractions").values(deleted_at=node.clock())
        await tx.execute(deleted)
    await tick(node, days=1)
    assert {state for _, state in await node.jobs()} == {"pending", "dropped"}
    async with node.database.transaction() as tx:
        await node.parts.scheduler.forget(tx, "fractions")
    assert {state for _, state in await node.jobs()} == {"dropped"}
    assert await node.inbox("ada") == []


async def test_after_some_minutes_of_standstill_the_start_is_caught_up_with(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    await tick(node, days=2, minutes=44)
    assert node.started == ["fractions"]
    assert await node.jobs() == [("reminder", "missed"), ("reminder", "missed"), ("auto-start", "done")]
    assert await node.inbox("ada") == []


async def test_after_hours_it_is_marked_and_the_tutors_are_told(node: Node) -> None:
    await node.parts.webhook_admin.create(ADMIN, CreateWebhook(url="http://127.0.0.1:1/"))
    await node.plan("fractions", AHEAD, auto_start=True)
    await tick(node, days=2, minutes=45)
    await tick(node, minutes=45)
    assert node.started == []
    assert {state for _, state in await node.jobs()} == {"missed"}
    assert await node.inbox("tia") == [(1, "live-class-missed")]
    assert await node.inbox("ada") == []
    await node.parts.deliveries.tick("webhook")
    assert [body["event"] for _, _, body in node.sent.posts] == ["live-class-missed"]


async def test_of_two_late_reminders_one_is_sent(node: Node) -> None:
    await node.plan("fractions", AHEAD)
    await tick(node, days=1, hours=23, minutes=51)
    assert await node.jobs() == [("reminder", "missed"), ("reminder", "done")]
    told = node.announced.to(user_topic("ada"), "notification")
    assert [one.notification.text for one in told] == ["Starts in 9 minutes."]


async def test_a_clock_that_is_put_back_repeats_nothing(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    for hours in (24, -20, 20, 24, -48, 48, 1):
        await tick(node, hours=hours)
    assert node.started == ["fractions"]
    assert len(await node.inbox("ada")) == 1
    assert "claimed" not in {state for _, state in await node.jobs()}


async def test_a_server_that_dies_before_the_start_leaves_it_to_the_next(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)

    def die() -> None:
        raise Died

    node.before_start = die
    node.clock.advance(days=2)
    with pytest.raises(Died):
        await node.parts.schedule_worker.tick()
    node.before_start = lambda: None
    assert ("auto-start", "claimed") in await node.jobs()
    await tick(node)
    assert node.started == [], "the claim has not run out yet"
    await tick(node, seconds=LEASE.total_seconds())
    assert node.started == ["fractions"]
    assert ("auto-start", "done") in await node.jobs()


async def test_a_server_that_dies_after_the_start_does_not_start_it_twice(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    real_start = node.parts.schedule_worker._start

    async def start_and_die(live_class_id: str) -> None:
        await real_start(live_class_id)
        raise Died

    node.parts.schedule_worker._start = start_and_die
    node.clock.advance(days=2)
    with pytest.raises(Died):
        await node.parts.schedule_worker.tick()
    node.parts.schedule_worker._start = real_start
    await tick(node, seconds=LEASE.total_seconds())
    assert node.started == ["fractions"]
    assert ("auto-start", "done") in await node.jobs()


async def test_a_start_that_fails_is_tried_again(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    failures = iter([Unavailable("the database is busy"), RuntimeError("a bug")])

    def fail() -> None:
        for failure in failures:
            raise failure

    node.before_start = fail
    await tick(node, days=2)
    assert node.started == []
    await tick(node, seconds=2)
    await tick(node, seconds=4)
    assert node.started == ["fractions"]


async def test_a_start_that_somebody_else_was_faster_with_is_done(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)

    async def too_late(live_class_id: str) -> None:
        async with node.database.transaction() as tx:
            await node.live_classes.set_status(tx, live_class_id, "live", node.clock())
        raise AlreadyLive("the live class is running already", "s1")

    node.parts.schedule_worker._start = too_late
    await tick(node, days=2)
    assert ("auto-start", "done") in await node.jobs()


async def test_a_class_that_is_cancelled_while_it_is_claimed_is_not_started(node: Node) -> None:
    await node.plan("fractions", AHEAD, auto_start=True)
    node.clock.advance(days=2)
    async with node.database.transaction() as tx:
        store = node.parts.schedule_worker._store
        claimed = await store.claim(tx, "a", node.clock(), node.clock() + LEASE, 10)
    assert len(claimed) == 3
    await node.plan("fractions", AHEAD, status="cancelled")
    for job in claimed:
        await node.parts.schedule_worker._attempt(job)
    assert node.started == []
    assert {state for _, state in await node.jobs()} == {"dropped"}


async def test_what_is_old_goes(node: Node) -> None:
    await node.plan("fractions", AHEAD)
    await tick(node, days=2)
    node.clock.advance(days=91)
    await node.parts.schedule_worker.purge()
    assert await node.jobs() == []


async def test_many_at_once_are_all_started(node: Node) -> None:
    names = [f"class-{number}" for number in range(45)]
    for name in names:
        await node.plan(name, AHEAD, auto_start=True)
    await tick(node, days=2)
    assert sorted(node.started) == sorted(names)


async def test_servers_on_one_database_do_each_thing_once(tmp_path: Path, database_url: str) -> None:
    """Each with its engine; on SQLite they are two workers of one server, as there is no second."""
    clock = VirtualClock()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(running_node(settings(tmp_path, database_url), clock, name))
            for name in ("a", "b", "c")
        ]
        await nodes[0].add_people("ada", "ben")
        names = [f"class-{number}" for number in range(25)]
        for name in names:
            await nodes[0].plan(name, AHEAD, auto_start=True)
        for delta in (timedelta(days=1), timedelta(hours=23, minutes=50), timedelta(minutes=10)):
            clock.at += delta
            await asyncio.gather(*(node.parts.schedule_worker.tick() for node in nodes for _ in range(2)))
        started = [name for node in nodes for name in node.started]
        assert sorted(started) == sorted(names)
        assert len(await nodes[1].inbox("ada")) == 50
        states = [state for name in names for _, state in await nodes[2].jobs(name)]
        assert states == ["done"] * 75
