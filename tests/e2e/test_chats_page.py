"""Chats outside of classes: with one person, with several, and that of a course; on a desktop and on a phone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import FilePayload

from tests.support.chatting import acts, counts, picture, says
from tests.support.chromium import PHONE, Chromium
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.members import TUTOR, Members, uncaught
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

_NO_SIDEWAYS = "() => document.documentElement.scrollWidth <= innerWidth"
_EMPTY = "selector => document.querySelector(selector).value === ''"
_CODE = "text => [...document.querySelectorAll('pre')].some(pre => pre.textContent.includes(text))"
_SCROLLED_TO = """text => {
    const all = [...document.querySelectorAll('[data-testid=chat-message]')]
    const found = all.some(message => message.textContent.includes(text))
    const log = document.querySelector('[data-testid=chat-log]')
    if (!found) log.scrollTop = log.scrollTop > 0 ? 0 : 100
    return found
}"""
_WITHIN_THE_SCREEN = "selector => document.querySelector(selector).getBoundingClientRect().bottom <= innerHeight"
MORE_THAN_A_PAGE = 120
_ONLY = """(selector, text) => {
    const found = [...document.querySelectorAll(selector)]
    return found.length === 1 && found[0].textContent.includes(text)
}"""


async def _writes_to(person: Person, words: str, name: str) -> None:
    """Begin a chat with somebody who is found by these words."""
    await person.click(selector("new-chat"))
    await person.tab.fill(selector("people-search"), words)
    await page_shows(person.tab, _ONLY, selector("contact"), name)
    await person.click(selector("contact"))
    await person.reads("chat-title", name)


async def _opens(person: Person, title: str) -> None:
    await person.click(f"{selector('chat-room')}:has-text('{title}')")
    await person.reads("chat-title", title)


async def test_two_people_write_to_each_other(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace", "Ben Okafor")
        desk, phone = await chromium.tab(), await chromium.tab(size=PHONE, phone=True)
        try:
            tutor = await members.signed_in(TUTOR, desk, "/chats")
            ada = await members.signed_in("Ada Lovelace", phone, "/chats")
            await together(tutor.shows("no-chats"), ada.shows("no-chats"))

            # found by name, there, written to; unread on the phone
            await _writes_to(tutor, "lovel", "Ada Lovelace")
            await tutor.reads("chat-about", "Online")
            await says(tutor, "How did the homework go?")
            await ada.reads("room-unread", "1")
            await ada.reads("chat-room", "How did the homework go?")

            # read there, which the tutor sees; so is that an answer is being written, and the answer
            await ada.click(selector("chat-room"))
            await ada.reads("chat-message", "How did the homework go?")
            await tutor.reads("message-receipt", "Seen")
            await phone.page.get_by_test_id("chat-input").press_sequentially("Qui")
            await tutor.reads("typing", "Ada Lovelace")
            await says(ada, "Quite well, thankyou")
            await tutor.reads("chat-message", "Quite well")
            await acts(ada, "Quite well", "act-edit")
            await says(ada, "Quite well, thank you")
            await tutor.reads("chat-message", "thank you")
            await tutor.shows("message-edited")
            await page_shows(phone, _EMPTY, selector("chat-input"))

            # liked, replied to, seen as a thread
            await acts(tutor, "thank you", "react-👍")
            await ada.reads("reaction-chip", "👍 1")
            await acts(tutor, "thank you", "act-reply")
            await tutor.shows("compose-reply")
            await says(tutor, "Then send me a picture of it")
            await ada.click(selector("message-replies"))
            await ada.reads("thread-sheet", "Then send me a picture")
            await ada.click(selector("thread-reply"))
            await ada.shows("compose-reply")

            # a picture to look at, and a file to keep
            files: list[FilePayload] = [
                {"name": "page-1.png", "mimeType": "image/png", "buffer": picture(900, 600)},
                {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"3/4 and 1/2"},
            ]
            await phone.page.get_by_test_id("chat-files").set_input_files(files)
            await counts(ada, "", 2, "upload-done")
            await says(ada, "Here it is")
            await tutor.click(selector("chat-picture"))
            await tutor.shows("lightbox")
            await desk.page.keyboard.press("Escape")
            await tutor.hides("lightbox")
            async with desk.page.expect_download() as download:
                await tutor.click(selector("chat-file"))
            kept = Path(await (await download.value).path())
            assert await asyncio.to_thread(kept.read_bytes) == b"3/4 and 1/2"
            assert await phone.evaluate(_NO_SIDEWAYS)

            # taken back
            await acts(ada, "Here it is", "act-delete")
            await ada.click(selector("act-confirm"))
            await together(counts(tutor, "Here it is", 0), counts(ada, "Here it is", 0))

            # gone from there, which is seen, too
            await ada.click(selector("chat-back"))
            await ada.hides("room-unread")
            await phone.goto("about:blank")
            await tutor.reads("chat-about", "Last seen")
            assert uncaught(desk, phone) == []
        finally:
            await together(desk.close(), phone.close())


async def test_whoever_is_blocked_cannot_write_until_they_are_not(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace", "Ben Okafor")
        desk, phone = await chromium.tab(), await chromium.tab(size=PHONE, phone=True)
        try:
            ben = await members.signed_in("Ben Okafor", desk, "/chats")
            ada = await members.signed_in("Ada Lovelace", phone, "/chats")
            await _writes_to(ben, "ada", "Ada Lovelace")
            await says(ben, "Give me your homework")
            await _opens(ada, "Ben Okafor")
            await ada.click(selector("chat-details"))
            await ada.click(selector("block-button"))
            await ada.reads("block-button", "Unblock")
            await phone.page.keyboard.press("Escape")
            await ada.reads("chat-locked", "You blocked Ben Okafor")
            await says(ben, "Now!")
            await ben.reads("chat-locked", "cannot write")
            await counts(ada, "Now!", 0)

            # it lasts, and is taken back where one's own account is
            await phone.reload()
            await ada.reads("chat-locked", "You blocked Ben Okafor")
            await phone.goto(f"{server.url}/profile")
            await ada.reads("blocked-person", "Ben Okafor")
            await ada.click(selector("unblock"))
            await ada.hides("blocked-person")
            await phone.goto(f"{server.url}/chats")
            await _opens(ada, "Ben Okafor")
            await says(ada, "Ask me nicely")
            await ben.reads("chat-message", "Ask me nicely")
            await ben.click(f"{selector('chat-locked')} button")
            await says(ben, "Please")
            await ada.reads("chat-message", "Please")
            assert uncaught(desk, phone) == []
        finally:
            await together(desk.close(), phone.close())


async def test_a_group_and_the_chat_of_a_course(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace", "Ben Okafor", "Cleo Mensah")
        desk, phone, other = await chromium.tab(), await chromium.tab(size=PHONE, phone=True), await chromium.tab()
        try:
            # Ada makes a group on her phone; it is there for Ben at once, who finds her when he is added
            ada = await members.signed_in("Ada Lovelace", phone, "/chats")
            ben = await members.signed_in("Ben Okafor", desk, "/chats")
            cleo = await members.signed_in("Cleo Mensah", other, "/chats")
            await ada.click(selector("new-chat"))
            await ada.click(selector("tab-group"))
            await ada.click(f"{selector('contact')}:has-text('Ben')")
            await ada.click(selector("make-group"))
            await ada.shows("group-title-error")
            await phone.fill(selector("group-title"), "Pendulums")
            await ada.click(selector("make-group"))
            await ada.reads("chat-title", "Pendulums")
            await says(ada, "Who measures?")
            await _opens(ben, "Pendulums")
            await ben.reads("chat-message", "Who measures?")

            # its owner names it anew, adds somebody and takes somebody out
            await ada.click(selector("chat-details"))
            await phone.fill(selector("rename-input"), "Swings")
            await ada.click(selector("rename-button"))
            await ben.reads("chat-title", "Swings")
            await ada.click(selector("add-person"))
            await ada.click(f"{selector('contact')}:has-text('Cleo')")
            await together(ada.reads("chat-person", "Cleo"), cleo.reads("chat-room", "Swings"))
            await ada.click(f"{selector('chat-person')}:has-text('Cleo') {selector('remove-person')}")
            await together(counts(ada, "Cleo", 0, "chat-person"), counts(cleo, "Swings", 0, "chat-room"))
            await phone.page.keyboard.press("Escape")

            # left by oneself
            await ben.click(selector("chat-details"))
            await ben.click(selector("leave-group"))
            await ben.click(selector("leave-confirm"))
            await together(counts(ben, "Swings", 0, "chat-room"), ada.reads("chat-about", "1 person"))

            # the course's chat, in which everything is found again
            await ben.click(selector("new-chat"))
            await ben.click(selector("tab-course"))
            await ben.click(selector("course-chat"))
            await ben.reads("chat-title", "Mathematics 7b")
            await says(ben, "Is the exam on Friday?")
            await ada.click(selector("chat-back"))
            await ada.reads("chat-room", "Is the exam on Friday?")
            await _opens(cleo, "Mathematics 7b")
            await says(cleo, "On Thursday")
            await desk.reload()
            await ben.click(selector("chats-search"))
            await desk.fill(selector("search-input"), "thursday")
            await ben.click(selector("search-hit"))
            await together(ben.reads("chat-title", "Mathematics 7b"), ben.reads("chat-message", "On Thursday"))
            assert uncaught(desk, phone, other) == []
        finally:
            await together(desk.close(), phone.close(), other.close())


async def test_what_was_said_in_a_class_is_read_afterwards(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace")
        live = await members.plan("Fractions")
        await server.call("POST", f"/live-classes/{live}/start", members.token)
        desk, phone = await chromium.tab(), await chromium.tab(size=PHONE, phone=True)
        try:
            tutor = await members.signed_in(TUTOR, desk)
            ada = await members.signed_in("Ada Lovelace", phone)
            for person in (tutor, ada):
                await person.click(selector("class-join"))
            await together(*(person.enter() for person in (tutor, ada)))
            await together(*(person.is_in_the_room() for person in (tutor, ada)))
            await together(*(person.turn("chat", on=True) for person in (tutor, ada)))
            await tutor.click(selector("chat-code"))
            await says(tutor, "half = 1 / 2\nprint(half)")
            await page_shows(phone, _CODE, "print(half)")
            room = str(await phone.evaluate("() => window.__podium.session.chat.roomId"))
            for number in range(MORE_THAN_A_PAGE):
                await server.call(
                    "POST",
                    f"/chat-rooms/{room}/messages",
                    members.token,
                    id=f"said-{number}",
                    text=f"no. {number}",
                )
            await ada.reads("chat-message", f"no. {MORE_THAN_A_PAGE - 1}")
            await tutor.click(selector("end-button"))
            await tutor.click(selector("end-confirm"))
            await together(*(person.shows("left-page") for person in (tutor, ada)))

            # the chat is among one's others, from its first word on
            await ada.click(selector("home-button"))
            await ada.click(selector("nav-chats"))
            await _opens(ada, "Fractions")
            await ada.reads("chat-message", f"no. {MORE_THAN_A_PAGE - 1}")
            assert await phone.evaluate(_WITHIN_THE_SCREEN, selector("chat-input")), "styles of the class are left"
            await page_shows(phone, _SCROLLED_TO, "print(half)")

            # who is muted in the course cannot write, until a tutor lets them write again
            await says(ada, "blah blah")
            await tutor.click(selector("home-button"))
            await tutor.click(selector("nav-chats"))
            await _opens(tutor, "Fractions")
            await tutor.reads("chat-message", "blah blah")
            await acts(tutor, "blah blah", "act-mute")
            await tutor.click(selector("act-confirm"))
            await tutor.reads("chat-notice", "can no longer write here")
            await says(ada, "May I?")
            await ada.reads("chat-locked", "A tutor has muted you")
            await tutor.click(selector("chat-details"))
            await tutor.reads("muted-person", "Ada Lovelace")
            await tutor.click(selector("let-write"))
            await tutor.hides("muted-person")
            await ada.click(f"{selector('chat-locked')} button")
            await ada.click(selector("pending-retry"))
            await tutor.reads("chat-message", "May I?")
            assert uncaught(desk, phone) == []
        finally:
            await together(desk.close(), phone.close())
