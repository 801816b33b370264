"""A browser in a crowded class: 300 people, 2,000 messages. Which tasks of the page took longer than 50 ms while
they came in, while somebody scrolled through them and through the people, and while somebody typed; and what the
page keeps in memory.

A real ``podium serve``; the people are sockets in this process, the page is the built client in Chromium, once as
fast as this machine is, once slowed to a quarter, as a phone is.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import CDPSession

from bench.support.control_server import ControlServer, control_server
from bench.support.machine import describe
from bench.support.sinks import raise_file_limit
from bench.support.socket_crowd import SocketClient
from tests.support.chromium import Chromium, ChromiumTab
from tests.support.classroom import Person, testid

CLASS: Final = "crowded"
COURSE: Final = "course"
JOINS_AT_ONCE: Final = 10
MESSAGES_AT_ONCE: Final = 10
"""Sent together, ten times a second."""

_WATCH: Final = """() => {
    window.__long = []
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.__long.push(entry.duration)
    }).observe({ type: 'longtask' })
}"""
_TAKE: Final = "() => window.__long.splice(0)"
_SCROLLER: Final = """selector => {
    let element = document.querySelector(selector)
    while (element && element.scrollHeight <= element.clientHeight + 1) element = element.parentElement
    if (!element) return null
    const { x, y, width, height } = element.getBoundingClientRect()
    return [x + width / 2, y + height / 2, element.scrollHeight]
}"""
_LINE: Final = (
    "A line of what people write in a class, number {number}: the longer it gets, the more there is to lay out."
)


@dataclass(frozen=True)
class Step:
    name: str
    long_tasks: Sequence[float]
    """ms of each task over 50 ms."""


@asynccontextmanager
async def _crowd(server: ControlServer, people: int) -> AsyncIterator[list[SocketClient]]:
    clients: list[SocketClient] = []
    try:
        for start in range(0, people, JOINS_AT_ONCE):
            some = range(start, min(start + JOINS_AT_ONCE, people))
            connecting = [
                SocketClient.connect(
                    "127.0.0.1", server.port, server.token("student", f"student-{n}", COURSE), _drop
                )
                for n in some
            ]
            joining = await asyncio.gather(*connecting)
            clients += joining
            await asyncio.gather(
                *(
                    client.ask("join-session", liveClassId=CLASS, seatKey=f"seat-key-of-{start + n:06}-0123456789")
                    for n, client in enumerate(joining)
                )
            )
        yield clients
    finally:
        for client in clients:
            client.close()


def _drop(_: float) -> None:
    """When a message arrives at the others is measured elsewhere."""


async def _write(clients: list[SocketClient], messages: int) -> None:
    for start in range(0, messages, MESSAGES_AT_ONCE):
        await asyncio.gather(
            *(
                clients[n % len(clients)].ask("send-message", id=f"message-{n}", text=_LINE.format(number=n))
                for n in range(start, min(start + MESSAGES_AT_ONCE, messages))
            ),
            asyncio.sleep(0.1),
        )


async def _scroll(tab: ChromiumTab, inside: str) -> None:
    """By the wheel, up through all of it and down again."""
    place = await tab.evaluate(_SCROLLER, testid(inside))
    if place is None:
        raise RuntimeError(f"nothing scrolls around {inside}")
    x, y, height = place
    await tab.page.mouse.move(x, y)
    for direction in (-1, 1):
        for _ in range(min(120, int(height / 400) + 1)):
            await tab.page.mouse.wheel(0, direction * 400)
            await asyncio.sleep(1 / 30)


async def _type(tab: ChromiumTab) -> None:
    await tab.page.focus(testid("chat-input"))
    await tab.page.keyboard.type("Somebody types as fast as people do. " * 4, delay=50)


async def _visit(server: ControlServer, people: int, messages: int, slowdown: int) -> tuple[list[Step], str]:
    with tempfile.TemporaryDirectory() as directory:
        async with Chromium(Path(directory)) as chromium, _crowd(server, people) as clients:
            tab = await chromium.tab()
            token = server.token("tutor", "Emmy Noether", COURSE)
            tutor = Person(
                tab, "Emmy Noether", "tutor", f"http://127.0.0.1:{server.port}/class/{CLASS}#token={token}"
            )
            devtools = await tab.page.context.new_cdp_session(tab.page)
            await tutor.join()
            await tutor.counts(people + 1)
            await tutor.turn("chat", on=True)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
            await tab.evaluate(_WATCH)
            steps: list[Step] = []

            async def took(name: str) -> None:
                steps.append(Step(name, await tab.evaluate(_TAKE)))

            await _write(clients, messages)
            await tutor.reads("chat-message", f"number {messages - 1}:")
            await took(f"{messages:,} messages come in, {MESSAGES_AT_ONCE * 10} a second")
            await _scroll(tab, "chat-message")
            await took("scrolling through the chat")
            await _type(tab)
            await took("typing in the chat")
            await tutor.turn("people", on=True)
            await took("opening the list of people")
            await _scroll(tab, "participant-row")
            await took("scrolling through the people")
            memory = await _memory(devtools)
            await tab.close()
            return steps, memory


async def _memory(devtools: CDPSession) -> str:
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in (await devtools.send("Performance.getMetrics"))["metrics"]}
    return f"{metrics['JSHeapUsedSize'] / 2**20:.1f} MiB of objects, {metrics['Nodes']:,.0f} nodes"


async def measure(people: int, messages: int, slowdowns: Sequence[int]) -> None:
    sys.stdout.write(f"{describe()}\n\n{people} people, {messages:,} messages, the tutor's page\n\n")
    for slowdown in slowdowns:
        async with control_server() as server:
            await server.live_class(CLASS, COURSE)
            steps, memory = await _visit(server, people, messages, slowdown)
        speed = "as fast as this machine" if slowdown == 1 else f"{slowdown} times slower"
        sys.stdout.write(f"| {speed} | tasks over 50 ms | longest, ms |\n|---|---|---|\n")
        for step in steps:
            longest = f"{max(step.long_tasks):.0f}" if step.long_tasks else "-"
            sys.stdout.write(f"| {step.name} | {len(step.long_tasks)} | {longest} |\n")
        sys.stdout.write(f"\nAt the end: {memory}.\n\n")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--slowdowns", type=int, nargs="+", default=[1, 4])
    arguments = parser.parse_args()
    raise_file_limit()
    asyncio.run(measure(arguments.people, arguments.messages, arguments.slowdowns))


if __name__ == "__main__":
    main()
