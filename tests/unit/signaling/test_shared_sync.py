"""Waiting for the disk together: nobody is told too early, nobody waits twice, failures reach who waited."""

from __future__ import annotations

import asyncio
import threading

import pytest

from signaling.store.disk import SharedSync
from tests.support.waiting import eventually


class Disk:
    """A disk whose syncs end when they are let."""

    def __init__(self) -> None:
        self.begun = 0
        self.error: OSError | None = None
        self._may_end = threading.Semaphore(0)
        self._at_work = threading.Lock()

    def sync(self) -> None:
        assert self._at_work.acquire(blocking=False), "two at once"
        try:
            self.begun += 1
            assert self._may_end.acquire(timeout=10)
            if self.error is not None:
                raise self.error
        finally:
            self._at_work.release()

    def let(self, syncs: int = 1) -> None:
        self._may_end.release(syncs)

    async def has_begun(self, syncs: int) -> None:
        async def look() -> bool:
            return self.begun >= syncs

        await eventually(look, f"{syncs} syncs have begun", every=0.001)


async def test_who_asks_during_a_sync_waits_for_the_next_with_all_the_others() -> None:
    disk = Disk()
    shared = SharedSync(disk.sync)
    first = asyncio.create_task(shared.done())
    await disk.has_begun(1)
    others = [asyncio.create_task(shared.done()) for _ in range(5)]
    disk.let()
    await first
    await disk.has_begun(2)
    assert not any(other.done() for other in others)
    disk.let()
    await asyncio.gather(*others)
    assert disk.begun == 2
    again = asyncio.create_task(shared.done())
    disk.let()
    await again
    assert disk.begun == 3


async def test_a_failure_reaches_who_waited_for_it_and_nobody_else() -> None:
    disk = Disk()
    shared = SharedSync(disk.sync)
    disk.error = OSError("broken")
    disk.let()
    with pytest.raises(OSError, match="broken"):
        await shared.done()
    disk.error = None
    disk.let()
    await shared.done()


async def test_who_gives_up_ends_it_for_nobody() -> None:
    disk = Disk()
    shared = SharedSync(disk.sync)
    one, other = asyncio.create_task(shared.done()), asyncio.create_task(shared.done())
    await disk.has_begun(1)
    one.cancel()
    disk.let()
    await other
    await shared.close()
    assert one.cancelled()
