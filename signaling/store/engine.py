"""The engine, set up for SQLite or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from signaling.errors import ConfigError
from signaling.store import sqlite_driver

SQLITE_FILE = "podium.sqlite3"
BUSY_MS = 5000
POOL_SIZE = 10
WAIT_FOR_CONNECTION_S = 10
CONNECT_S = 10
STATEMENT_S = 30

# NORMAL: no commit waits for the disk by itself, see `signaling.store.disk`
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}")

# given by the server to every connection: nothing waits, or keeps others waiting, without end
_SERVER_SETTINGS = {
    "application_name": "podium",
    "timezone": "UTC",
    "statement_timeout": f"{STATEMENT_S}s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}


def database_url(url: str, data_dir: Path) -> str:
    """The URL of the settings, or SQLite in the data directory."""
    return url or f"sqlite+aiosqlite:///{(data_dir / SQLITE_FILE).resolve()}"


def open_engine(url: str, pool_size: int = POOL_SIZE) -> AsyncEngine:
    """An engine; nothing is connected yet. ``pool_size`` is for PostgreSQL. Raises `ConfigError` for a URL that
    cannot be used."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return _postgresql(parsed, pool_size)
    except (ArgumentError, NoSuchModuleError, SQLAlchemyError) as error:
        raise ConfigError(f"database.url cannot be used: {error}") from None
    except ImportError as error:
        raise ConfigError(f"database.url needs a driver that is not installed: {error.name}") from None


def _sqlite(url: URL) -> AsyncEngine:
    if url.drivername == "sqlite":
        url = url.set(drivername="sqlite+aiosqlite")
    # one connection: SQLite has one writer, and a queue here is fairer than its busy handler
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_S,
        connect_args={"async_creator_fn": sqlite_driver.connect},
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL, pool_size: int) -> AsyncEngine:
    """The forms that other programs take are taken too: ``postgres://``, ``sslmode=``."""
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+asyncpg")
    if url.get_backend_name() != "postgresql":
        raise ConfigError(
            f"database.url cannot be used: {url.get_backend_name()} is neither sqlite nor postgresql"
        )
    if sslmode := url.query.get("sslmode"):
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_S,
        # after a restart of PostgreSQL the dead connections are found before a transaction begins on them
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_S,
            # longer than the server's own limit: for when the server is gone without a word
            "command_timeout": 2 * STATEMENT_S,
            "server_settings": _SERVER_SETTINGS,
        },
    )


def _set_up_sqlite(connection: Any, _: object) -> None:
    # the driver would begin transactions by itself and too late; `_begin_sqlite` does it
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # taking the write lock at once: a reader that turns writer would fail instead of waiting
    connection.exec_driver_sql("BEGIN IMMEDIATE")
