"""A connection that says nothing does not stay."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from signaling.realtime.engine import SocketServer

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
        async with aiohttp.ClientSession() as http, http.ws_connect(url) as silent, http.ws_connect(url) as polite:
            await polite.receive(timeout=30)
            await polite.send_str("40")
            assert (await polite.receive(timeout=30)).data.startswith("40")
            while not silent.closed:
                await silent.receive(timeout=30)
            assert not polite.closed
            assert server.manager.rooms["/"][None]
    finally:
        await server.close()
        await runner.cleanup()
