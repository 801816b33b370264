"""The control plane under chat: a real ``podium serve``, real sockets, real messages through the database.

People sit in live classes and write; each message goes to everyone in the class of its sender. Latency is from the
sender's write to each arrival, and so holds the transaction that keeps the message.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from bench.support.control_server import ControlServer, control_server
from bench.support.figures import Table, percentile
from bench.support.machine import OtherLoad, describe, usage, waited_s
from bench.support.profiler import profile
from bench.support.report import CONTROL, Page, markdown
from bench.support.sinks import raise_file_limit
from bench.support.socket_crowd import SocketClient

SOCKETS: Final = 1_000
CLASSES: Final = 10
MESSAGES_PER_SECOND: Final = 200
DURATION_S: Final = 30.0
SETTLE_S: Final = 3.0
JOINS_AT_ONCE: Final = 10
DRAIN_S: Final = 3.0


@dataclass(slots=True)
class Load:
    """What was asked for, and what came of it."""

    sockets: int
    classes: int
    rate: float
    duration_s: float
    rss_empty: int = 0
    """Of the server process, bytes."""
    rss_idle: int = 0
    """With everybody connected and nobody in a class."""
    rss_joined: int = 0
    cpu_s: float = 0.0
    client_cpu_s: float = 0.0
    waited_s: float = 0.0
    """How long the server was kept from running, because others had the processors."""
    sent: int = 0
    join_s: list[float] = field(default_factory=list)
    ack_s: list[float] = field(default_factory=list)
    delivered_s: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    stalls: int = 0
    """Of the server's event loop, over 50 ms each, while messages flowed."""
    profile: list[Table] = field(default_factory=list)

    @property
    def expected(self) -> int:
        return self.sent * (self.sockets // self.classes)


async def measure(load: Load, database_url: str = "", *, profile_s: int = 0) -> Load:
    async with control_server(database_url) as server:
        clients = await _connect(server, load)
        try:
            await _join(clients, load)
            load.rss_joined = usage(server.pid).rss
            await asyncio.sleep(SETTLE_S)
            stalls = (await server.call("GET", "/healthz"))["stalls"]
            before, mine, waited = usage(server.pid), time.process_time(), waited_s(server.pid)
            flow = asyncio.create_task(_write(clients, load))
            if profile_s:
                load.profile = await profile(server.pid, profile_s, native=False)
            await flow
            load.cpu_s = usage(server.pid).cpu_s - before.cpu_s
            load.waited_s = waited_s(server.pid) - waited
            load.client_cpu_s = time.process_time() - mine
            load.stalls = (await server.call("GET", "/healthz"))["stalls"] - stalls
        finally:
            for client in clients:
                client.close()
    return load


async def _connect(server: ControlServer, load: Load) -> list[SocketClient]:
    """Everybody, a few at a time; what that takes of the server's memory."""
    for number in range(load.classes):
        await server.live_class(f"class-{number}", f"course-{number}")
    load.rss_empty = usage(server.pid).rss
    clients: list[SocketClient] = []
    for start in range(0, load.sockets, JOINS_AT_ONCE):
        some = range(start, min(start + JOINS_AT_ONCE, load.sockets))
        tokens = [server.token("student", f"student-{n}", f"course-{n % load.classes}") for n in some]
        connecting = [
            SocketClient.connect("127.0.0.1", server.port, token, load.delivered_s.append) for token in tokens
        ]
        clients += await asyncio.gather(*connecting)
    await asyncio.sleep(SETTLE_S)
    load.rss_idle = usage(server.pid).rss
    return clients


async def _join(clients: list[SocketClient], load: Load) -> None:
    async def join(number: int) -> None:
        began = time.monotonic()
        answer = await clients[number].ask(
            "join-session",
            liveClassId=f"class-{number % load.classes}",
            seatKey=f"seat-key-of-{number:06}-0123456789",
        )
        load.join_s.append(time.monotonic() - began)
        if not answer["ok"]:
            load.failures[f"join: {answer['error']['message']}"] += 1

    for start in range(0, len(clients), JOINS_AT_ONCE):
        await asyncio.gather(*(join(n) for n in range(start, min(start + JOINS_AT_ONCE, len(clients)))))


async def _write(clients: list[SocketClient], load: Load) -> None:
    """Everyone in turn, at an even pace."""

    async def say(number: int) -> None:
        began = time.monotonic_ns()
        try:
            answer = await clients[number % len(clients)].ask(
                "send-message", id=f"message-{number}", text=f"sent at {began}"
            )
        except (ConnectionError, TimeoutError) as error:
            load.failures[repr(error)] += 1
            return
        load.ack_s.append((time.monotonic_ns() - began) / 1e9)
        if not answer["ok"]:
            load.failures[f"message: {answer['error']['message']}"] += 1

    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(round(load.rate * load.duration_s)):
            pause = began + number / load.rate - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            tasks.create_task(say(number))
            load.sent += 1
    await asyncio.sleep(DRAIN_S)


def tables(load: Load) -> list[Table]:
    def milliseconds(values: list[float], *shares: float) -> str:
        return " / ".join(f"{percentile(values, share) * 1e3:.0f}" for share in shares)

    delivered = load.delivered_s
    rows = [
        ("messages sent", f"{load.sent:,}"),
        ("deliveries", f"{len(delivered):,} of {load.expected:,}"),
        ("deliveries per second", f"{len(delivered) / load.duration_s:,.0f}"),
        ("delivery p50 / p95 / p99 ms", milliseconds(delivered, 0.5, 0.95, 0.99)),
        ("slowest delivery ms", milliseconds(delivered, 1.0)),
        ("acknowledgement p50 / p95 / p99 ms", milliseconds(load.ack_s, 0.5, 0.95, 0.99)),
        ("event loop stalls over 50 ms", f"{load.stalls}"),
        ("server CPU", f"{load.cpu_s / load.duration_s:.0%} of a core"),
        ("server CPU per message", f"{load.cpu_s / max(load.sent, 1) * 1e3:.2f} ms"),
        ("server kept waiting for a processor", f"{load.waited_s / load.duration_s:.0%} of the time"),
        ("joining p50 / p95 ms", milliseconds(load.join_s, 0.5, 0.95)),
        ("memory per idle connection", f"{(load.rss_idle - load.rss_empty) / load.sockets / 1024:.0f} KiB"),
        ("memory of the server, empty / all in", f"{load.rss_empty >> 20} / {load.rss_joined >> 20} MiB"),
        ("clients' CPU", f"{load.client_cpu_s / load.duration_s:.0%} of a core"),
    ]
    note = [
        f"{load.sockets:,} WebSockets in {load.classes} live classes, {load.rate:g} messages/s for "
        f"{load.duration_s:g} s. The clients, in one process, run on the same machine."
    ]
    note += [f"{count} × {reason}." for reason, count in load.failures.most_common(5)]
    title = f"Chat: {load.sockets:,} connections, {load.rate:g} messages/s"
    return [Table(title, ("", "measured"), rows, " ".join(note)), *load.profile]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the control plane under chat.")
    parser.add_argument("--sockets", type=int, default=SOCKETS, help="default %(default)s")
    parser.add_argument("--classes", type=int, default=CLASSES, help="default %(default)s")
    parser.add_argument("--rate", type=float, default=MESSAGES_PER_SECOND, help="messages/s (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=DURATION_S, help="default %(default)s")
    parser.add_argument("--database", default="", metavar="URL", help="PostgreSQL instead of SQLite")
    parser.add_argument("--profile", action="store_true", help="where the server spends its time")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    arguments = parser.parse_args()
    page, others = Page(arguments.write, CONTROL), OtherLoad()
    raise_file_limit()
    load = Load(arguments.sockets, arguments.classes, arguments.rate, arguments.seconds)
    profile_s = max(1, int(arguments.seconds) - 2) if arguments.profile else 0
    uvloop.run(measure(load, arguments.database, profile_s=profile_s))
    page.publish(markdown(describe(), others.share(), tables(load)))


if __name__ == "__main__":
    main()
