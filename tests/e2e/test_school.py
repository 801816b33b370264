"""A course as its people live it: planned, joined, held, and looked at afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.async_api import FilePayload

from tests.support.chromium import Chromium, ChromiumTab
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

PASSWORD = "a long enough phrase"
ZONE = "Asia/Kolkata"
HERE = "Europe/Berlin"

ROSTER = """name,email,role,section
Ada Lovelace,ada@example.org,student,Morning
Ben Okafor,ben@example.org,student,Morning
No Address,,student,Morning
"""

_ROWS = """selector => [...document.querySelectorAll(selector)].map(row =>
    [...row.querySelectorAll('th, td')].map(cell => cell.innerText.trim()))"""


async def _filled(person: Person, **values: str) -> None:
    for name, text in values.items():
        await person.tab.fill(selector(f"{name}-input"), text)


async def _picks(tab: ChromiumTab, name: str, value: str) -> None:
    await tab.page.select_option(selector(name), value)


async def _saved(person: Person, name: str) -> str:
    """Click what gives a file; its text."""
    tab = person.tab
    assert isinstance(tab, ChromiumTab)
    async with tab.page.expect_download() as download:
        await person.click(selector(name))
    path = await (await download.value).path()
    return await asyncio.to_thread(Path(path).read_text, encoding="utf-8-sig")


async def _imports(person: Person, tab: ChromiumTab) -> None:
    """A roster: what would happen is shown before it does."""
    await person.click(selector("tab-people"))
    await person.click(selector("import-button"))
    file: FilePayload = {"name": "7b.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    await tab.page.set_input_files(selector("import-file"), file)
    await person.reads("import-summary", "Nothing is done yet")
    assert await person.text("roster-count") == "1"
    await person.reads("import-report", "e-mail")
    await person.click(selector("import-confirm"))
    await person.shows("import-done")
    await person.click(selector("import-done"))
    await person.reads("roster-row", "Ada Lovelace")
    await person.reads("roster-count", "3")


async def _plans_weekly(person: Person, tab: ChromiumTab, start: datetime) -> None:
    """Every week at the wall clock of another zone, four times."""
    await person.click(selector("tab-classes"))
    await person.click(selector("plan-class"))
    await _filled(person, title="Primes", date="2020-01-01", time=f"{start:%H:%M}")
    await _picks(tab, "zone-select", ZONE)
    await _picks(tab, "section-select", await tab.evaluate(_OPTION, selector("section-select"), "Morning"))
    await _picks(tab, "repeat-select", "week")
    await _picks(tab, "ends-select", "after")
    await _filled(person, count="4")
    await person.click(selector("plan-button"))
    await person.reads("date-input-error", "over")
    await _filled(person, date=f"{start:%Y-%m-%d}")
    here = start.astimezone(ZoneInfo(HERE))
    await person.reads("zone-clock", f"{here:%H:%M}")
    await person.click(selector("plan-button"))
    await person.hides("plan-dialog")


_OPTION = """(selector, text) => [...document.querySelector(selector).options].find(o => o.text === text).value"""
_TITLES = "(selector, titles) => [...document.querySelectorAll(selector)].map(e => e.innerText).join() === titles"
_SAYS = "(selector, text) => document.querySelector(selector)?.getAttribute('aria-label').includes(text)"
_COUNT = "(selector, count) => document.querySelectorAll(selector).length === count"


async def test_a_course_from_its_roster_to_the_attendance_of_a_class(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        tab = await chromium.tab(zone=HERE)
        phone = await chromium.tab(zone=HERE, phone=True, size=(390, 844))
        try:
            tutor = Person(tab, "Emmy Noether", "tutor", server.url)
            await tab.goto(server.setup_link())
            await _filled(tutor, name="Emmy Noether", password=PASSWORD)
            await tutor.click(selector("setup-button"))
            await tutor.shows("start-now")
            admin = str(await tab.evaluate(_TOKEN))
            course = await server.call("POST", "/courses", admin, title="Mathematics 7b")
            await tab.goto(f"{server.url}/courses/{course['id']}")
            await tutor.reads("course-title", "Mathematics 7b")
            await _imports(tutor, tab)
            assert "ada@example.org,student,Morning" in await _saved(tutor, "export-button")

            # Ada gets a password and looks at her phone, where nothing is planned yet
            people = await server.call("GET", f"/courses/{course['id']}/roster?search=ada", admin)
            user = people["items"][0]["userId"]
            way = await server.call("POST", f"/users/{user}/password-link", admin)
            ada = Person(phone, "Ada Lovelace", "student", server.url)
            await phone.goto(f"{server.url}/set-password#token={way['token']}")
            await _filled(ada, password=PASSWORD)
            await ada.click(selector("set-password-button"))
            await ada.shows("courses")

            start = (datetime.now(UTC) + timedelta(days=2)).astimezone(ZoneInfo(ZONE)).replace(hour=21, minute=30)
            await _plans_weekly(tutor, tab, start)
            upcoming = f"{selector('upcoming-classes')} {selector('class-row')}"
            await together(page_shows(phone, _COUNT, upcoming, 4), page_shows(tab, _COUNT, upcoming, 4))
            here = start.astimezone(ZoneInfo(HERE))
            await ada.reads("upcoming-classes", f"{here:%H:%M}")

            # one of them is renamed, and those after it too; the first stays
            await tab.page.locator(upcoming).nth(1).locator(selector("class-link")).click()
            await tutor.reads("class-recurrence", "4 classes")
            await tutor.reads("class-zone", f"{start:%H:%M}")
            await tutor.click(selector("class-edit"))
            await _filled(tutor, title="Squares")
            await tutor.click(selector("scope-following"))
            await tutor.click(selector("plan-button"))
            await tutor.reads("class-title", "Squares")
            titles = "Primes,Squares,Squares,Squares"
            await page_shows(phone, _TITLES, f"{upcoming} {selector('class-link')}", titles)

            # the class is started: it is live on the phone without a reload
            await tutor.click(selector("class-start"))
            await tutor.is_in_the_room()
            await ada.reads("live-classes", "Squares")
            await ada.click(f"{selector('live-classes')} {selector('class-join')}")
            await ada.enter()
            await ada.is_in_the_room()
            await together(tutor.lists(ada), ada.turn("hand", on=True))
            await tutor.lists(ada, hand="true")
            await tutor.click(selector("end-button"))
            await tutor.click(selector("end-confirm"))
            await together(ada.shows("left-page"), tutor.shows("left-page"))

            # who was there, who was not, and what they did
            await tutor.click(selector("home-button"))
            await tutor.click(f"{selector('past-classes')} {selector('class-link')}")
            await tutor.click(selector("tab-attendance"))
            await tutor.reads("attendance-summary", "1 student came, 1 was absent")
            came = await tab.evaluate(_ROWS, selector("attendance-row"))
            assert {row[0].split("\n")[0] for row in came} == {"Emmy Noether", "Ada Lovelace"}
            assert [row[5] for row in came if row[0] == "Ada Lovelace"] == ["1 hand"]
            absent = await tab.evaluate(_ROWS, selector("absent-row"))
            assert [row[:2] for row in absent] == [["Ben Okafor", "Absent"]]
            table = (await _saved(tutor, "attendance-csv")).splitlines()
            assert len(table) == 4 and any("Ben Okafor" in line for line in table)
            await tutor.click(selector("tab-figures"))
            await tutor.reads("tile-total", "2")
            await tutor.reads("tile-hands", "1")
            await page_shows(tab, _SAYS, selector("presence-chart"), "at most 2 people")

            await ada.click(selector("home-button"))
            await ada.click(f"{selector('past-classes')} {selector('class-link')}")
            await ada.shows("own-attendance")
            await ada.hides("attendance-table")
            assert [line for one in (tab, phone) for line in one.console if line.startswith("uncaught")] == []
        finally:
            await tab.close()
            await phone.close()


_TOKEN = "async () => (await (await fetch('/api/v1/auth/refresh', { method: 'POST' })).json()).accessToken"
