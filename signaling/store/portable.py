"""All rows of all tables, out and in again: on SQLite and on PostgreSQL alike, whatever the revision.

A row is a JSON object by column; a moment is in UTC, octets are base64. What the database makes by itself
(full-text indexes, generated columns) is left out: it is made anew.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from signaling.errors import CannotStart
from signaling.store import migrate
from signaling.store.engine import open_engine

CHUNK = 500

Decode = Callable[[Any], Any]


class Snapshot:
    """Every table as it was at one moment, while others go on writing."""

    def __init__(self, connection: AsyncConnection, tables: list[sa.Table], revision: str) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables}
        self.revision = revision

    @property
    def tables(self) -> list[str]:
        """In an order in which they can be filled: what is referred to comes first."""
        return list(self._tables)

    async def lines(self, table: str) -> AsyncIterator[bytes]:
        """One line of JSON for each row, in the order of the primary key."""
        found = self._tables[table]
        query = sa.select(*_kept(found)).order_by(*found.primary_key.columns)
        async for row in await self._connection.stream(query, execution_options={"yield_per": CHUNK}):
            yield msgspec.json.encode({name: _out(value) for name, value in row._mapping.items()}) + b"\n"


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """Raises `CannotStart` when there is nothing."""
    engine = open_engine(url, pool_size=1)
    try:
        async with _reading(engine) as connection:
            revision = await connection.run_sync(migrate.revision_of)
            if revision is None:
                raise CannotStart("there is nothing to back up: the database is empty")
            tables = await connection.run_sync(_tables)
            yield Snapshot(connection, tables, revision)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that sees one moment and keeps nobody from writing."""
    if engine.dialect.name == "sqlite":
        for listener in list(engine.sync_engine.dispatch.begin):
            event.remove(engine.sync_engine, "begin", listener)
        event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
        async with engine.connect() as connection:
            yield connection
        return
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(sa.text(f"SET LOCAL {name} = 0"))
        yield connection


@asynccontextmanager
async def replaced(
    engine: AsyncEngine, revision: str, tables: Mapping[str, Callable[[], Iterable[bytes]]], *, force: bool
) -> AsyncIterator[None]:
    """Everything in the database is replaced by these lines at this revision, and then brought up to date; it is
    kept when the block ends well, else all is as before. Raises `CannotStart`, also when there are rows already
    and ``force`` is not given."""

    def work(connection: Connection) -> None:
        if not force and any(connection.execute(sa.select(t).limit(1)).first() for t in _tables(connection)):
            raise CannotStart("the database is not empty: restore into an empty one, or add --force")
        _drop_all(connection)
        migrate.run(connection, revision)
        there = {table.name: table for table in _tables(connection)}
        if unknown := sorted(set(tables) - set(there)):
            raise CannotStart(f"the backup has a table {unknown[0]} that revision {revision} does not have")
        for table in reversed(there.values()):
            # a migration may have put rows there itself
            connection.execute(sa.delete(table))
        for name, table in there.items():
            if name in tables:
                _fill(connection, table, tables[name]())
        migrate.run(connection, migrate.HEAD)

    async with migrate.alone(engine) as connection:
        await connection.run_sync(work)
        yield


def _tables(connection: Connection) -> list[sa.Table]:
    names = sa.inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite":
        # not the full-text indexes, and not the tables that they keep for themselves
        kinds = connection.exec_driver_sql("PRAGMA table_list").all()
        plain = {row.name for row in kinds if row.type == "table"}
        names = [name for name in names if name in plain]
    metadata = sa.MetaData()
    metadata.reflect(connection, only=[name for name in names if name != "alembic_version"])
    return metadata.sorted_tables


def _kept(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.computed is None]


def _drop_all(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for name in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        return
    # a virtual table takes its own tables along
    for kind in ("virtual", "table"):
        for row in connection.exec_driver_sql("PRAGMA table_list").all():
            if row.schema == "main" and row.type == kind and not row.name.startswith("sqlite_"):
                connection.exec_driver_sql(f'DROP TABLE "{row.name}"')


def _fill(connection: Connection, table: sa.Table, lines: Iterable[bytes]) -> None:
    columns = {column.name: _decoder(column, connection.dialect.name) for column in _kept(table)}
    for chunk in _chunks(lines):
        rows = []
        for line in chunk:
            row = msgspec.json.decode(line, type=dict[str, Any])
            if row.keys() != columns.keys():
                raise CannotStart(f"a row of the table {table.name} has other columns than the table")
            rows.append({name: None if v is None else columns[name](v) for name, v in row.items()})
        connection.execute(sa.insert(table), rows)
    if connection.dialect.name == "postgresql":
        _count_on(connection, table)


def _count_on(connection: Connection, table: sa.Table) -> None:
    """Numbers that PostgreSQL gives go on after the highest."""
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            sa.text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": f'"{table.name}"', "c": column.name}
        )
        highest = connection.scalar(sa.select(sa.func.max(column))) if sequence else None
        if highest is not None:
            connection.execute(sa.text("SELECT setval(:s, :n)"), {"s": sequence, "n": highest})


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def _decoder(column: sa.Column[Any], dialect: str) -> Decode:
    if isinstance(column.type, sa.DateTime):
        naive = dialect == "sqlite"
        return lambda text: _moment(text, naive)
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode
    if isinstance(column.type, sa.Boolean):
        return bool
    return lambda value: value


def _moment(text: str, naive: bool) -> datetime:
    moment = msgspec.convert(text, datetime).astimezone(UTC)
    return moment.replace(tzinfo=None) if naive else moment
