"""A class without a pointer and without a screen: all of it by keys, and what the live regions said meanwhile."""

from pathlib import Path

from tests.support.accessibility import LISTEN, heard
from tests.support.chromium import Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person
from tests.support.server import PodiumServer
from tests.support.waiting import eventually

_FOCUSED = "() => document.activeElement?.closest('[data-testid]')?.dataset.testid ?? ''"
_IS_SHOWN = """() => {
    const { activeElement } = document
    const { width, height } = activeElement.getBoundingClientRect()
    return activeElement.matches(':focus-visible') && width > 0 && height > 0
}"""
MOST_TABS = 120


class Keys:
    """Somebody with a keyboard and nothing else."""

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

    async def go_to(self, name: str) -> None:
        """Tab on until that has the focus, and shows it."""
        await self.person.shows(name)
        passed: list[str] = []
        for _ in range(MOST_TABS):
            if await self.focused() == name:
                assert await self._tab.evaluate(_IS_SHOWN), f"nothing shows that {name} has the focus"
                return
            await self.press("Tab")
            passed.append(await self.focused())
        raise AssertionError(f"{name} is not reached by Tab; passed {passed}")

    async def use(self, name: str) -> None:
        """Go there and press it."""
        await self.go_to(name)
        await self.press("Enter")

    async def hears(self, text: str) -> None:
        async def said() -> list[str]:
            return await heard(self._tab)

        await eventually(
            said, f"{self.person} hears {text!r}", until=lambda all_: any(text in one for one in all_)
        )


async def test_a_class_by_keys_alone(server: PodiumServer, chromium: Chromium, artifacts: Path) -> None:
    async with Classroom(server, chromium.tab, artifacts) as classroom:
        tutor, ada = Keys(await classroom.tutor()), Keys(await classroom.student("Ada"))
        for keys in (tutor, ada):
            await keys.person.tab.goto(keys.person._link)
            await keys.use("join-button")
            await keys.person.shows("room")
            await keys.person.tab.evaluate(LISTEN)

        await tutor.press("m")
        await tutor.person.has("mic", on=True)
        await tutor.press("v")
        await tutor.person.has("camera", on=True)
        await ada.use("hand-toggle")
        await ada.person.has("hand", on=True)
        await tutor.hears("Ada")

        await tutor.use("people-toggle")
        await tutor.use("let-speak")
        await ada.person.shows("speak-offer")
        await ada.hears("lets you speak")
        assert await ada.focused() == "hand-toggle", "an offer takes no focus"
        await ada.use("speak-accept")
        await ada.person.has("mic", on=True)

        await ada.press("F2")
        await ada.press("c")
        await ada.person.shows("chat-panel")
        await ada.go_to("chat-input")
        await ada.write("May I ask something? Mmm v p")
        await ada.press("Enter")
        await ada.person.reads("chat-message", "Mmm v p")
        assert await ada.person.is_on("mic"), "letters that are typed switch nothing"
        await tutor.hears("May I ask something?")

        await tutor.press("o")
        await tutor.use("poll-new")
        await tutor.go_to("poll-composer-question")
        await tutor.write("Is zero even?")
        for answer in ("Yes", "No"):
            await tutor.press("Tab")
            while await tutor.focused() != "poll-composer-option":
                await tutor.press("Tab")
            await tutor.write(answer)
        await tutor.use("poll-ask")
        await ada.hears("Is zero even?")
        assert await ada.focused() == "chat-input", "a poll takes no focus"
        await ada.press("Escape")
        await ada.use("polls-toggle")
        await ada.go_to("vote-option")
        await ada.press("Space")
        await ada.use("vote-send")
        await tutor.person.reads("poll-turnout", "1")

        await ada.use("reception-toggle")
        await ada.use("reception-audio")
        await ada.person.reads("reception-step", "Sound only")
        await ada.person.hides("reception-menu")
        assert await ada.focused() == "reception-toggle", "the focus comes back from a menu"

        await tutor.use("class-menu")
        await tutor.person.shows("class-menu-menu")
        await tutor.press("Escape")
        assert await tutor.focused() == "class-menu"
        await tutor.use("end-button")
        await tutor.use("end-confirm")
        await ada.person.shows("left-page")
        await tutor.person.shows("left-page")
