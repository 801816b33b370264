"""Firefox ESR by WebDriver BiDi, spoken over its own WebSocket: no driver program in between."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from tests.support.network import Namespace
from tests.support.process import Program
from tests.support.waiting import PATIENCE, eventually

PREFERENCES: Mapping[str, bool | int | str] = {
    # Cameras: a moving picture and a tone, without a question, on plain http too.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.devices.insecure.enabled": True,
    "media.getusermedia.insecure.enabled": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # Nothing but what the tests ask for: no start page, updates, telemetry, codec downloads, remote settings.
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.newtabpage.activity-stream.feeds.section.topstories": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "captivedetect.canonicalURL": "",
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-provider.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.manage-offline-status": False,
    "network.prefetch-next": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
    "toolkit.telemetry.unified": False,
    "remote.log.truncate": False,
}
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class BidiError(Exception):
    """Firefox refused a command, or a script threw."""


class FirefoxTab:
    """A tab in a user context (container) of its own."""

    def __init__(self, firefox: Firefox, user_context: str, context: str) -> None:
        self._firefox = firefox
        self._user_context = user_context
        self.context = context
        self.console: list[str] = []

    async def goto(self, url: str) -> None:
        await self._firefox.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    async def reload(self) -> None:
        await self._firefox.send("browsingContext.reload", context=self.context, wait="complete")

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        # Values cross as JSON: BiDi's own way to write them is far longer.
        result = await self._call(
            f"async (text) => JSON.stringify(await ({function})(...JSON.parse(text))) ?? 'null'",
            {"type": "string", "value": json.dumps(arguments)},
        )
        return json.loads(result["value"])

    async def click(self, selector: str) -> None:
        element = await self._element(selector)
        actions: list[dict[str, Any]] = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": element}},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "mouse", "actions": actions}
        await self._firefox.send("input.performActions", context=self.context, actions=[finger])

    async def fill(self, selector: str, text: str) -> None:
        await self._element(selector)
        await self.evaluate(
            """(selector, text) => {
                const field = document.querySelector(selector)
                field.focus()
                field.value = text
                field.dispatchEvent(new InputEvent('input', { bubbles: true }))
            }""",
            selector,
            text,
        )

    async def screenshot(self, path: Path) -> None:
        picture = await self._firefox.send("browsingContext.captureScreenshot", context=self.context)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(picture["data"]))

    async def close(self) -> None:
        await self._firefox.send("browser.removeUserContext", userContext=self._user_context)
        self._firefox.forget(self)

    async def _element(self, selector: str) -> dict[str, str]:
        """A reference to the element, once it is there, visible, enabled, and stays where it is."""

        async def find() -> dict[str, Any]:
            return await self._call(
                """async selector => {
                    const found = document.querySelector(selector)
                    if (!found || found.disabled || !found.getClientRects().length) return null
                    found.scrollIntoView({ block: 'nearest' })
                    const place = () => JSON.stringify(found.getBoundingClientRect())
                    const before = place()
                    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
                    return found.isConnected && place() === before ? found : null
                }""",
                {"type": "string", "value": selector},
            )

        found = await eventually(find, f"{selector} is there", until=lambda value: value["type"] == "node")
        return {"sharedId": found["sharedId"]}

    async def _call(self, function: str, *arguments: dict[str, str]) -> dict[str, Any]:
        answer = await self._firefox.send(
            "script.callFunction",
            functionDeclaration=function,
            awaitPromise=True,
            target={"context": self.context},
            arguments=list(arguments),
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        result: dict[str, Any] = answer["result"]
        return result


class Firefox:
    """``async with Firefox(directory) as firefox``; then `tab` as often as needed.

    ``directory`` gets the profile and ``firefox.log``. Firefox gathers no loopback candidates: for media it has
    to run in a namespace with a real address.
    """

    def __init__(self, directory: Path, *, namespace: Namespace | None = None) -> None:
        self._directory = directory
        self._namespace = namespace
        self._program: Program | None = None
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, FirefoxTab] = {}

    async def __aenter__(self) -> Firefox:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def tab(self, *, size: tuple[int, int] = (1280, 800)) -> FirefoxTab:
        """A new tab that shares nothing with the others."""
        user_context = (await self.send("browser.createUserContext"))["userContext"]
        made = await self.send("browsingContext.create", type="window", userContext=user_context)
        tab = FirefoxTab(self, user_context, made["context"])
        self._tabs[tab.context] = tab
        viewport = {"width": size[0], "height": size[1]}
        await self.send("browsingContext.setViewport", context=tab.context, viewport=viewport)
        return tab

    def forget(self, tab: FirefoxTab) -> None:
        """The tab is closed."""
        self._tabs.pop(tab.context, None)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """A BiDi command; its result. Raises `BidiError`."""
        assert self._socket is not None, "Firefox was not started"
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(answer, PATIENCE)

    async def _start(self) -> None:
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            raise FileNotFoundError("firefox-esr is not installed: run scripts/install-test-tools")
        profile = self._directory / "firefox-profile"
        profile.mkdir(parents=True, exist_ok=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines) + "\n")
        self._program = await Program.start(
            program,
            "--headless",
            "--no-remote",
            "--profile",
            str(profile),
            "--remote-debugging-port",
            "0",
            log=self._directory / "firefox.log",
            env={"HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1", "MOZ_DISABLE_AUTO_SAFE_MODE": "1"},
            namespace=self._namespace,
        )
        url = await eventually(self._listening, "Firefox listens")
        self._http = aiohttp.ClientSession(connector=self._namespace.connector() if self._namespace else None)
        self._socket = await self._http.ws_connect(f"{url}/session", max_msg_size=0)
        self._reader = asyncio.create_task(self._read(self._socket), name="firefox-reader")
        await self.send("session.new", capabilities={})
        await self.send("session.subscribe", events=["log.entryAdded"])

    async def _stop(self) -> None:
        if self._socket is not None and not self._socket.closed:
            with contextlib.suppress(BidiError, TimeoutError, OSError):
                await self.send("browser.close")
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._http is not None:
            await self._http.close()
        if self._program is not None:
            await self._program.stop()

    async def _listening(self) -> str | None:
        assert self._program is not None
        if not self._program.is_running:
            raise self._program.failure("Firefox ended")
        match = LISTENING.search(self._program.output())
        return match and match[1]

    async def _read(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in stream:
                self._take(json.loads(message.data))
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(BidiError("Firefox closed the connection"))

    def _take(self, message: dict[str, Any]) -> None:
        answer = self._answers.pop(message.get("id") or 0, None)
        if answer is not None and not answer.done():
            if message["type"] == "success":
                answer.set_result(message["result"])
            else:
                answer.set_exception(BidiError(f"{message['error']}: {message['message']}"))
        elif message.get("method") == "log.entryAdded":
            entry = message["params"]
            tab = self._tabs.get(entry["source"].get("context", ""))
            if tab is not None:
                tab.console.append(f"{entry['level']}: {entry['text']}")
