"""Chromium by Playwright: one browser, an isolated context for each tab."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, async_playwright

from tests.support.film import write_film
from tests.support.network import Namespace
from tests.support.tab import PageChanged
from tests.support.waiting import PATIENCE

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter",
    # Tabs in the background are as busy as the one in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
DESKTOP = (1280, 800)
PHONE = (390, 844)


class ChromiumTab:
    """A page in a context of its own."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self._context = context
        self.page = page
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))

    async def goto(self, url: str) -> None:
        await self.page.goto(url)

    async def reload(self) -> None:
        await self.page.reload()

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        try:
            return await self.page.evaluate(f"arguments => ({function})(...arguments)", list(arguments))
        except Error as error:
            if "Execution context was destroyed" in error.message:
                raise PageChanged from error
            raise

    async def click(self, selector: str) -> None:
        await self.page.click(selector)

    async def fill(self, selector: str, text: str) -> None:
        await self.page.fill(selector, text)

    async def screenshot(self, path: Path) -> None:
        await self.page.screenshot(path=path, animations="disabled")

    async def close(self) -> None:
        await self._context.close()


class Chromium:
    """``async with Chromium(directory) as chromium``; then `tab` as often as needed.

    In a namespace, ``insecure_origin`` is an http origin whose pages may use cameras all the same.
    """

    def __init__(
        self,
        directory: Path,
        *,
        namespace: Namespace | None = None,
        insecure_origin: str | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        self._directory = directory
        self._namespace = namespace
        film = directory / "camera.y4m"
        directory.mkdir(parents=True, exist_ok=True)
        write_film(film)
        self._flags = [*FLAGS, f"--use-file-for-fake-video-capture={film.resolve()}", *flags]
        if insecure_origin is not None:
            self._flags.append(f"--unsafely-treat-insecure-origin-as-secure={insecure_origin}")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def __aenter__(self) -> Chromium:
        self._playwright = await async_playwright().start()
        try:
            self._browser = await self._playwright.chromium.launch(
                executable_path=self._executable(),
                channel="chromium",
                headless=True,
                args=self._flags,
                timeout=PATIENCE * 1000,
            )
        except BaseException:
            await self._playwright.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def tab(
        self,
        *,
        size: tuple[int, int] = DESKTOP,
        phone: bool = False,
        scale: float = 1,
        colors: Literal["light", "dark"] = "light",
        zone: str | None = None,
    ) -> ChromiumTab:
        """A new tab that shares nothing with the others. ``zone`` is an IANA name; None: that of this machine."""
        assert self._browser is not None
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=scale,
            color_scheme=colors,
            locale="en-GB",
            timezone_id=zone,
        )
        context.set_default_timeout(PATIENCE * 1000)
        return ChromiumTab(context, await context.new_page())

    def _executable(self) -> str:
        chromium = shutil.which("chromium")
        if chromium is None:
            raise FileNotFoundError("chromium is not installed: run scripts/install-test-tools")
        if self._namespace is None:
            return chromium
        # Playwright talks to the browser over inherited pipes, which pass through `ip netns exec`.
        script = self._directory / f"chromium-{self._namespace.name}"
        script.write_text(f'#!/bin/sh\nexec {" ".join(self._namespace.command(chromium))} "$@"\n')
        script.chmod(stat.S_IRWXU)
        return os.fspath(script.resolve())
