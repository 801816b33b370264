"""A browser tab, whatever the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tests.support.waiting import PATIENCE, eventually


class PageChanged(Exception):
    """The page went away while a function ran in it."""


class Tab(Protocol):
    """What the tests need of a tab. ``selector`` is CSS; what is not there yet is waited for."""

    console: list[str]
    """What the page wrote to its console, and its uncaught errors."""

    async def goto(self, url: str) -> None: ...

    async def reload(self) -> None: ...

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function, wait for its promise, return its (JSON) value. Raises `PageChanged`."""

    async def click(self, selector: str) -> None:
        """As a person does: by a pointer at the middle of the element."""

    async def fill(self, selector: str, text: str) -> None: ...

    async def screenshot(self, path: Path) -> None: ...

    async def close(self) -> None: ...


async def page_shows(tab: Tab, condition: str, *arguments: Any, within: float = PATIENCE) -> Any:
    """Wait until a JavaScript function returns something true; that value."""

    async def look() -> Any:
        try:
            return await tab.evaluate(condition, *arguments)
        except PageChanged:
            return None

    return await eventually(look, f"{condition} {arguments or ''}", within=within)
