"""SQLite in its thread, with one errand to it per statement.

aiosqlite sends a statement's cursor, execution, rows and closing to the thread one after the other, and each of
these errands costs as much as a short statement itself: the threads wake each other and hand over the interpreter.
Here all of that is done there in one go, but for rows beyond the first few hundred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import aiosqlite

AT_ONCE = 500
"""So many rows come with the execution; the others when they are asked for, so that a stream stays one."""

_T = TypeVar("_T")
_Rows = list[Any]


def connect(*args: Any, **options: Any) -> Connection:
    """To be awaited; arguments as of `sqlite3.connect`."""

    def open_() -> sqlite3.Connection:
        opened: sqlite3.Connection = sqlite3.connect(*args, **options)
        return opened

    connection = Connection(open_, iter_chunk_size=64)
    # a program that ends in the middle is not to wait for it; SQLAlchemy does the same to connections it makes
    connection._thread.daemon = True
    return connection


class Connection(aiosqlite.Connection):
    def cursor(self) -> Cursor:  # type: ignore[override]  # nothing to wait for
        return Cursor(self)

    async def run(self, errand: Callable[[sqlite3.Connection], _T]) -> _T:
        """Have this done in the thread."""
        done: _T = await self._execute(errand, self._conn)  # type: ignore[no-untyped-call]
        return done

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()


class Cursor:
    """As much of a cursor as SQLAlchemy uses."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        """It has more rows."""
        self._rows: _Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        await self.close()
        await self._connection.run(lambda connection: self._take(connection.execute(statement, parameters)))
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        await self.close()
        await self._connection.run(lambda connection: self._take(connection.executemany(statement, parameters)))
        return self

    async def fetchall(self) -> _Rows:
        rows, self._rows = self._rows, []
        if self._open is not None:
            rows += await self._connection.run(lambda _: self._more(None))
        return rows

    async def fetchmany(self, size: int | None = None) -> _Rows:
        size = size or self.arraysize
        if len(self._rows) < size and self._open is not None:
            self._rows += await self._connection.run(lambda _: self._more(max(AT_ONCE, size)))
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        self._rows = []
        if self._open is not None:
            await self._connection.run(lambda _: self._finish())

    # --- in the thread ------------------------------------------------------------------------------

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self._open = cursor
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = self._more(AT_ONCE) if self.description is not None else []
        self.rowcount = cursor.rowcount
        if self.description is None:
            self._finish()

    def _more(self, most: int | None) -> _Rows:
        assert self._open is not None
        rows = self._open.fetchall() if most is None else self._open.fetchmany(most)
        if most is None or len(rows) < most:
            self._finish()
        return rows

    def _finish(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
