"""The schema from nothing to today and back, step by step, with rows in every table; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncEngine

from signaling.errors import CannotStart
from signaling.store.engine import open_engine
from signaling.store.migrate import NOTHING, migrate, revision, revisions
from signaling.store.models import Base
from tests.support.databases import Kind, PostgresCluster
from tests.support.tables import GENERATED, MADE_BY_TRIGGERS, columns, fill, reflect, snapshot

pytestmark = pytest.mark.integration

T = TypeVar("T")
STEPS = revisions()

MOVED = {"message": "0007"}
"""Tables whose rows a migration moves elsewhere."""


@pytest.fixture
def empty_url(database_kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if database_kind == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    url = cluster.empty_database()
    yield url
    cluster.drop(url)


@pytest.fixture
async def engine(empty_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(empty_url)
    yield engine
    await engine.dispose()


async def run(engine: AsyncEngine, work: Callable[[sa.Connection], T]) -> T:
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def differences(connection: sa.Connection) -> list[Any]:
    def is_ours(thing: object, name: str | None, kind: str, reflected: bool, _: object) -> bool:
        made = (name or "").startswith(MADE_BY_TRIGGERS) or name in (GENERATED, "ix_chat_message_search")
        return not (reflected and made)

    options = {"compare_type": True, "include_object": is_ours}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    return found


async def test_the_models_are_the_migrated_schema(engine: AsyncEngine) -> None:
    await migrate(engine)
    assert await run(engine, differences) == []
    assert await revision(engine) == STEPS[-1]


async def test_every_step_goes_back_and_leaves_nothing(engine: AsyncEngine) -> None:
    def schema(connection: sa.Connection) -> dict[str, list[str]]:
        tables = reflect(connection).tables.values()
        return {
            table.name: sorted(
                [
                    *(str(c) for c in columns(table)),
                    *(str(i.name) for i in table.indexes if i.name != "ix_chat_message_search"),
                ]
            )
            for table in tables
        }

    seen = [await run(engine, schema)]
    for step in STEPS:
        await migrate(engine, step)
        seen.append(await run(engine, schema))
    for step in [*STEPS[:-1][::-1], NOTHING]:
        seen.pop()
        await migrate(engine, step)
        assert await run(engine, schema) == seen[-1], step
    assert await run(engine, schema) == {}
    await migrate(engine)
    assert await run(engine, differences) == []


@pytest.mark.long
async def test_rows_outlive_the_way_up_down_and_up_again(engine: AsyncEngine) -> None:
    def fill_new(known: set[str]) -> Callable[[sa.Connection], set[str]]:
        def work(connection: sa.Connection) -> set[str]:
            tables = reflect(connection).sorted_tables
            fill(connection, [table for table in tables if table.name not in known])
            return {table.name for table in tables}

        return work

    def everything(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
        return snapshot(connection, reflect(connection))

    def check(before: dict[str, Any], after: dict[str, Any], step: str) -> None:
        """What is there on both sides is the same, but for rows that others were made from."""
        for table in before.keys() & after.keys():
            if MOVED.get(table) == step:
                continue
            assert len(after[table]) >= len(before[table]), (step, table)
            for row in before[table]:
                same = [r for r in after[table] if all(r[name] == row[name] for name in row.keys() & r.keys())]
                assert same, f"{step}: {table} lost {row}"

    known: set[str] = set()
    for step in STEPS:
        before = await run(engine, everything)
        await migrate(engine, step)
        check(before, await run(engine, everything), step)
        known = await run(engine, fill_new(known))
    for above, step in zip(STEPS[::-1], STEPS[-2::-1], strict=False):
        before = await run(engine, everything)
        await migrate(engine, step)
        check(before, await run(engine, everything), above)
    assert await revision(engine) == STEPS[0]
    first = await run(engine, everything)
    assert all(first.values()), "a table of the first revision is empty after the way back"
    for step in STEPS[1:]:
        before = await run(engine, everything)
        await migrate(engine, step)
        check(before, await run(engine, everything), step)
    assert await run(engine, differences) == []


async def test_servers_that_start_at_once_migrate_once(empty_url: str) -> None:
    engines = [open_engine(empty_url) for _ in range(4)]
    try:
        await asyncio.gather(*map(migrate, engines))
        assert {await revision(engine) for engine in engines} == {STEPS[-1]}
    finally:
        for engine in engines:
            await engine.dispose()


async def test_a_database_of_a_newer_podium_is_left_alone(engine: AsyncEngine) -> None:
    await migrate(engine)
    await run(engine, lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(CannotStart, match="made by a newer Podium"):
        await migrate(engine)
    with pytest.raises(CannotStart, match="made by a newer Podium"):
        await migrate(engine, NOTHING)


async def test_a_revision_that_is_not_there_is_named(engine: AsyncEngine) -> None:
    with pytest.raises(CannotStart, match="there is no revision 12; there are 0001, 0002"):
        await migrate(engine, "12")
    assert await revision(engine) is None
