"""Refresh tokens: whatever is used in whatever order, one is valid, and an old one ends the sign-in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.errors import Unauthorized
from signaling.realtime.outbox import Outbox
from signaling.services.people.devices import Devices, judge
from signaling.store.database import Database
from signaling.store.devices import DeviceRow, DeviceStore
from signaling.store.engine import database_url as url_of
from signaling.store.engine import open_engine
from signaling.store.migrate import migrate
from signaling.store.people import PeopleStore
from signaling.tokens import Tokens

pytestmark = pytest.mark.integration

GRACE = timedelta(seconds=10)
START = datetime(2026, 1, 1, tzinfo=UTC)

Kind = Literal["refresh", "sign-out", "wait", "both"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["refresh", "refresh", "refresh", "sign-out", "wait", "both"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=14,
)
"""What is done, and with which token: 0 is the newest, 1 the one before, …"""
WAITS = (1, 6, 11, 3600)


class World:
    """A database with one user; the time goes on when a test says so."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.time = START
        self._ids = itertools.count()
        engine = open_engine(url)
        self.database = Database(engine, Outbox())
        self.store = DeviceStore()
        self.devices = Devices(
            database=self.database,
            store=self.store,
            tokens=Tokens("a secret of the tests, long enough to sign tokens"),
            lifetime=timedelta(days=30),
            grace=GRACE,
            now=lambda: self.time,
            new_id=lambda: f"device{next(self._ids)}",
        )
        runner.run(migrate(engine))
        runner.run(self._prepare())

    async def _prepare(self) -> None:
        async with self.database.transaction() as tx:
            await PeopleStore().add(tx, "ada", "Ada", START, provider="local")

    async def sign_in(self) -> tuple[str, str]:
        async with self.database.transaction() as tx:
            opened = await self.devices.open(tx, "ada", "Test", "192.0.2.1")
        return opened.device.id, opened.refresh_token

    async def row(self, device_id: str) -> DeviceRow:
        async with self.database.transaction() as tx:
            row = await self.store.lock(tx, device_id)
        assert row is not None
        return row

    async def refresh(self, token: str) -> str | None:
        try:
            return (await self.devices.refresh(token, "192.0.2.1")).refresh_token
        except Unauthorized:
            return None


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with asyncio.Runner() as runner:
        made = World(url_of(database_url, tmp_path), runner)
        yield made
        runner.run(made.database.close())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_order_keeps_one_token_and_reuse_ends_all(world: World, steps: list[tuple[Kind, int, int]]) -> None:
    world.runner.run(_follow(world, steps))


async def _follow(world: World, steps: list[tuple[Kind, int, int]]) -> None:
    device_id, first = await world.sign_in()
    tokens, alive, rotated_at = [first], True, START - timedelta(days=1)
    for kind, which, other in steps:
        token = tokens[max(0, len(tokens) - 1 - which)]
        is_newest, is_previous = token == tokens[-1], len(tokens) > 1 and token == tokens[-2]
        if kind == "wait":
            world.time += timedelta(seconds=WAITS[which])
        elif kind == "sign-out":
            await world.devices.sign_out(token)
            alive = False
        elif kind == "refresh":
            answer = await world.refresh(token)
            if alive and is_newest:
                assert answer is not None
                assert answer not in tokens
                tokens.append(answer)
                rotated_at = world.time
            elif alive and is_previous and world.time - rotated_at <= GRACE:
                assert answer == tokens[-1]
            else:
                assert answer is None
                alive = False
        else:
            # at once: in whichever order they are served, both get the same, or what is old ends it for both
            second = tokens[max(0, len(tokens) - 1 - other)]
            answers = await asyncio.gather(world.refresh(token), world.refresh(second))
            row = await world.row(device_id)
            alive = row.revoked_at is None
            new = {answer for answer in answers if answer is not None} - set(tokens)
            assert len(new) <= 1
            if alive and new:
                tokens += new
                rotated_at = world.time
        await _check(world, device_id, tokens, alive)


async def _check(world: World, device_id: str, tokens: list[str], alive: bool) -> None:
    row = await world.row(device_id)
    uses = [judge(row, generation, world.time, GRACE) for generation in range(len(tokens))]
    if not alive:
        assert set(uses) == {"over"}
        return
    assert uses[-1] == "rotate"
    assert "rotate" not in uses[:-1]
    assert set(uses[:-2]) <= {"reused"}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.integers(0, 10**12), st.text(max_size=40))
def test_what_was_not_made_here_changes_nothing(world: World, one: str, number: int, two: str) -> None:
    async def forge() -> None:
        device_id, token = await world.sign_in()
        seal = token.rpartition(".")[2]
        for forged in (
            one,
            f"{one}.{number}.{two}",
            f"{device_id}.{number}.{two}",
            f"{device_id}.{number + 1}.{seal}",
        ):
            if "\0" not in forged:
                assert await world.refresh(forged) is None
                await world.devices.sign_out(forged)
        assert await world.refresh(token) is not None

    world.runner.run(forge())
