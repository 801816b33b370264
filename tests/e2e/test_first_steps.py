"""From a fresh server to a class with a student in it, and what an account is like in the browser."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.support.chromium import Chromium, ChromiumTab
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

PASSWORD = "a long enough phrase"

_FIELD = "selector => document.querySelector(selector)?.value"
_IS_ASKED = "text => document.activeElement.role === 'group' && document.activeElement.innerText.includes(text)"
_HAS_FOCUS = "selector => document.activeElement.matches(selector)"


async def _filled(person: Person, **values: str) -> None:
    for name, text in values.items():
        await person.tab.fill(selector(f"{name}-input"), text)


async def _set_up(server: PodiumServer, tab: ChromiumTab, name: str = "Emmy Noether") -> Person:
    """The first tutor: follows the link of the log, fills the form in, is on the start page."""
    tutor = Person(tab, name, "tutor", server.setup_link())
    await tab.goto(server.setup_link())
    await tutor.shows("setup-page")
    await _filled(tutor, name=name, password=PASSWORD)
    await tutor.click(selector("setup-button"))
    await tutor.shows("start-now")
    return tutor


async def _invite_link(person: Person) -> str:
    await person.click(selector("copy-invite"))
    return str(await page_shows(person.tab, _FIELD, selector("invite-link")))


async def _says(person: Person, text: str) -> None:
    await person.turn("chat", on=True)
    await person.tab.fill(selector("chat-input"), text)
    await person.click(selector("chat-send"))


async def _reads_in_chat(person: Person, text: str) -> None:
    await person.turn("chat", on=True)
    await person.reads("chat-message", text)


async def _token(person: Person) -> str:
    """An access token of who is signed in there."""
    fetched = "async () => (await (await fetch('/api/v1/auth/refresh', { method: 'POST' })).json()).accessToken"
    return str(await person.tab.evaluate(fetched))


async def test_a_new_tutor_is_in_class_with_a_student(
    tmp_path: Path, chromium: Chromium, record_property: Callable[[str, object], None]
) -> None:
    async with PodiumServer(tmp_path) as server:
        tutor_tab, student_tab = await chromium.tab(), await chromium.tab()
        try:
            began = time.monotonic()
            tutor = await _set_up(server, tutor_tab)
            await tutor.click(selector("start-now"))
            await tutor.is_in_the_room()
            await tutor.turn("mic", on=True)
            link = await _invite_link(tutor)
            student = Person(student_tab, "Ada Lovelace", "guest", link)
            await student_tab.goto(link)
            await student.reads("invite-page", "Emmy Noether’s course")
            await _filled(student, name="Ada Lovelace")
            await student.click(selector("invite-button"))
            await student.shows("join-page")
            await student.enter()
            await student.is_in_the_room()
            await student.hears_something()
            took = time.monotonic() - began
            record_property("seconds_to_a_student_hearing_the_tutor", round(took, 1))
            print(f"from the setup link to a student hearing the tutor: {took:.1f} s")
            await together(tutor.lists(student), student.lists(tutor), tutor.counts(2))

            await _says(tutor, "Welcome!")
            await _reads_in_chat(student, "Welcome!")
            await _says(student, "Good morning")
            await _reads_in_chat(tutor, "Good morning")
            await together(tutor.turn("camera", on=True), student.sees(tutor))

            await tutor.click(selector("end-button"))
            await tutor.click(selector("end-confirm"))
            await together(student.shows("left-page"), tutor.shows("left-page"))
            await tutor.click(selector("home-button"))
            await tutor.shows("past-classes")
            assert [line for line in tutor_tab.console if line.startswith("uncaught")] == []
            assert [line for line in student_tab.console if line.startswith("uncaught")] == []
        finally:
            await tutor_tab.close()
            await student_tab.close()


async def test_the_start_page_follows_what_happens_elsewhere_and_outlives_a_reload(
    tmp_path: Path, chromium: Chromium
) -> None:
    async with PodiumServer(tmp_path) as server:
        tab, other = await chromium.tab(), await chromium.tab()
        try:
            tutor = await _set_up(server, tab)
            await tutor.click(selector("plan-class"))
            await _filled(tutor, **{"course-title": "Mathematics 7b", "title": "Fractions"})
            await tutor.click(selector("plan-button"))
            await tutor.reads("upcoming-classes", "Fractions")
            await tab.reload()
            await tutor.reads("upcoming-classes", "Mathematics 7b")

            # the same account in another browser
            elsewhere = Person(other, "Emmy Noether", "tutor", server.url)
            await other.goto(server.url)
            await elsewhere.shows("sign-in-page")
            await _filled(elsewhere, name="emmy.noether", password="not this one")
            await elsewhere.click(selector("sign-in-button"))
            await elsewhere.shows("password-input-error")
            await _filled(elsewhere, password=PASSWORD)
            await elsewhere.click(selector("sign-in-button"))
            await elsewhere.reads("upcoming-classes", "Fractions")
            await elsewhere.click(selector("class-start"))
            await elsewhere.is_in_the_room()
            await tutor.reads("live-classes", "Fractions")

            await tutor.click(selector("class-end"))
            await page_shows(tab, _IS_ASKED, "End it for everyone?")
            await tab.page.keyboard.press("Tab")
            await tab.page.keyboard.press("Enter")
            await page_shows(tab, _HAS_FOCUS, selector("class-end"))
            await tab.page.keyboard.press("Enter")
            await tutor.click(selector("class-confirm"))
            await elsewhere.shows("left-page")
            await tutor.reads("past-classes", "Fractions")
            await tutor.click(selector("own-menu"))
            await tutor.click(selector("sign-out-button"))
            await tutor.shows("sign-in-page")
            await tab.reload()
            await tutor.shows("sign-in-page")
        finally:
            await tab.close()
            await other.close()


async def test_guests_and_students_of_a_course_come_by_its_links_and_go_when_they_must(
    tmp_path: Path, chromium: Chromium
) -> None:
    async with PodiumServer(tmp_path) as server:
        tabs = [await chromium.tab() for _ in range(3)]
        try:
            tutor = await _set_up(server, tabs[0])
            admin = await _token(tutor)
            course = await server.call("POST", "/courses", admin, title="Mathematics 7b")
            await tabs[0].goto(f"{server.url}/courses/{course['id']}")
            await tutor.click(selector("tab-people"))
            await tutor.reads("roster-row", "Emmy Noether")
            await tutor.click(selector("tab-invites"))
            links = {}
            for role in ("guest", "student"):
                await tutor.click(selector(f"copy-{role}-invite"))
                field = selector(f"copy-{role}-invite-link")
                links[role] = str(await page_shows(tabs[0], _FIELD, field))

            guest = Person(tabs[1], "Gustav", "guest", links["guest"])
            await tabs[1].goto(links["guest"])
            await _filled(guest, name="Gustav")
            await guest.click(selector("invite-button"))
            await guest.shows("invite-classes-page")

            user = await server.call("POST", "/users", admin, name="Ben", username="ben")
            password = await server.call("POST", f"/users/{user['id']}/password-link", admin)
            ben = Person(tabs[2], "Ben", "student", links["student"])
            await tabs[2].goto(f"{server.url}/set-password#token={password['token']}")
            await _filled(ben, password=PASSWORD)
            await ben.click(selector("set-password-button"))
            await ben.shows("home-page")
            await tabs[2].goto(links["student"])
            await ben.click(selector("invite-button"))
            await ben.shows("home-page")

            await tabs[0].goto(server.url)
            await tutor.click(selector("start-now"))
            await tutor.is_in_the_room()
            await ben.shows("live-classes")
            for person in (ben, guest):
                await person.click(selector("class-join"))
                await person.click(selector("join-button"))
                await person.is_in_the_room()
            await together(tutor.lists(ben), tutor.lists(guest))

            await server.call("POST", f"/users/{user['id']}/block", admin, reason="rude")
            await ben.shows("sign-in-page")
            await ben.reads("sign-in-reason", "blocked")
            await tutor.lists(guest)
        finally:
            for tab in tabs:
                await tab.close()
