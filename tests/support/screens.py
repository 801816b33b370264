"""A walk through every screen of the client, on one desktop or one phone: for what looks at all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from tests.support.chromium import DESKTOP, PHONE, Chromium, ChromiumTab
from tests.support.classroom import Person, Switch, testid, together
from tests.support.school import PASSWORD, STUDENTS, TUTOR, School, username
from tests.support.tab import page_shows

Screen = tuple[str, ChromiumTab]

_SETTLED: Final = """() => {
    const shown = selector => [...document.querySelectorAll(selector)].some(e => e.getClientRects().length)
    return !!document.querySelector('h1, h2, [data-testid=room]') && !shown('[data-loading=true]')
        && !/One moment…|Loading…/.test(document.body.innerText)
}"""
_TABS: Final = "() => [...document.querySelectorAll('main [role=tab]')].map(tab => tab.dataset.testid)"
_POLL: Final = """() => window.__podium.session.act('create-poll', {
    id: 'pendulum', launch: true, question: 'What does the period of a pendulum depend on?',
    options: ['Its mass', 'Its length', 'How far it swings'], correct: [1],
    explanation: 'For small swings, its length and gravity alone.',
})"""
MESSAGES: Final = (
    "What is the ball’s speed at the turning points?",
    "Zero, for a moment. See https://example.org/pendulum",
    "And the largest in the middle!",
)


class Walk:
    """``async for name, tab in Walk(school, chromium, phone=False).screens()``: each is shown when it is given."""

    def __init__(self, school: School, chromium: Chromium, *, phone: bool) -> None:
        self._school = school
        self._url = school.server.url
        self._chromium = chromium
        self._phone = phone
        self._tabs: list[ChromiumTab] = []

    async def screens(self) -> AsyncIterator[Screen]:
        try:
            async for screen in self._doors():
                yield screen
            tutor = await self._signed_in(TUTOR)
            async for screen in self._own_pages(tutor):
                yield screen
            async for screen in self._class(tutor):
                yield screen
        finally:
            for tab in self._tabs:
                await tab.close()

    def complaints(self) -> list[str]:
        """What the pages' consoles say that should not be there."""
        return [
            line
            for tab in self._tabs
            for line in tab.console
            if line.startswith("uncaught") or "Content Security Policy" in line
        ]

    async def _tab(self) -> ChromiumTab:
        size, scale = (PHONE, 2) if self._phone else (DESKTOP, 1)
        tab = await self._chromium.tab(size=size, phone=self._phone, scale=scale)
        self._tabs.append(tab)
        return tab

    async def _open(self, tab: ChromiumTab, path: str) -> None:
        await tab.goto(f"{self._url}{path}")
        await page_shows(tab, _SETTLED)

    async def _signed_in(self, name: str) -> Person:
        tab = await self._tab()
        person = Person(tab, name, "student", f"{self._url}/class/{self._school.live}")
        await tab.goto(f"{self._url}/sign-in")
        await person.shows("sign-in-page")
        await tab.fill(testid("name-input"), username(name))
        await tab.fill(testid("password-input"), PASSWORD)
        await person.click(testid("sign-in-button"))
        await person.shows("home-page")
        return person

    # --- without an account -----------------------------------------------------------------------------

    async def _doors(self) -> AsyncIterator[Screen]:
        server, school = self._school.server, self._school
        tab = await self._tab()
        for name, path in (("sign-in", "/sign-in"), ("sign-up", "/sign-up"), ("no-such-page", "/nowhere/at/all")):
            await self._open(tab, path)
            yield name, tab
        invite = await server.call(
            "POST", f"/courses/{school.course}/invites", school.tutor_token, role="guest", liveClassId=school.live
        )
        await self._open(tab, f"/invite#token={invite['token']}")
        yield "invite", tab
        await self._open(tab, f"/set-password#token={'x' * 32}")
        yield "set-password", tab

    # --- outside of classes ------------------------------------------------------------------------------

    async def _own_pages(self, tutor: Person) -> AsyncIterator[Screen]:
        tab, school = tutor.tab, self._school
        assert isinstance(tab, ChromiumTab)
        await page_shows(tab, _SETTLED)
        yield "home", tab
        await tutor.click(testid("plan-class"))
        await tutor.shows("plan-dialog")
        yield "plan-a-class", tab
        await self._open(tab, f"/courses/{school.course}")
        async for screen in self._each_tab(tutor, "course"):
            yield screen
        await self._open(tab, f"/live-classes/{school.planned}")
        yield "planned-class", tab
        for name, path in (("chats", "/chats"), ("chat", f"/chats/{school.group}")):
            await self._open(tab, path)
            yield name, tab
        for name in ("notifications", "profile"):
            await self._open(tab, f"/{name}")
            yield name, tab
        for name in ("users", "sessions", "storage", "settings", "audit"):
            await self._open(tab, f"/admin/{name}")
            yield f"admin-{name}", tab

    async def _each_tab(self, person: Person, name: str) -> AsyncIterator[Screen]:
        assert isinstance(person.tab, ChromiumTab)
        tabs = await person.tab.evaluate(_TABS)
        if not tabs:
            yield name, person.tab
        for one in tabs:
            await person.click(testid(one))
            await page_shows(person.tab, _SETTLED)
            yield f"{name}-{one.removeprefix('tab-')}", person.tab

    # --- a class -------------------------------------------------------------------------------------------

    async def _class(self, tutor: Person) -> AsyncIterator[Screen]:
        ada = await self._signed_in(STUDENTS[0])
        others = [await self._signed_in(name) for name in STUDENTS[1:3]]
        assert isinstance(ada.tab, ChromiumTab)
        assert isinstance(tutor.tab, ChromiumTab)
        await ada.open()
        yield "join", ada.tab
        for sheet in ("data-use", "line"):
            await ada.click(testid(f"{sheet}-open"))
            await ada.shows(f"{sheet}-sheet")
            yield f"join-{sheet}", ada.tab
            await ada.tab.page.keyboard.press("Escape")
        await ada.enter()
        await ada.shows("waiting-page")
        yield "waiting", ada.tab
        await tutor.open()
        await tutor.enter()
        await tutor.shows("room")
        yield "room-tutor-alone", tutor.tab
        await together(*(person.is_in_the_room() for person in (tutor, ada)))
        for person in others:
            await person.join()
        await together(
            tutor.turn("camera", on=True), tutor.turn("mic", on=True), others[0].turn("camera", on=True)
        )
        await together(ada.sees(tutor), *(person.turn("hand", on=True) for person in others))
        for speaker, text in zip((ada, tutor, others[1]), MESSAGES, strict=True):
            await speaker.turn("chat", on=True)
            await speaker.tab.fill(testid("chat-input"), text)
            await speaker.click(testid("chat-send"))
            await ada.turn("chat", on=True)
            await ada.reads("chat-message", text)
        async for screen in self._room(ada, "student"):
            yield screen
        await tutor.tab.evaluate(_POLL)
        async for screen in self._room(tutor, "tutor"):
            yield screen
        await ada.turn("polls", on=True)
        await ada.reads("polls-panel", "pendulum")
        yield "room-student-poll", ada.tab
        await tutor.click(testid("end-button"))
        await tutor.shows("end-confirm")
        yield "room-tutor-end", tutor.tab
        await tutor.click(testid("end-confirm"))
        await together(ada.shows("left-page"), tutor.shows("left-page"))
        yield "left", ada.tab
        await self._open(tutor.tab, f"/live-classes/{self._school.live}")
        async for screen in self._each_tab(tutor, "ended-class"):
            yield screen

    async def _room(self, person: Person, who: str) -> AsyncIterator[Screen]:
        tab = person.tab
        assert isinstance(tab, ChromiumTab)
        panels: tuple[Switch, ...] = ("people", "chat", "polls")
        for panel in panels:
            await person.turn(panel, on=True)
            await person.shows(f"{panel}-panel")
            yield f"room-{who}-{panel}", tab
        await person.turn("polls", on=False)
        yield f"room-{who}", tab
        for sheet, is_for in (
            ("reception-toggle", "student tutor"),
            ("reactions-toggle", "student"),
            ("more-menu", "student tutor"),
            ("class-menu", "tutor"),
            ("layout-toggle", "student"),
        ):
            if who in is_for:
                await self._reach(person, sheet)
                yield f"room-{who}-{sheet.removesuffix('-toggle')}", tab
                await tab.page.keyboard.press("Escape")
        for command in ("settings", "shortcuts"):
            if who == "student":
                await self._from_more(person, command)
                await person.shows(f"{command}-sheet")
                yield f"room-{command}", tab
                await tab.page.keyboard.press("Escape")

    async def _reach(self, person: Person, name: str) -> None:
        """On a phone some buttons stand behind another one."""
        if not await person.tab.evaluate(
            "selector => !!document.querySelector(selector)?.getClientRects().length", testid(name)
        ):
            await person.click(testid("overflow-toggle"))
        await person.click(testid(name))

    async def _from_more(self, person: Person, name: str) -> None:
        await self._reach(person, "more-menu")
        await person.click(testid(f"more-{name}"))
