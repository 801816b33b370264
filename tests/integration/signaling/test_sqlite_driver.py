"""SQLite with one errand per statement behaves as before: rows, streams, errors, transactions."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import exc as sa
from sqlalchemy import text

from signaling.store.engine import open_engine
from signaling.store.sqlite_driver import AT_ONCE

pytestmark = pytest.mark.integration

MANY = 3 * AT_ONCE + 7


async def test_rows_streams_errors_and_transactions(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
            await connection.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in range(MANY)])
        async with engine.begin() as connection:
            found = await connection.execute(text("SELECT n FROM t ORDER BY n"))
            assert found.scalars().all() == list(range(MANY))
            stream = await connection.stream(text("SELECT n FROM t ORDER BY n"))
            assert [row.n async for row in stream] == list(range(MANY))
            first = await connection.stream(text("SELECT n FROM t ORDER BY n"))
            assert (await first.first()) == (0,)
            changed = await connection.execute(text("DELETE FROM t WHERE n >= 10"))
            assert changed.rowcount == MANY - 10
            given = await connection.execute(text("UPDATE t SET n = n + 100 WHERE n < 2 RETURNING n"))
            assert sorted(given.scalars()) == [100, 101]
        with pytest.raises(sa.IntegrityError):
            async with engine.begin() as connection:
                await connection.execute(text("DELETE FROM t"))
                await connection.execute(text("INSERT INTO t VALUES (1)"))
                await connection.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(sa.OperationalError):
            async with engine.begin() as connection:
                await connection.execute(text("SELECT nonsense FROM nowhere"))
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM t")) == 10
    finally:
        await engine.dispose()
