"""The client as an app on the device: it opens without a network, and lets a newer version in when asked to."""

import os
import shutil
from pathlib import Path

from signaling.http.static import BESIDE_PACKAGES
from tests.support.chromium import Chromium
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

_IS_KEPT = """async () => {
    const own = await navigator.serviceWorker.getRegistration()
    return own?.active?.state === 'activated' && (await caches.keys()).length > 0
}"""
_SHOWS = "selector => !!document.querySelector(selector)"


async def test_the_page_opens_without_a_network_and_lets_a_newer_version_in(
    chromium: Chromium, tmp_path: Path
) -> None:
    client = tmp_path / "client"
    shutil.copytree(os.environ.get("PODIUM__HTTP__WEB_CLIENT", BESIDE_PACKAGES), client)
    async with PodiumServer(tmp_path, env={"PODIUM__HTTP__WEB_CLIENT": str(client)}) as server:
        tab = await chromium.tab()
        try:
            await tab.goto(f"{server.url}/sign-in")
            await page_shows(tab, _SHOWS, "form")
            await page_shows(tab, _IS_KEPT)

            await tab.page.context.set_offline(True)
            await tab.reload()
            await page_shows(tab, "() => document.body.innerText.includes('cannot be reached')")
            await tab.page.context.set_offline(False)
            await tab.reload()
            await page_shows(tab, _SHOWS, "form")
            assert not await tab.evaluate(_SHOWS, selector("new-version"))

            # another version is another service worker
            worker = client / "service-worker.js"
            worker.write_text(worker.read_text() + "\n// newer\n")
            for packed in client.glob("service-worker.js.*"):
                packed.unlink()
            await tab.reload()
            await page_shows(tab, _SHOWS, selector("new-version"))
            await tab.evaluate("() => { window.__isOld = true }")
            await tab.click(selector("new-version-load"))
            await page_shows(tab, "() => !window.__isOld && !!document.querySelector('form')")
            assert [line for line in tab.console if line.startswith("uncaught")] == []
        finally:
            await tab.close()
