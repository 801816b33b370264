"""Our writer under the library's connections: order over every transport, and slow readers. Fails when the library
changes what `signaling.realtime.engine` stands on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import engineio  # type: ignore[import-untyped]
import msgspec
import pytest
import socketio
from aiohttp import web

from signaling.realtime.engine import SocketServer
from signaling.realtime.fanout import Fanout
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

EVENTS = 300
CONNECT_S = 30
"""The library gives up after one second, which a busy machine may need."""
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


class Numbered(msgspec.Struct):
    n: int
    filling: str = ""


class Stage:
    """A bare Socket.IO server; every connection follows one topic."""

    def __init__(self, **options: Any) -> None:
        self.fanout = Fanout()
        self.sockets = SocketServer(
            hello_within=5, async_mode="aiohttp", async_handlers=False, max_http_buffer_size=100_000, **options
        )
        self.gone: list[str] = []
        self.reasons: list[str] = []
        self.sockets.on("connect", self._connect)
        self.sockets.on("disconnect", self._disconnect)
        self.sockets.on("say", self._say)
        self.url = ""

    async def _connect(self, connection: str, _: object, __: object) -> None:
        output = self.sockets.output(connection)
        assert output is not None
        self.fanout.add(connection, output, ["all"])

    async def _disconnect(self, connection: str, reason: str) -> None:
        self.fanout.remove(connection)
        self.gone.append(connection)
        self.reasons.append(reason)

    async def _say(self, connection: str, n: int) -> int:
        await self.fanout.publish("all", "event", Numbered(2 * n))
        return n

    async def count(self, first: int, last: int) -> None:
        for n in range(first, last):
            await self.fanout.publish("all", "event", Numbered(n))
            if n % 10 == 0:
                await asyncio.sleep(0)


@asynccontextmanager
async def stage(**options: Any) -> AsyncIterator[Stage]:
    found = Stage(**options)
    app = web.Application()
    found.sockets.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await found.sockets.close()
        await runner.cleanup()


class Listener:
    """A real client; ``heard`` is what it got, events and answers alike."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("event", self._event)

    async def _event(self, data: dict[str, int]) -> None:
        self.heard.append(data["n"])

    @property
    def sid(self) -> str:
        return str(self.client.get_sid())

    async def close(self) -> None:
        await self.client.disconnect()
        await self.client.eio.wait()
        for task in (self.client.eio.read_loop_task, self.client.eio.write_loop_task):
            if task is not None:
                await task
        if self.client.eio.http is not None:
            await self.client.eio.http.close()


@asynccontextmanager
async def listeners(at: Stage) -> AsyncIterator[dict[str, Listener]]:
    transports = {"websocket": ["websocket"], "polling": ["polling"], "upgraded": ["polling", "websocket"]}
    async with AsyncExitStack() as stack:
        found: dict[str, Listener] = {}
        for name, wanted in transports.items():
            found[name] = Listener()
            await found[name].client.connect(at.url, transports=wanted, wait_timeout=CONNECT_S)
            stack.push_async_callback(found[name].close)
        yield found


async def test_every_transport_gets_everything_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # the Python client refuses a poll with more packets than that; browsers take any number
    monkeypatch.setattr(engineio.payload.Payload, "max_decode_packets", EVENTS)
    async with stage() as at, listeners(at) as all_:
        await at.count(0, EVENTS)
        for name, one in all_.items():
            await eventually(partial(_heard, one, EVENTS), f"{name} heard all", every=0.01)
            assert one.heard == list(range(EVENTS)), name
        outputs = {name: at.sockets.output(one.sid) for name, one in all_.items()}
        assert {name: out.is_direct for name, out in outputs.items() if out is not None} == {
            "websocket": True,
            "polling": False,
            "upgraded": True,
        }


async def test_what_is_published_while_a_connection_upgrades_stays_in_order() -> None:
    async with stage() as at:
        one = Listener()
        counting = asyncio.Event()

        async def count() -> None:
            n = 0
            while not counting.is_set():
                await at.fanout.publish("all", "event", Numbered(n))
                n += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(count())
        await one.client.connect(at.url, transports=["polling", "websocket"], wait_timeout=CONNECT_S)
        await eventually(lambda: _is(len(one.heard) > 500), "500 events", every=0.01)
        counting.set()
        await task
        await at.fanout.publish("all", "event", Numbered(10**9))
        await eventually(lambda: _is(one.heard[-1] == 10**9), "the last event", every=0.01)
        numbers = one.heard[:-1]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        await one.close()


async def test_answers_and_broadcasts_are_one_stream() -> None:
    async with stage() as at, aiohttp.ClientSession(at.url) as http, http.ws_connect(WEBSOCKET) as ws:
        await ws.receive()
        await ws.send_str("40")
        await ws.receive()
        for n in range(EVENTS):
            await ws.send_str(f'42{n}["say",{n}]')
        for n in range(EVENTS):
            # the answer comes before what it causes
            assert (await ws.receive()).data == f"43{n}[{n}]"
            assert (await ws.receive()).data == f'42["event",{{"n":{2 * n},"filling":""}}]'


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_who_does_not_read_is_cut_off_and_nobody_else_waits(transport: str) -> None:
    async with stage(buffer_bytes=200_000) as at, listeners(at) as all_, AsyncExitStack() as stack:
        sid = await _deaf(at, transport, stack)
        filling = "x" * 20_000
        for n in range(1_000):
            await at.fanout.publish("all", "event", Numbered(n, filling))
            await eventually(partial(_near, all_, n), "the others keep up", every=0)
        await eventually(lambda: _is(at.gone == [sid]), "the slow one is gone", every=0.01)
        assert at.reasons == ["too slow"]
        assert at.sockets.eio.too_slow == 1
        await eventually(
            lambda: _is(all(len(one.heard) == 1_000 for one in all_.values())), "the others", every=0.01
        )


async def _deaf(at: Stage, transport: str, stack: AsyncExitStack) -> str:
    """Connect, say hello, and never read again; the connection's id."""
    before = set(at.fanout.followers("all"))
    port = int(at.url.rpartition(":")[2])
    if transport == "websocket":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        stack.callback(writer.close)
        writer.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\x82\0\0\0\x0040")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
    else:
        http = await stack.enter_async_context(aiohttp.ClientSession(at.url))
        path = "/socket.io/?EIO=4&transport=polling"
        async with http.get(path) as answer:
            path += f"&sid={msgspec.json.decode((await answer.text())[1:])['sid']}"
        async with http.post(path, data="40") as answer:
            assert answer.status == 200
    await eventually(lambda: _is(len(at.fanout.followers("all")) > len(before)), "it is in", every=0.01)
    return next(sid for sid in at.fanout.followers("all") if sid not in before)


async def test_long_and_short_frames_pings_and_answers_are_one_compressed_stream_and_nothing_leaks() -> None:
    filling = "the same again " * 200
    async with stage(ping_interval=0.05) as at, aiohttp.ClientSession(at.url) as http:
        for _ in range(5):
            async with http.ws_connect(WEBSOCKET, compress=15) as ws:
                assert ws.compress == 15
                await ws.receive()
                await ws.send_str("40")
                await ws.receive()
                heard: list[str] = []
                for n in range(20):
                    await at.fanout.publish("all", "event", Numbered(n, filling if n % 2 else ""))
                    await ws.send_str(f'42{n}["say",{n}]')
                    while f"43{n}[{n}]" not in heard or ("2" not in heard and n == 19):
                        heard.append(await ws.receive_str())
                        if heard[-1] == "2":
                            await ws.send_str("3")
                told = [msgspec.json.decode(text[2:])[1] for text in heard if text.startswith("42")]
                assert [one["n"] for one in told if one["filling"]] == list(range(1, 20, 2))
                assert all(one["filling"] in ("", filling) for one in told)
        await eventually(lambda: _is(len(at.gone) == 5), "all are gone", every=0.01)
        assert not at.fanout.followers("all")
        assert not at.sockets.manager.rooms


def test_the_library_still_makes_its_queues_where_we_stand() -> None:
    """The private parts that `signaling.realtime.engine` overrides or calls."""
    base = inspect.getsource(engineio.base_socket.BaseSocket.__init__)
    assert "self.queue = self.server.create_queue()" in base
    writer = inspect.getsource(engineio.async_socket.AsyncSocket._websocket_handler)
    assert "packets = await self.poll()" in writer
    assert "await self.queue.put(None)" in writer
    assert "await self.queue.put(pkt)" in inspect.getsource(engineio.async_socket.AsyncSocket.send)
    for name in (
        "_handle_eio_connect",
        "_handle_connect",
        "_handle_disconnect",
        "_engineio_server_class",
        "_handle_event_internal",
    ):
        assert callable(getattr(socketio.AsyncServer, name))


async def _heard(one: Listener, events: int) -> bool:
    return len(one.heard) == events


async def _near(all_: dict[str, Listener], events: int) -> bool:
    return all(len(one.heard) > events - 5 for one in all_.values())


async def _is(value: object) -> object:
    return value
