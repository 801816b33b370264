"""What happens when the database is full, gone, restarted, slow, or complains."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from signaling.errors import BadRequest, CannotStart, Duplicate, Unavailable
from signaling.realtime.outbox import Outbox
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.engine import database_url as sqlite_in
from signaling.store.engine import open_engine
from signaling.store.migrate import migrate
from tests.integration.signaling.harness import config, serving
from tests.support.databases import PostgresCluster

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path, database_url: str) -> AsyncIterator[Database]:
    engine = open_engine(sqlite_in(database_url, tmp_path))
    await migrate(engine)
    database = Database(engine, Outbox())
    yield database
    await database.close()


async def add(database: Database, *ids: str) -> None:
    async with database.transaction() as tx:
        for course_id in ids:
            await CourseStore().add(tx, course_id, "x" * 100, NOW)


async def exists(database: Database, course_id: str) -> bool:
    async with database.transaction() as tx:
        return await CourseStore().exists(tx, course_id)


async def test_a_taken_key_undoes_the_whole_transaction(database: Database) -> None:
    await add(database, "taken")
    with pytest.raises(Duplicate):
        await add(database, "new", "taken")
    assert not await exists(database, "new")


async def test_a_bug_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await CourseStore().add(tx, "new", "x", NOW)
            1 / 0  # noqa: B018
    assert not await exists(database, "new")


async def test_a_cancelled_transaction_is_undone_and_the_next_one_works(database: Database) -> None:
    reached = asyncio.Event()

    async def hang() -> None:
        async with database.transaction() as tx:
            await CourseStore().add(tx, "new", "x", NOW)
            reached.set()
            await asyncio.Event().wait()

    for _ in range(15):  # more than there are connections
        reached.clear()
        task = asyncio.create_task(hang())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not await exists(database, "new")


async def test_a_number_that_no_column_holds_is_a_bad_request(postgres: PostgresCluster) -> None:
    """SQLite keeps any number; PostgreSQL refuses."""
    database = Database(open_engine(postgres.database()), Outbox())
    with pytest.raises(BadRequest):
        async with database.transaction() as tx:
            await tx.execute(sa.text("SELECT CAST(CAST(:n AS bigint) AS int)"), {"n": 2**40})
    with pytest.raises(BadRequest):
        async with database.transaction() as tx:
            await CourseStore().add(tx, "a\0b", "x", NOW)
    await add(database, "fine")
    await database.close()


async def test_of_two_transactions_that_wait_for_each_other_one_may_try_again(postgres: PostgresCluster) -> None:
    database = Database(open_engine(postgres.database()), Outbox())
    await add(database, "a", "b")
    both = asyncio.Barrier(2)

    async def rename(first: str, second: str) -> str:
        try:
            async with database.transaction() as tx:
                await tx.execute(sa.text("UPDATE course SET title = :t WHERE id = :i"), {"t": first, "i": first})
                await both.wait()
                await tx.execute(sa.text("UPDATE course SET title = :t WHERE id = :i"), {"t": first, "i": second})
        except Unavailable:
            return "again"
        return "done"

    assert sorted(await asyncio.gather(rename("a", "b"), rename("b", "a"))) == ["again", "done"]
    await database.close()


async def test_a_full_disk_refuses_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    database = Database(open_engine(sqlite_in("", tmp_path)), Outbox())
    await migrate(database.engine)
    async with database.transaction() as tx:
        pages = await tx.scalar(sa.text("PRAGMA page_count"))
        await tx.execute(sa.text(f"PRAGMA max_page_count = {pages + 20}"))
    kept: list[str] = []
    with pytest.raises(Unavailable):
        for number in range(100_000):
            ids = [f"{number}-{part}" for part in range(7)]
            await add(database, *ids)
            kept += ids
    assert len(kept) > 100
    async with database.transaction() as tx:
        assert set(await tx.connection.scalars(sa.text("SELECT id FROM course"))) == set(kept)
        assert await tx.scalar(sa.text("PRAGMA integrity_check")) == "ok"
        await tx.execute(sa.text(f"PRAGMA max_page_count = {pages + 1000}"))
    await add(database, "there is room again")
    await database.close()


async def test_on_a_full_disk_the_server_refuses_and_goes_on(tmp_path: Path) -> None:
    async with serving(config(tmp_path)) as live:
        await live.plan()
        async with live.server.database.transaction() as tx:
            pages = await tx.scalar(sa.text("PRAGMA page_count"))
            await tx.execute(sa.text(f"PRAGMA max_page_count = {pages + 10}"))
        path, tutor, planned = "/api/v1/live-classes", live.token("tutor"), 1
        for number in range(5000):
            status, body = await live.rest("POST", path, tutor, {"title": "x" * 200, "id": f"c{number}"})
            if status != 201:
                break
            planned += 1
        assert (status, body["code"]) == (503, "unavailable")
        async with live.server.database.transaction() as tx:
            assert await tx.scalar(sa.text("SELECT count(*) FROM live_class")) == planned
            await tx.execute(sa.text(f"PRAGMA max_page_count = {pages + 1000}"))
        status, _ = await live.rest("POST", path, tutor, {"title": "x" * 200, "id": f"c{number}"})
        assert status == 201


@pytest.fixture
def own_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL that one test may stop."""
    cluster = PostgresCluster()
    yield cluster
    cluster.remove()


async def test_while_postgresql_is_down_everything_is_refused_and_then_works_again(
    tmp_path: Path, own_cluster: PostgresCluster
) -> None:
    async with serving(config(tmp_path, own_cluster.database())) as live:
        await live.plan()
        session_id = await live.start()
        student = await live.join("student")
        await student.must("raise-hand")
        own_cluster.stop()
        path = "/api/v1/live-classes/fractions"
        status, problem = await live.rest("GET", path, live.token("student"))
        assert (status, problem["code"]) == (503, "unavailable")
        assert await student.refused("lower-hand") == "unavailable"
        assert (await live.rest("GET", "/healthz"))[0] == 200
        own_cluster.start()
        status, found = await live.rest("GET", path, live.token("student"))
        assert (status, found["sessionId"]) == (200, session_id)
        await student.must("lower-hand")


async def test_a_postgresql_that_cannot_be_used_is_said_in_one_line(postgres: PostgresCluster) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        there = postgres.database().rpartition("/")[0]
        for url, reason in (
            (f"postgresql://postgres@127.0.0.1:{port}/podium", "Connect call failed|Connection refused"),
            (f"{there}/none", 'database "none" does not exist'),
            (there.replace("postgres@", "nobody@") + "/postgres", 'role "nobody" does not exist'),
            ("postgresql://postgres@none.invalid/podium", "Name or service|No address|Temporary failure"),
        ):
            engine = open_engine(url)
            with pytest.raises(CannotStart, match=reason) as raised:
                await migrate(engine)
            assert "\n" not in str(raised.value)
            await engine.dispose()
