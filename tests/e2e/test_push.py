"""Being told while no page is open: what a browser that may, cannot or is not let shows, and what is pushed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import testid as selector
from tests.support.classroom import together
from tests.support.members import Members, uncaught
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

_STATE = "state => document.querySelector('[data-testid=push-state]')?.dataset.state === state"
_READY = "async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'"
_SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, data }) => [title, body, data])[0]"""
_LATEST = """async token => (await (await fetch('/api/v1/notifications?limit=1', {
    headers: { Authorization: `Bearer ${token}` },
})).json()).items[0]"""


async def _push(tab: ChromiumTab, origin: str, payload: dict[str, Any]) -> None:
    """As a push service would: to the service worker, whatever page is open."""
    tools = await tab.page.context.new_cdp_session(tab.page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    await tools.send("ServiceWorker.enable")
    while not found:
        await tab.evaluate("() => new Promise(requestAnimationFrame)")
    await tools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[0], "data": json.dumps(payload)},
    )


async def test_a_browser_is_told_while_no_page_is_open(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace")
        tab, old = await chromium.tab(size=PHONE, phone=True), await chromium.tab()
        try:
            # a browser that does not know Web Push says so, and offers nothing
            await old.page.add_init_script("delete window.PushManager")
            elsewhere = await members.signed_in("Ada Lovelace", old, "/notifications")
            await elsewhere.click(selector("tab-settings"))
            await page_shows(old, _STATE, "unsupported")
            await elsewhere.hides("push-enable")

            # one that may asks its push service, which this one does not reach
            await tab.page.context.grant_permissions(["notifications"], origin=server.url)
            ada = await members.signed_in("Ada Lovelace", tab, "/notifications")
            await ada.click(selector("tab-settings"))
            await page_shows(tab, _STATE, "off")
            await page_shows(tab, _READY)
            await ada.click(selector("push-enable"))
            await ada.reads("push-problem", "cannot reach its push service")
            await page_shows(tab, _STATE, "off")

            # what the server has to say is shown by the device, and leads to the class
            live = await members.plan("Fractions")
            await server.call("POST", f"/live-classes/{live}/start", members.token)
            await ada.reads("bell-unread", "2")
            await ada.click(selector("tab-all"))
            await ada.reads("notice", "Fractions")
            token = await tab.evaluate(
                "async () => (await (await fetch('/api/v1/auth/refresh', { method: 'POST' })).json()).accessToken"
            )
            told = await tab.evaluate(_LATEST, token)
            assert told["kind"] == "live-class-started"
            await _push(tab, server.url, told)
            title, _, path = await page_shows(tab, _SHOWN)
            assert "Fractions" in title + told["text"]
            assert path == f"class/{live}"
            assert uncaught(tab, old) == []
        finally:
            await together(tab.close(), old.close())
