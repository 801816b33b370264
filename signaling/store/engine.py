"""The engine, set up for SQLite or PostgreSQL, and the migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from signaling.errors import CannotStart, ConfigError

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_FILE = "podium.sqlite3"
BUSY_MS = 5000


def database_url(url: str, data_dir: Path) -> str:
    """The URL of the settings, or SQLite in the data directory."""
    return url or f"sqlite+aiosqlite:///{(data_dir / SQLITE_FILE).resolve()}"


def open_engine(url: str) -> AsyncEngine:
    """An engine; nothing is connected yet. Raises `ConfigError` for a URL that cannot be used."""
    try:
        if url.startswith("sqlite"):
            # one connection: SQLite has one writer, and a queue here is fairer than its busy handler
            engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=30)
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        else:
            engine = create_async_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, SQLAlchemyError) as error:
        raise ConfigError(f"database.url cannot be used: {error}") from None
    except ImportError as error:
        raise ConfigError(f"database.url needs a driver that is not installed: {error.name}") from None
    return engine


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema up to date. Raises `CannotStart`."""
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error)
        raise CannotStart(f"the database cannot be used: {reason}") from None


def _upgrade(connection: Connection) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _set_up_sqlite(connection: Any, _: object) -> None:
    # the driver would begin transactions by itself and too late; `_begin_sqlite` does it
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # taking the write lock at once: a reader that turns writer would fail instead of waiting
    connection.exec_driver_sql("BEGIN IMMEDIATE")
