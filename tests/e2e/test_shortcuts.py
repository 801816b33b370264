"""Keys of the room, reactions, settings and captions."""

from tests.support.chromium import ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.tab import page_shows

_FOCUSED = "selector => document.activeElement?.closest(selector) !== null"
_SAID = "text => (window.__said ??= []).some(said => said.includes(text))"
_LISTEN = """() => {
    window.__said = []
    new MutationObserver(changes => {
        for (const change of changes) for (const node of change.addedNodes) window.__said.push(node.textContent)
    }).observe(document.querySelector('[aria-live=polite]'), { childList: true, subtree: true })
}"""


async def _press(person: Person, *keys: str) -> None:
    assert isinstance(person.tab, ChromiumTab)
    for key in keys:
        await person.tab.page.keyboard.press(key)


async def test_the_keys_of_the_room(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    assert isinstance(ada.tab, ChromiumTab)
    keyboard = ada.tab.page.keyboard
    await ada.tab.evaluate("() => document.activeElement.blur()")

    # Held, the mic is on; a letter switches it; both rest while somebody types.
    await keyboard.down("Space")
    await ada.has("mic", on=True)
    await keyboard.up("Space")
    await ada.has("mic", on=False)
    await _press(ada, "m")
    await ada.has("mic", on=True)
    await _press(ada, "c")
    await page_shows(ada.tab, _FOCUSED, selector("chat-panel"))
    await ada.click(f"{selector('chat-panel')} textarea")
    await _press(ada, "m", "r", "Space", "?")
    assert await ada.tab.evaluate("() => document.activeElement.value") == "mr ?"
    await together(ada.has("mic", on=True), ada.has("hand", on=False), ada.hides("shortcuts-sheet"))

    # Escape closes the panel and leads back to its button; F2 leads to the toolbar from anywhere.
    await _press(ada, "Escape")
    await ada.hides("chat-panel")
    await page_shows(ada.tab, _FOCUSED, selector("chat-toggle"))
    await _press(ada, "F2")
    await page_shows(ada.tab, _FOCUSED, selector("mic-toggle"))
    await _press(ada, "r")
    await ada.has("hand", on=True)

    # A reaction by keys alone: everyone sees it, and whoever wants to hear of it does.
    await tutor.tab.evaluate(_LISTEN)
    await tutor.click(selector("more-menu"))
    await tutor.click(selector("more-settings"))
    await tutor.click(selector("tab-access"))
    await tutor.click(selector("settings-announce-reactions"))
    await _press(tutor, "Escape")
    await _press(ada, "e")
    await page_shows(ada.tab, _FOCUSED, selector("react-thumbs-up"))
    await _press(ada, "ArrowRight", "ArrowRight", "Enter")
    seen = f"{selector('reaction')}[data-kind=clap]"
    await together(*(page_shows(one.tab, "s => !!document.querySelector(s)", seen) for one in (tutor, ada)))
    await page_shows(tutor.tab, _SAID, "1 clap")

    # The sheet explains the keys; there single ones are switched off, for good.
    await _press(ada, "?")
    await ada.reads("shortcuts-sheet", "Raise or lower your hand")
    await _press(ada, "m")
    await ada.click(selector("single-keys"))
    await _press(ada, "Escape")
    await ada.hides("shortcuts-sheet")
    await _press(ada, "m", "p")
    await ada.refresh()
    await ada.tab.evaluate("() => document.activeElement.blur()")
    await _press(ada, "r", "?", "F2")
    await page_shows(ada.tab, _FOCUSED, selector("mic-toggle"))
    await together(ada.has("hand", on=True), ada.hides("shortcuts-sheet"), ada.shows("people-panel"))

    # A tutor writes along what is said; whoever does not want to read it does not see it.
    await tutor.click(selector("more-menu"))
    await tutor.click(selector("more-write-captions"))
    await _press(tutor, "Escape")
    await tutor.tab.fill(selector("caption-input"), "So <b>far</b>, so good.")
    await _press(tutor, "Enter")
    await together(*(one.reads("caption", "So <b>far</b>, so good.") for one in (tutor, ada)))
    await ada.click(selector("more-menu"))
    await ada.click(selector("more-captions"))
    await ada.hides("caption")
    await tutor.shows("caption-input")
