"""Names and texts that mean harm, from left to right and from right to left, on a desktop and a phone: what is
written is shown, and nothing else happens."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as named
from tests.support.covered import COVERED, IS_WIDER
from tests.support.tab import page_shows

HTML = '<img src=x onerror="window.__harm=1"><b>Bold</b><script>window.__harm=2</script>'
TURNED = "\u202eadA [me](javascript:window.__harm=3) **bold** #1"
EMOJI = "👩🏽‍🚀" * 25
"""25 to look at, 100 to a program: names are no longer."""
SAID = (
    HTML,
    TURNED,
    "🦄" * 200,
    "`" * 50 + "\u2067\u202e" + "~" * 50,
    "data:text/html,<script>window.__harm=4</script>",
)

# What turns the direction of text reaches nothing but the name or the text it is part of.
_TURNS = """() => {
    const isApart = element => {
        const { display, unicodeBidi } = getComputedStyle(element)
        return display !== 'inline' || /isolate|plaintext/.test(unicodeBidi)
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found = []
    while (texts.nextNode()) {
        const bare = texts.currentNode.data.replaceAll(/\\u2068[^\\u2069]*\\u2069/g, '')
        let element = texts.currentNode.parentElement
        if (!bare.includes('\\u202e') || element.closest('.visually-hidden, script, title')) continue
        while (!isApart(element)) element = element.parentElement
        if (!element.textContent.trimEnd().endsWith('#1')) found.push(element.textContent)
    }
    return found
}"""
_HARM = """() => ({
    ran: window.__harm ?? null,
    made: document.querySelectorAll('img[src="x"], a[href^="javascript:"], a[href^="data:"], [onerror]').length,
})"""
_OUTSIDE = """() => ['participant-row', 'chat-message', 'tile', 'toast', 'class-title']
    .flatMap(name => [...document.querySelectorAll(`[data-testid=${name}], [data-testid=chat-message] *`)])
    .filter(element => element.checkVisibility())
    .filter(element => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 0 && (left < -1 || right > innerWidth + 1)
    }).map(element => element.textContent)"""
_NAMED = """names => names.every(name => [...document.querySelectorAll('[data-testid=participant-row] bdi')]
    .some(element => element.textContent === name))"""
_IS_BACK = """direction => document.documentElement.dir === direction
    && !!document.querySelector('[data-testid=room], [data-testid=join-button]')"""
_ENGLISH = """() => [...document.querySelectorAll('[role=toolbar] button, aside :is(button, h2)')]
    .filter(element => element.checkVisibility())
    .map(element => element.getAttribute('aria-label') ?? element.textContent)
    .filter(text => !/[\\u0600-\\u06ff]/.test(text))"""
_SIDES = """() => ['stage', 'chat-panel'].map(name =>
    document.querySelector(`[data-testid=${name}]`).getBoundingClientRect().left)"""


def _page(person: Person) -> Any:
    assert isinstance(person.tab, ChromiumTab)
    return person.tab.page


async def _says(person: Person, text: str) -> None:
    await person.turn("chat", on=True)
    await person.tab.fill(named("chat-input"), text)
    await person.click(named("chat-send"))


async def _is_unharmed(*people: Person) -> None:
    """In the room, with the list of people open and with the chat."""
    for person in people:
        for panel in ("people", "chat"):
            await person.turn("people" if panel == "people" else "chat", on=True)
            await person.shows(f"{panel}-panel")
            assert await person.tab.evaluate(_HARM) == {"ran": None, "made": 0}
            assert await person.tab.evaluate(_TURNS) == []
            assert await person.tab.evaluate(_OUTSIDE) == []
            assert not await person.tab.evaluate(IS_WIDER)
            assert await person.tab.evaluate(COVERED) == []


async def _speaks(person: Person, language: str, direction: str) -> None:
    """Choose a language in the settings of the room, and be back in the seat."""
    await person.press("more-menu")
    await person.click(named("more-settings"))
    await person.click(named("tab-looks"))
    await _page(person).select_option(named("settings-language"), language)
    await page_shows(person.tab, _IS_BACK, direction)
    if await person.tab.evaluate("selector => !!document.querySelector(selector)", named("join-button")):
        await person.enter()
    before = person.id
    await person.is_in_the_room()
    assert person.id == before


async def test_bad_names_and_texts_are_shown_and_do_nothing(classroom: Classroom, chromium: Chromium) -> None:
    tutor = await classroom.tutor(shown_as=HTML)
    ada = await classroom.student("Ada", partial(chromium.tab, size=PHONE, phone=True), shown_as=TURNED)
    ben = await classroom.student("Ben", shown_as=EMOJI)
    await together(*(person.join() for person in (tutor, ada, ben)))
    await together(*(page_shows(person.tab, _NAMED, [HTML, TURNED, EMOJI]) for person in (tutor, ada, ben)))
    await together(tutor.turn("camera", on=True), ada.turn("camera", on=True), ada.turn("hand", on=True))
    await together(ada.sees(tutor), tutor.sees(ada), tutor.reads("toast", "adA"))
    assert await tutor.tab.evaluate(_TURNS) == []
    for text in SAID:
        await _says(ada, text)
    await ben.turn("chat", on=True)
    await ben.reads("chat-message", SAID[-1])
    await ben.reads("chat-message", HTML)
    await ben.reads("chat-message", "🦄" * 200)
    await _is_unharmed(tutor, ada)

    # The same from right to left.
    await together(_speaks(tutor, "ar", "rtl"), _speaks(ada, "ar", "rtl"))
    await ben.turn("people", on=True)
    await ben.counts(3)
    await together(*(page_shows(person.tab, _NAMED, [HTML, TURNED, EMOJI]) for person in (tutor, ada)))
    await together(tutor.turn("camera", on=True), ada.turn("camera", on=True))
    await together(ada.sees(tutor), tutor.sees(ada))
    await ben.turn("hand", on=True)
    await tutor.shows("toast")
    await _is_unharmed(tutor, ada)
    for person in (tutor, ada):
        assert await person.tab.evaluate(_ENGLISH) == []
    stage, panel = await tutor.tab.evaluate(_SIDES)
    assert panel < stage
    await _speaks(tutor, "", "ltr")
    await tutor.turn("chat", on=True)
    stage, panel = await tutor.tab.evaluate(_SIDES)
    assert stage < panel
    for person in (tutor, ada, ben):
        assert isinstance(person.tab, ChromiumTab)
        assert not [
            line for line in person.tab.console if line.startswith("uncaught") or "Security Policy" in line
        ]
