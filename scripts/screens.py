"""``make screens``: every screen of the client as it is today, on a desktop and on a phone, light and dark, into
docs/screens, to be looked at."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.support.chromium import Chromium
from tests.support.school import open_school
from tests.support.screens import Walk
from tests.support.server import PodiumServer

SCREENS = Path(__file__).resolve().parents[1] / "docs" / "screens"
THEMES = ("light", "dark")
QUALITY = 60
"""Of JPEG: enough to see what is wrong, small enough to keep."""

_WEAR = "theme => { document.documentElement.dataset.theme = theme }"


async def _take(directory: Path, *, phone: bool) -> list[str]:
    device = "phone" if phone else "desktop"
    taken: list[str] = []
    async with PodiumServer(directory) as server, Chromium(directory) as chromium:
        walk = Walk(await open_school(server), chromium, phone=phone)
        async for name, tab in walk.screens():
            before = await tab.evaluate("() => document.documentElement.dataset.theme")
            for theme in THEMES:
                await tab.evaluate(_WEAR, theme)
                await tab.page.screenshot(
                    path=SCREENS / f"{name}-{device}-{theme}.jpg",
                    quality=QUALITY,
                    scale="css",
                    animations="disabled",
                )
            await tab.evaluate(_WEAR, before)
            taken.append(name)
    return taken


def _page(desktop: list[str], phone: list[str]) -> str:
    lines = [
        "# Screens",
        "",
        "Every screen of the client, taken by `make screens`: light and dark, on a desktop and on a phone.",
    ]
    for name in desktop:
        lines += ["", f"## {name.replace('-', ' ').capitalize()}", ""]
        devices = ["desktop", "phone"] if name in phone else ["desktop"]
        widths = {"desktop": 400, "phone": 120}
        lines += [
            f'<img src="{name}-{device}-{theme}.jpg" width="{widths[device]}" alt="{name}, {device}, {theme}">'
            for device in devices
            for theme in THEMES
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    for old in SCREENS.glob("*.jpg"):
        old.unlink()
    with tempfile.TemporaryDirectory() as desk, tempfile.TemporaryDirectory() as hand:
        desktop = asyncio.run(_take(Path(desk), phone=False))
        phone = asyncio.run(_take(Path(hand), phone=True))
    (SCREENS / "README.md").write_text(_page(desktop, phone), encoding="utf-8")
    size = sum(file.stat().st_size for file in SCREENS.glob("*.jpg"))
    sys.stdout.write(f"{len(desktop)} screens on a desktop, {len(phone)} on a phone, {size // 1024} KiB\n")


if __name__ == "__main__":
    main()
