"""Somebody with a keyboard and nothing else."""

from __future__ import annotations

from typing import Final

from tests.support.accessibility import heard
from tests.support.chromium import ChromiumTab
from tests.support.classroom import Person
from tests.support.waiting import eventually

_FOCUSED: Final = "() => document.activeElement?.closest('[data-testid]')?.dataset.testid ?? ''"
_IS_WITHIN: Final = "name => !!document.activeElement.closest(`[data-testid=${name}]`)"
_IS_SHOWN: Final = """() => {
    const { activeElement } = document
    const { width, height } = activeElement.getBoundingClientRect()
    return activeElement.matches(':focus-visible') && width > 0 && height > 0
}"""
_MOST_TABS: Final = 120


class Keys:
    def __init__(self, person: Person) -> None:
        assert isinstance(person.tab, ChromiumTab)
        self.person = person
        self._tab = person.tab

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._tab.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        await self._tab.page.keyboard.type(text)

    async def focused(self) -> str:
        return str(await self._tab.evaluate(_FOCUSED))

    async def go_to(self, name: str, within: str = "") -> None:
        """Tab on until that has the focus, and shows it; `within`: the one in this part of the page."""
        await self.person.shows(name)
        passed: list[str] = []
        for _ in range(_MOST_TABS):
            if await self.focused() == name and (not within or await self._tab.evaluate(_IS_WITHIN, within)):
                assert await self._tab.evaluate(_IS_SHOWN), f"nothing shows that {name} has the focus"
                return
            await self.press("Tab")
            passed.append(await self.focused())
        raise AssertionError(f"{name} is not reached by Tab; passed {passed}")

    async def use(self, name: str, within: str = "") -> None:
        """Go there and press it."""
        await self.go_to(name, within)
        await self.press("Enter")

    async def hears(self, text: str) -> None:
        await eventually(
            self.heard, f"{self.person} hears {text!r}", until=lambda said: any(text in one for one in said)
        )

    async def heard(self) -> list[str]:
        """What the live regions said since `LISTEN`."""
        return await heard(self._tab)

    async def go_along(self, name: str, key: str = "ArrowRight") -> None:
        """By an arrow key, within what has the focus as a whole: tabs, menus."""
        for _ in range(_MOST_TABS):
            if await self.focused() == name:
                return
            await self.press(key)
        raise AssertionError(f"{name} is not reached by {key}")
