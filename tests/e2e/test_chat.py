"""The chat of a class: said, answered, changed and taken back, with pictures, and over a lost connection."""

import struct
import zlib

from playwright.async_api import FilePayload

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.tab import page_shows

_MARKUP = '<img src=x onerror="window.stolen = 1"> <b>Is ½ the same as 2/4?</b>'
_COUNT = """(selector, text) =>
    [...document.querySelectorAll(selector)].filter(element => element.textContent.includes(text)).length"""


def _png(width: int, height: int) -> bytes:
    """A plain picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x0f\x6b\x62" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


async def _says(person: Person, text: str) -> None:
    await person.tab.fill(selector("chat-input"), text)
    await person.click(selector("chat-send"))


async def _acts(person: Person, text: str, act: str) -> None:
    """Choose an entry of the menu of the message with this text."""
    tab = person.tab
    assert isinstance(tab, ChromiumTab)
    message = tab.page.get_by_test_id("chat-message").filter(has_text=text).last
    await message.focus()
    await message.get_by_test_id("message-more").click()
    await person.click(selector(act))


async def _counts(person: Person, text: str, expected: int, name: str = "chat-message") -> None:
    await page_shows(
        person.tab,
        f"(selector, text, count) => ({_COUNT})(selector, text) === count",
        selector(name),
        text,
        expected,
    )


async def test_a_class_talks_about_a_question(classroom: Classroom, chromium: Chromium) -> None:
    async def phone() -> ChromiumTab:
        return await chromium.tab(size=PHONE, phone=True)

    tutor, ada, ben = (
        await classroom.tutor(),
        await classroom.student("Ada"),
        await classroom.student("Ben", phone),
    )
    people = (tutor, ada, ben)
    await together(*(person.join() for person in people))
    await together(*(person.turn("chat", on=True) for person in people))

    # a question, as text and nothing else, for everyone
    await ada.click(selector("chat-question"))
    await _says(ada, _MARKUP)
    await together(*(_counts(person, _MARKUP, 1) for person in people))
    for person in people:
        assert not await person.tab.evaluate("() => 'stolen' in window || !!document.querySelector('article b')")

    # its answer, found again by the question
    await _acts(tutor, "same as 2/4", "act-reply")
    await tutor.shows("compose-reply")
    await tutor.click(selector("chat-answer"))
    await _says(tutor, "Yes: both are one half.")
    await together(ben.reads("chat-quote", "same as 2/4"), ada.reads("message-replies", "1 reply"))

    # changed, liked, taken back: seen by the others
    await _acts(tutor, "both are one half", "act-edit")
    await _says(tutor, "Yes: both are exactly one half.")
    await together(ada.reads("chat-message", "exactly one half"), ben.shows("message-edited"))
    await _acts(ben, "exactly one half", "react-👍")
    await tutor.reads("reaction-chip", "👍 1")
    await _says(ada, "never mind")
    await ben.reads("chat-message", "never mind")
    await _acts(ada, "never mind", "act-delete")
    await ada.click(selector("act-confirm"))
    await together(*(_counts(person, "never mind", 0) for person in people))


async def test_a_picture_waits_to_be_asked_for_and_what_was_written_offline_is_sent_once(
    classroom: Classroom,
) -> None:
    tutor, ada = await classroom.full("Ada")
    await together(tutor.turn("chat", on=True), ada.turn("chat", on=True))
    await ada.chooses("saver")
    assert isinstance(tutor.tab, ChromiumTab)
    picture = FilePayload(name="half.png", mimeType="image/png", buffer=_png(600, 400))
    await tutor.tab.page.get_by_test_id("chat-files").set_input_files([picture])
    await tutor.shows("upload-done")
    await _says(tutor, "Look at this")
    await together(tutor.shows("chat-picture"), ada.shows("picture-ask"))
    await ada.hides("chat-picture")
    await ada.click(selector("picture-ask"))
    await ada.shows("chat-picture")

    assert isinstance(ada.tab, ChromiumTab)
    context = ada.tab.page.context
    await context.set_offline(True)
    await ada.shows("chat-away", within=60)
    await _says(ada, "written on the train")
    await ada.reads("chat-pending", "written on the train")
    await context.set_offline(False)
    await ada.refresh()
    await ada.turn("chat", on=True)
    await together(*(_counts(person, "written on the train", 1) for person in (tutor, ada)))
    await ada.hides("chat-pending")
