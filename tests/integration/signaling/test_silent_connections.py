"""A connection that says nothing does not stay."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from signaling.realtime.engine import SocketServer
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.integration


async def test_who_does_not_say_hello_is_closed() -> None:
    server = SocketServer(hello_within=1.5, async_mode="aiohttp")
    server.on("connect", lambda *_: None)
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/socket.io/?EIO=4&transport=websocket"
    try:
        async with aiohttp.ClientSession() as http:
            # whose patience ends before that of the one that comes after it
            polite = await said_hello(http, url)
            async with http.ws_connect(url) as silent:
                while not silent.closed:
                    await silent.receive(timeout=PATIENCE)
            assert not polite.closed
            assert server.manager.rooms["/"][None]
    finally:
        await server.close()
        await runner.cleanup()


async def said_hello(http: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    """A connection that was let in: not always the first, on a machine that is too busy to be in time."""
    while True:
        socket = await http.ws_connect(url)
        await socket.receive(timeout=PATIENCE)
        if not socket.closed:
            await socket.send_str("40")
            answer = await socket.receive(timeout=PATIENCE)
            if answer.type is aiohttp.WSMsgType.TEXT and answer.data.startswith("40"):
                return socket
        await socket.close()
