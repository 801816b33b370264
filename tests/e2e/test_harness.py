"""The tools of these tests, tried on a page that talks to itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.chromium import Chromium
from tests.support.firefox import Firefox
from tests.support.load import overflows
from tests.support.network import Namespace, Network
from tests.support.tab import Tab
from tests.support.waiting import eventually
from tests.support.webrtc import inbound_audio, inbound_video, outbound, video_packets_received

PAGE = """<!doctype html><title>loop</title>
<button onclick="start()">start</button> <input>
<video data-testid="picture" autoplay playsinline></video>
<script>
async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
    const sender = new RTCPeerConnection(), pc = new RTCPeerConnection()
    sender.onicecandidate = event => event.candidate && pc.addIceCandidate(event.candidate)
    pc.onicecandidate = event => event.candidate && sender.addIceCandidate(event.candidate)
    pc.ontrack = event => document.querySelector('video').srcObject = event.streams[0]
    for (const track of stream.getTracks()) sender.addTrack(track, stream)
    await sender.setLocalDescription()
    await pc.setRemoteDescription(sender.localDescription)
    await pc.setLocalDescription()
    await sender.setRemoteDescription(pc.localDescription)
    window.__podium = { pc, sender }
}
</script>"""


@asynccontextmanager
async def _served(namespace: Namespace | None, host: str) -> AsyncIterator[str]:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        if namespace is None:
            await web.TCPSite(runner, host, 0).start()
        else:
            with namespace.entered():
                await web.TCPSite(runner, host, 8000).start()
        yield f"http://{host}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def _loops(tab: Tab, url: str, namespace: Namespace | None = None) -> None:
    """Pictures and sound arrive and are counted."""
    overflows_before = overflows(namespace)
    await tab.goto(url)
    await tab.fill("input", "text")
    assert await tab.evaluate("(a, b) => document.querySelector('input').value + a + b.c", 1, {"c": 2}) == "text12"
    await tab.click("button")
    picture = "[data-testid=picture]"
    video = await eventually(
        lambda: inbound_video(tab, picture),
        "30 frames",
        until=lambda seen: bool(seen and seen.frames_decoded > 30 and seen.width >= 320),
    )
    assert video is not None
    assert video.packets_lost <= overflows(namespace) - overflows_before
    assert await video_packets_received(tab) >= video.packets_received > 0
    audio = await eventually(
        lambda: inbound_audio(tab), "sound", until=lambda seen: bool(seen and seen.energy > 0 and seen.samples)
    )
    assert audio is not None
    assert audio.packets_received > 0
    assert await inbound_video(tab, "#nothing") is None
    await tab.evaluate("() => { window.__podium.pc = window.__podium.sender }")
    sent = await outbound(tab, "video")
    assert sent is not None
    assert sent.frames_encoded > 30


async def test_chromium_on_loopback(chromium: Chromium) -> None:
    tab = await chromium.tab()
    async with _served(None, "127.0.0.1") as url:
        await _loops(tab, url)
        await tab.close()


@pytest.mark.netns
async def test_chromium_in_a_namespace(tmp_path: Path) -> None:
    async with Network("near") as network:
        namespace = network.links["near"].namespace
        origin = f"http://{network.server_address}:8000"
        async with (
            _served(network.server, network.server_address) as url,
            Chromium(tmp_path, namespace=namespace, insecure_origin=origin) as chromium,
        ):
            tab = await chromium.tab()
            await _loops(tab, url, namespace)
        assert (await network.links["near"].report()).down.bytes > len(PAGE)


@pytest.mark.netns
async def test_firefox_in_a_namespace(tmp_path: Path) -> None:
    async with Network("near") as network:
        namespace = network.links["near"].namespace
        async with (
            _served(network.server, network.server_address) as url,
            Firefox(tmp_path, namespace=namespace) as firefox,
        ):
            tab = await firefox.tab()
            await tab.goto(url)
            await tab.evaluate("() => console.warn('seen')")
            assert any("seen" in line for line in tab.console)
            await tab.reload()
            await _loops(tab, url, namespace)
