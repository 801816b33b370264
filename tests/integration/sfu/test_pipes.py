"""Pipes between workers over real Unix sockets: order, overload, nonsense, and what happens when one end goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sfu.forwarding.spanning.pipe_messages import Enter, Level, Media, Packet, PipeMessage, Speakers
from sfu.worker.pipe import FULL, PIPE_FULL, Pipes

pytestmark = pytest.mark.integration


class End:
    """One worker's pipes, and what came through them."""

    def __init__(self, directory: Path, worker: int) -> None:
        self.heard: list[tuple[int, str, PipeMessage]] = []
        self.open: list[int] = []
        self.dropped: list[str] = []
        self.changed = asyncio.Event()
        self.pipes = Pipes(
            directory,
            worker,
            count_drop=self.dropped.append,
            on_open=self._opened,
            on_close=self._closed,
            on_message=lambda *said: self.heard.append(said),
            on_batch_end=self.changed.set,
        )

    def _opened(self, worker: int) -> None:
        self.open.append(worker)
        self.changed.set()

    def _closed(self, worker: int) -> None:
        self.open.remove(worker)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that comes through the pipes."""
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@contextlib.asynccontextmanager
async def end(directory: Path, worker: int) -> AsyncIterator[End]:
    made = End(directory, worker)
    await made.pipes.start()
    try:
        yield made
    finally:
        await made.pipes.close()


def is_there(path: Path) -> bool:
    return path.exists()


def media(number: int, size: int = 1000) -> Media:
    return Media(1, 0, Packet(number, 0, False, 0.0, False, False, bytes(size), None))


@contextlib.asynccontextmanager
async def two(directory: Path) -> AsyncIterator[tuple[End, End]]:
    """Workers 0 and 1 with an open pipe."""
    async with end(directory, 0) as zero, end(directory, 1) as one:
        zero.pipes.reach(1)
        one.pipes.reach(0)  # is not up to it
        await zero.until(lambda: zero.open == [1])
        await one.until(lambda: one.open == [0])
        yield zero, one


async def test_what_is_said_arrives_in_order_in_both_directions(tmp_path: Path) -> None:
    async with two(tmp_path) as (zero, one):
        for number in range(500):
            zero.pipes.send(1, "a", media(number))
            one.pipes.send(0, "b", Level(1, number % 128))
        await one.until(lambda: len(one.heard) == 500)
        await zero.until(lambda: len(zero.heard) == 500)
        assert [said[2].packet.sequence for said in one.heard if isinstance(said[2], Media)] == list(range(500))
        assert {said[:2] for said in one.heard} == {(0, "a")}
        assert {said[:2] for said in zero.heard} == {(1, "b")}
        assert zero.pipes.packets == 500
        assert zero.dropped == one.dropped == []
    assert not is_there(tmp_path)


async def test_when_the_other_does_not_keep_up_packets_are_dropped_and_counted_but_nothing_else(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as (zero, one):
        count = 4 * FULL // 1000  # more than fits, said before the other has a chance to read
        for number in range(count):
            zero.pipes.send(1, "s", media(number))
        zero.pipes.send(1, "s", Speakers("somebody", ()))
        assert 0 < len(zero.dropped) < count
        assert set(zero.dropped) == {PIPE_FULL}
        await one.until(lambda: isinstance(one.heard[-1][2] if one.heard else None, Speakers))
        numbers = [said[2].packet.sequence for said in one.heard if isinstance(said[2], Media)]
        assert numbers == list(range(count - len(zero.dropped)))
        zero.pipes.send(1, "s", media(0))
        await one.until(lambda: isinstance(one.heard[-1][2], Media))


async def test_nonsense_ends_the_pipe(tmp_path: Path) -> None:
    for nonsense in (b"\xff" * 8, b"\x00\x00\x00\x03abc", b"\x00\x00\x00\x00", b"GET / HTTP/1.1\r\n\r\n"):
        (tmp_path / "keep").touch()
        async with end(tmp_path, 1) as one:
            reader, writer = await asyncio.open_unix_connection(tmp_path / "1")
            writer.write(nonsense)
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            assert (one.open, one.heard) == ([], [])


async def test_the_death_of_one_end_is_known_at_the_other_and_a_new_one_is_reached(tmp_path: Path) -> None:
    async with end(tmp_path, 0) as zero:
        async with end(tmp_path, 1) as one:
            zero.pipes.reach(1)
            await one.until(lambda: one.open == [0])
        await zero.until(lambda: zero.open == [])
        zero.pipes.send(1, "s", Enter())  # to nobody
        zero.pipes.reach(1)  # nobody is there
        async with end(tmp_path, 1) as again:
            while not again.open:
                zero.pipes.reach(1)
                await asyncio.sleep(0)
            zero.pipes.send(1, "s", Enter())
            await again.until(lambda: bool(again.heard))
            assert again.heard == [(0, "s", Enter())]
