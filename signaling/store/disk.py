"""Waiting for the disk, together.

SQLite could wait within each commit (``synchronous=FULL``), but it commits one transaction at a time: everybody
would wait for everybody's disk. Here a commit writes to the log (WAL) and lets the next one begin; before anything
is acknowledged or told, the log is synced once for all who committed since the last time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def sync_log(database: Path) -> None:
    """Have everything that was committed on the disk. Raises OSError. Without a log there is nothing that SQLite
    has not brought to the disk itself."""
    with suppress(FileNotFoundError):
        file = os.open(f"{database}-wal", os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


class SharedSync:
    """One sync serves everybody who asked before it began; who asks during one waits for the next."""

    def __init__(self, sync: Callable[[], None]) -> None:
        """``sync`` blocks; it is called in a thread, never twice at once."""
        self._sync = sync
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def done(self) -> None:
        """Return when everything that was written before this call is on the disk. Raises OSError."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        # somebody who gives up waiting does not end it for the others
        await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[None] | None) -> None:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        await asyncio.to_thread(self._sync)

    async def close(self) -> None:
        """Wait for what is under way."""
        tasks = [task for task in (self._running, self._next) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
