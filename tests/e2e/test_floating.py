"""Hands, chat and one's own microphone in a small window over all others, while a tutor presents elsewhere."""

from playwright.async_api import Page, expect

from tests.support.accessibility import violations
from tests.support.chromium import ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as named
from tests.support.tab import page_shows

_IS_OPEN = "isOpen => !!window.documentPictureInPicture.window === isOpen"


async def _float(tutor: Person) -> Page:
    assert isinstance(tutor.tab, ChromiumTab)
    async with tutor.tab.page.context.expect_page() as opening:
        await tutor.click(named("float-toggle"))
    small = await opening.value
    await small.set_viewport_size({"width": 340, "height": 460})
    await expect(small.get_by_test_id("floating")).to_be_visible()
    return small


async def test_a_tutor_who_presents_elsewhere_follows_the_class_in_a_small_window(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await tutor.turn("screen", on=True)
    small = await _float(tutor)
    hands = small.get_by_role("region", name="Raised hands")
    await expect(hands).to_contain_text("No hand is up.")

    # What comes is seen there, in order, and answered there.
    await ada.turn("hand", on=True)
    await expect(hands.get_by_role("listitem")).to_contain_text(["Ada"])
    await ben.turn("hand", on=True)
    await ada.turn("chat", on=True)
    await ada.tab.fill(named("chat-input"), "We cannot see your screen yet")
    await ada.click(named("chat-send"))
    await expect(hands.get_by_role("listitem")).to_contain_text(["Ada", "Ben"])
    await expect(small.get_by_role("region", name="Chat")).to_contain_text("We cannot see your screen yet")
    await hands.get_by_role("button", name="Lower the hand of Ben").click()
    await ben.has("hand", on=False)
    await expect(hands.get_by_role("listitem")).to_contain_text(["Ada"])
    await hands.get_by_role("button", name="Let speak: Ada").click()
    await ada.reads("speak-offer", "Noether lets you speak")
    await small.get_by_test_id("floating-mic").click()
    await together(tutor.has("mic", on=True), ada.hears_something())
    assert isinstance(tutor.tab, ChromiumTab)
    assert await violations(ChromiumTab(small.context, small)) == []

    # Closed there or here, or with the end of sharing, it is gone, and the class goes on in its own window.
    await small.close()
    await page_shows(tutor.tab, _IS_OPEN, False)
    await page_shows(
        tutor.tab, "selector => document.querySelector(selector).ariaPressed === 'false'", named("float-toggle")
    )
    await ada.turn("mic", on=True)
    await _float(tutor)
    await tutor.click(named("float-toggle"))
    await page_shows(tutor.tab, _IS_OPEN, False)
    await _float(tutor)
    await tutor.turn("screen", on=False)
    await page_shows(tutor.tab, _IS_OPEN, False)
    await tutor.hides("float-toggle")
    await tutor.lists(ada, audio="true")
    assert not [line for line in tutor.tab.console if line.startswith("uncaught")]
