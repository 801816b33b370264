"""Migrations: the schema from one revision to another, in one transaction, by one server at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from signaling.errors import CannotStart

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "head"
NOTHING = "base"

_LOCK = 0x706F6469756D
"""The key of the advisory lock: "podium"."""


async def migrate(engine: AsyncEngine, to: str = HEAD) -> None:
    """Bring the schema to a revision, forward or back; all or nothing. Raises `CannotStart`."""
    try:
        if engine.dialect.name == "sqlite":
            _probe(engine)
        async with engine.connect() as connection:
            await connection.run_sync(_move, to)
    except (SQLAlchemyError, OSError, CommandError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise CannotStart(f"the database cannot be used: {reason or type(error).__name__}") from None


async def revision(engine: AsyncEngine) -> str | None:
    """The revision of the schema, None when there is none."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def revisions() -> list[str]:
    """All of them, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _move(connection: Connection, to: str) -> None:
    if connection.dialect.name == "sqlite":
        _move_sqlite(connection, to)
        return
    # several servers may start at once; who comes later waits for as long as it takes, and finds the work done
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _run(connection, to)
    connection.commit()


def _move_sqlite(connection: Connection, to: str) -> None:
    """SQLite changes a table by making it anew; with foreign keys on, dropping the old one would take along what
    refers to it. They are checked at the end instead."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        _run(connection, to)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise CommandError(f"a migration leaves rows of {broken[0]} that refer to nothing in {broken[2]}")
        connection.commit()
    finally:
        connection.rollback()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def _run(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    known = [NOTHING, *revisions()]
    now = _revision(connection) or NOTHING
    if now not in known:
        raise CommandError(f"it was made by a newer Podium (revision {now}; this one knows {known[-1]})")
    wanted = known[-1] if to == HEAD else to
    if wanted not in known:
        raise CommandError(f"there is no revision {wanted}; there are {', '.join(known[1:])}")
    if known.index(wanted) >= known.index(now):
        command.upgrade(config, wanted)
    else:
        command.downgrade(config, wanted)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


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
