"""How a tutor keeps order in the chat of a class, and what those concerned see of it."""

from __future__ import annotations

from functools import partial

from tests.support.chatting import acts, counts, says
from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.members import uncaught
from tests.support.tab import page_shows

_DRAFT = "(selector, text) => document.querySelector(selector)?.value === text"
_IN_VIEW = """text => {
    const all = [...document.querySelectorAll('[data-testid=chat-message]')]
    const found = all.find(element => element.textContent.includes(text))
    const box = found?.getBoundingClientRect(), list = found?.closest('[data-testid=chat-panel]')
    const around = list?.getBoundingClientRect()
    return !!box && !!around && box.top >= around.top && box.bottom <= around.bottom
}"""


async def _locks_the_chat(tutor: Person) -> None:
    """Or takes the lock off."""
    await tutor.press("class-menu")
    await tutor.click(selector("class-chatLocked"))
    assert isinstance(tutor.tab, ChromiumTab)
    await tutor.tab.page.keyboard.press("Escape")
    await tutor.hides("class-menu-menu")


async def test_a_tutor_keeps_order_in_the_chat(classroom: Classroom, chromium: Chromium) -> None:
    tutor, ben = await classroom.tutor(), await classroom.student("Ben")
    ada = await classroom.student("Ada", partial(chromium.tab, size=PHONE, phone=True))
    people = (tutor, ada, ben)
    await together(*(person.join() for person in people))
    await together(*(person.turn("chat", on=True) for person in people))

    # pinned: above the chat for everyone, and the way to it however much was said since
    await says(tutor, "The exam is on Friday")
    await together(*(person.reads("chat-message", "The exam") for person in people))
    await acts(tutor, "The exam", "act-pin")
    await together(*(person.reads("pinned-bar", "The exam is on Friday") for person in people))
    await says(ben, "\n".join(f"line {number}" for number in range(40)))
    await ada.reads("chat-message", "line 39")
    await page_shows(ada.tab, f"text => !({_IN_VIEW})(text)", "The exam")
    await ada.click(f"{selector('pinned-bar')} button")
    await page_shows(ada.tab, _IN_VIEW, "The exam")

    # one who may not write for now reads along, and may again when the tutor says so
    await says(ada, "blah blah blah")
    await acts(tutor, "blah blah", "act-mute")
    await tutor.click(selector("act-confirm"))
    await tutor.reads("chat-notice", "Ada can no longer write here")
    await says(ada, "can you read this?")
    await ada.reads("chat-locked", "A tutor has muted you")
    await ada.reads("chat-pending", "can you read this?")
    await says(ben, "I can write")
    await together(ada.reads("chat-message", "I can write"), counts(tutor, "can you read this?", 0))
    await acts(tutor, "blah blah", "act-unmute")
    await ada.click(f"{selector('chat-locked')} button")
    await ada.click(selector("pending-retry"))
    await tutor.reads("chat-message", "can you read this?")
    await ada.hides("chat-pending")

    # the lock holds for students alone; what they were about to write is kept
    await ben.tab.fill(selector("chat-input"), "half a sent")
    await _locks_the_chat(tutor)
    await together(*(person.reads("chat-locked", "locked the chat") for person in (ada, ben)))
    await says(tutor, "Now look at the board")
    await together(*(person.reads("chat-message", "Now look") for person in (ada, ben)))
    await ada.refresh()
    await ada.turn("chat", on=True)
    await together(ada.shows("chat-locked"), ada.reads("chat-message", "Now look"))
    await _locks_the_chat(tutor)
    await together(ada.shows("chat-input"), page_shows(ben.tab, _DRAFT, selector("chat-input"), "half a sent"))

    # what somebody else wrote is taken out, and unpinned
    await acts(tutor, "blah blah", "act-delete")
    await tutor.click(selector("act-confirm"))
    await together(*(counts(person, "blah blah", 0) for person in people))
    await acts(tutor, "The exam", "act-pin")
    await together(*(person.hides("pinned-bar") for person in people))
    tabs = [person.tab for person in people if isinstance(person.tab, ChromiumTab)]
    assert uncaught(*tabs) == []
