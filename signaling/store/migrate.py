"""Migrations: the schema from one revision to another, in one transaction, by one server at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from signaling.errors import CannotStart

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "head"
NOTHING = "base"

_LOCK = 0x706F6469756D
"""The key of the advisory lock: "podium"."""


async def migrate(engine: AsyncEngine, to: str = HEAD) -> None:
    """Bring the schema to a revision, forward or back; all or nothing. Raises `CannotStart`."""
    async with alone(engine) as connection:
        await connection.run_sync(run, to)


async def revision(engine: AsyncEngine) -> str | None:
    """The revision of the schema, None when there is none."""
    async with engine.connect() as connection:
        return await connection.run_sync(revision_of)


def revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """All of them, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction in which the schema may be changed: no other server changes it at the same time. It is
    committed when the block ends well. Raises `CannotStart` for whatever the database says."""
    try:
        if engine.dialect.name == "sqlite":
            _probe(engine)
        async with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                async with _without_foreign_keys(connection):
                    yield connection
            else:
                await _wait_for_others(connection)
                yield connection
                await connection.commit()
    except (SQLAlchemyError, OSError, CommandError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise CannotStart(f"the database cannot be used: {reason or type(error).__name__}") from error


async def _wait_for_others(connection: AsyncConnection) -> None:
    """Several servers may start at once; who comes later waits as long as it takes, and finds the work done."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        await connection.execute(text(f"SET LOCAL {name} = 0"))
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


@asynccontextmanager
async def _without_foreign_keys(connection: AsyncConnection) -> AsyncIterator[None]:
    """SQLite changes a table by making it anew; with foreign keys on, dropping the old one would take along what
    refers to it. They are checked at the end instead."""

    def switch(connection: Connection, on: bool) -> None:
        # outside of a transaction: inside it would do nothing
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        cursor.close()

    await connection.run_sync(switch, False)
    try:
        yield
        broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise CommandError(f"rows refer to others that are not there: {tuple(broken)}")
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.run_sync(switch, True)


def run(connection: Connection, to: str) -> None:
    """Bring the schema to a revision, inside of `alone`."""
    config = _config()
    config.attributes["connection"] = connection
    known = [NOTHING, *revisions()]
    now = revision_of(connection) or NOTHING
    if now not in known:
        raise CommandError(f"it was made by a newer Podium (revision {now}; this one knows {known[-1]})")
    wanted = known[-1] if to == HEAD else to
    if wanted not in known:
        raise CommandError(f"there is no revision {wanted}; there are {', '.join(known[1:])}")
    if known.index(wanted) > known.index(now):
        command.upgrade(config, wanted)
    elif wanted != now:
        command.downgrade(config, wanted)


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _probe(engine: AsyncEngine) -> None:
    """Raises `sqlite3.Error` when the file is none, or cannot be written. The driver works in a thread, which
    would add its own traceback to the reason."""
    name = engine.url.database
    if name and name != ":memory:":
        with closing(sqlite3.connect(name)) as connection:
            connection.execute("PRAGMA user_version")
            connection.execute("PRAGMA journal_mode=WAL")
