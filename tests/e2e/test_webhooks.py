"""Other systems are told what happens, as an admin sets it up in the browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.support.chromium import PHONE, Chromium
from tests.support.classroom import testid as selector
from tests.support.members import TUTOR, Members, uncaught
from tests.support.server import PodiumServer
from tests.support.tab import page_shows
from tests.support.waiting import eventually

_FIELD = "selector => document.querySelector(selector)?.value"
_NO_SIDEWAYS = "() => document.documentElement.scrollWidth <= innerWidth"


class OtherSystem:
    """Takes what is posted to it, unless it is told not to."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = HTTPStatus.NO_CONTENT
        self.posts: list[tuple[dict[str, str], bytes]] = []

    async def _take(self, request: web.Request) -> web.Response:
        self.posts.append((dict(request.headers), await request.read()))
        return web.Response(status=self.answer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OtherSystem]:
        app = web.Application()
        app.router.add_post("/podium", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/podium"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def got(self, count: int) -> dict[str, Any]:
        """The last of so many."""

        async def number() -> int:
            return len(self.posts)

        await eventually(number, f"{count} posts", until=lambda seen: seen >= count)
        body: dict[str, Any] = json.loads(self.posts[count - 1][1])
        return body


def _signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    """By the Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    names = {name.lower(): value for name, value in headers.items()}
    signed = f"{names['webhook-id']}.{names['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


async def test_an_admin_has_another_system_told(tmp_path: Path, chromium: Chromium) -> None:
    env = {"PODIUM__OUTGOING__ALLOW_PRIVATE_ADDRESSES": "true"}
    async with PodiumServer(tmp_path, env=env) as server, OtherSystem().running() as other:
        members = await Members.of(server)
        tab = await chromium.tab(size=PHONE, phone=True)
        try:
            admin = await members.signed_in(TUTOR, tab, "/admin/webhooks")
            await admin.click(selector("add-webhook"))
            await tab.fill(selector("webhook-url"), "school.example.org")
            await admin.click(selector("create-webhook-button"))
            await admin.shows("webhook-url-error")
            await tab.fill(selector("webhook-url"), other.url)
            await tab.page.check('input[value="live-class-started"]')
            await admin.click(selector("create-webhook-button"))
            secret = str(await page_shows(tab, _FIELD, selector("webhook-secret")))
            await tab.page.keyboard.press("Escape")
            await admin.reads("webhook-row", "A class has started")
            assert await tab.evaluate(_NO_SIDEWAYS)

            # a test arrives, signed with the secret that was shown
            await admin.click(selector("webhook-menu"))
            await admin.click(selector("webhook-test"))
            assert (await other.got(1))["event"] == "webhook-test"
            headers, body = other.posts[0]
            assert {name.lower(): value for name, value in headers.items()}["webhook-signature"] == _signature(
                secret, headers, body
            )
            await admin.reads("webhook-attempt-list", "Arrived")

            # a class that starts is told, and one that is only planned is not
            live = await members.plan("Fractions")
            await server.call("POST", f"/live-classes/{live}/start", members.token)
            told = await other.got(2)
            assert (told["event"], told["data"]["liveClass"]["title"]) == ("live-class-started", "Fractions")

            # what the other system says is shown, and tried again later
            other.answer = HTTPStatus.SERVICE_UNAVAILABLE
            await admin.click(selector("webhook-menu"))
            await admin.click(selector("webhook-test"))
            await admin.reads("webhook-attempt-list", "(503)")
            await admin.reads("webhook-attempt-list", "is to be sent")
            other.answer = HTTPStatus.NO_CONTENT

            # another secret, a pause, the end
            await admin.click(selector("webhook-menu"))
            await admin.click(selector("webhook-rotate"))
            fresh = str(await page_shows(tab, _FIELD, selector("webhook-secret")))
            assert fresh != secret
            await tab.page.keyboard.press("Escape")
            await admin.click(selector("webhook-menu"))
            await admin.click(selector("webhook-pause"))
            await admin.reads("webhook-row", "Nothing is sent since")
            await admin.click(selector("webhook-menu"))
            await admin.click(selector("webhook-delete"))
            await admin.click(selector("webhook-delete-confirm"))
            await admin.hides("webhook-row")
            assert uncaught(tab) == []
        finally:
            await tab.close()
