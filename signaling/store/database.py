"""Transactions, and what they announce."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from signaling.announcements import Announcement
from signaling.errors import Unavailable
from signaling.store.disk import SharedSync, sync_log
from signaling.store.failures import FAILURES, meaning

log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Takes announcements on their way."""

    async def before_commit(self, tx: Transaction, announcements: Sequence[Announcement]) -> None: ...

    def after_commit(self, announcements: Sequence[Announcement]) -> None: ...

    def given_up(self, announcements: Sequence[Announcement]) -> None:
        """There was no commit after `before_commit`, or nobody knows."""


class Transaction:
    """One transaction. It is given to the stores, so that several of them take part in one."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.announcements: list[Announcement] = []
        self.has_written = False

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        self.has_written |= not statement.is_select
        return await self.connection.execute(statement, values)

    async def scalar(self, statement: Executable) -> Any:
        return await self.connection.scalar(statement)

    def announce(self, topic: str, body: msgspec.Struct) -> None:
        """Tell this to everyone who follows the topic, once it is committed."""
        self.announcements.append(Announcement.of(topic, body))


class Database:
    def __init__(self, engine: AsyncEngine, announcer: Announcer, *, durable: bool = True) -> None:
        """``durable`` is for SQLite: without it a power cut may cost what was written last, never the database."""
        self._engine = engine
        self._announcer = announcer
        self._disk: SharedSync | None = None
        if durable and engine.dialect.name == "sqlite" and engine.url.database:
            file = Path(engine.url.database)
            self._disk = SharedSync(lambda: sync_log(file))

    @property
    def engine(self) -> AsyncEngine:
        return self._engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """All or nothing. Raises `Duplicate` when a key is taken, `BadRequest` for a value that fits no column,
        and `Unavailable` when the database is busy, full or gone, or has ended one of two transactions that waited
        for each other: whoever asked may ask again, since nothing was kept."""
        try:
            async with AsyncExitStack() as stack:
                connection = await self._connect(stack)
                tx = Transaction(connection)
                try:
                    async with connection.begin():
                        yield tx
                        if tx.announcements:
                            await self._announcer.before_commit(tx, tx.announcements)
                except BaseException:
                    self._announcer.given_up(tx.announcements)
                    raise
            # the connection is free for the next transaction meanwhile
            await self._settle(tx)
        except FAILURES as error:
            raised = meaning(error)
            if raised is None:
                raise
            raise raised from error

    async def _settle(self, tx: Transaction) -> None:
        """See that what was committed lasts, then have it told. Raises `Unavailable`: whoever asked cannot be sure
        that it was kept, and asks again."""
        try:
            if tx.has_written and self._disk is not None:
                await self._disk.done()
        except OSError as error:
            log.error("the disk does not keep what was written: %s", error)
            raise Unavailable("the database does not answer now; try again") from error
        finally:
            if tx.announcements:
                self._announcer.after_commit(tx.announcements)

    async def _connect(self, stack: AsyncExitStack) -> AsyncConnection:
        try:
            return await stack.enter_async_context(self._engine.connect())
        except OSError as error:
            log.error("the database cannot be reached: %s", error)
            raise Unavailable("the database does not answer now; try again") from error

    async def close(self) -> None:
        if self._disk is not None:
            await self._disk.close()
        await self._engine.dispose()
