"""What tutors plan, move, cancel and start reaches everybody's pages by itself, and only those concerned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.members import TUTOR, Members, uncaught
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

HERE = "Europe/Berlin"
_TITLES = (
    """(selector, titles) => [...document.querySelectorAll(selector)].map(e => e.innerText).join() === titles"""
)


async def _lists(person: Person, section: str, *titles: str) -> None:
    """The classes of a section of the page, in their order."""
    links = f"{selector(f'{section}-classes')} {selector('class-link')}"
    await page_shows(person.tab, _TITLES, links, ",".join(titles))


async def _filled(person: Person, **values: str) -> None:
    for name, text in values.items():
        await person.tab.fill(selector(f"{name}-input"), text)


async def _plans(tutor: Person, tab: ChromiumTab, title: str, start: datetime, section: str) -> None:
    await tutor.click(selector("plan-class"))
    await _filled(tutor, title=title, date=f"{start:%Y-%m-%d}", time=f"{start:%H:%M}")
    await tab.page.select_option(selector("section-select"), label=section)
    await tab.page.select_option(selector("type-select"), "quiz")
    await tutor.click(selector("plan-button"))
    await tutor.hides("plan-dialog")


async def test_plans_and_their_changes_reach_those_concerned(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        course = f"/courses/{members.course}"
        sections = [
            str((await server.call("POST", f"{course}/sections", members.token, name=name))["id"])
            for name in ("Morning", "Evening")
        ]
        await members.add("Ada Lovelace", sectionId=sections[0])
        await members.add("Ben Okafor", sectionId=sections[1])
        tabs = [
            await chromium.tab(zone=HERE),
            await chromium.tab(zone=HERE, size=PHONE, phone=True),
            await chromium.tab(zone=HERE),
        ]
        try:
            tutor = await members.signed_in(TUTOR, tabs[0], course)
            ada = await members.signed_in("Ada Lovelace", tabs[1])
            ben = await members.signed_in("Ben Okafor", tabs[2])

            # planned for one section, moved
            start = datetime.now(ZoneInfo(HERE)).replace(hour=9, minute=30) + timedelta(days=2)
            await _plans(tutor, tabs[0], "Fractions", start, "Morning")
            await together(_lists(ada, "upcoming", "Fractions"), ada.reads("upcoming-classes", "09:30"))
            await tutor.click(f"{selector('upcoming-classes')} {selector('class-link')}")
            await tutor.click(selector("class-edit"))
            await _filled(tutor, time="14:15")
            await tutor.click(selector("plan-button"))
            await together(ada.reads("upcoming-classes", "14:15"), tutor.reads("class-when", "14:15"))

            # cancelled while the phone was away: known when it is back, with the reason
            await tabs[1].goto("about:blank")
            await tutor.click(selector("class-cancel"))
            await tabs[0].fill(selector("cancel-reason"), "The hall is closed")
            await tutor.click(selector("class-confirm"))
            await tutor.reads("class-facts", "Cancelled")
            await tabs[1].goto(server.url)
            await together(_lists(ada, "past", "Fractions"), ada.reads("past-classes", "Cancelled"))
            await ada.click(selector("bell"))
            await ada.reads("latest-notices", "cancelled")
            await ada.click(f"{selector('latest-notices')} {selector('notice-link')}:has-text('cancelled')")
            await ada.reads("class-facts", "The hall is closed")

            # one for all, which starts by itself: those of the other section have heard of nothing else
            soon = datetime.now(UTC) + timedelta(seconds=4)
            await members.plan(
                "Primes", scheduledAt=soon.isoformat(), durationMinutes=45, autoStart=True, type="discussion"
            )
            await _lists(ben, "live", "Primes")
            await together(_lists(ben, "upcoming"), _lists(ben, "past"))

            # longer than planned, seen by who looks at its page
            await ben.click(f"{selector('live-classes')} {selector('class-link')}")
            await together(ben.reads("class-facts", "45"), ben.hides("own-attendance"))
            await tabs[0].goto(server.url)
            await tutor.click(f"{selector('live-classes')} {selector('class-link')}")
            await tutor.click(selector("class-edit"))
            await tabs[0].page.select_option(selector("duration-select"), "90")
            await tutor.click(selector("plan-button"))
            await ben.reads("class-facts", "1 hr 30")

            # found among others by what it is
            await ada.tab.goto(server.url)
            await ada.click(selector("filter-toggle"))
            await tabs[1].page.select_option(selector("filter-status"), "live")
            await together(_lists(ada, "live", "Primes"), _lists(ada, "past"))
            await tabs[1].page.select_option(selector("filter-type"), "quiz")
            await ada.shows("nothing-found")
            await tabs[1].page.select_option(selector("filter-status"), "cancelled")
            await _lists(ada, "past", "Fractions")
            await ada.click(selector("filter-clear"))
            await together(_lists(ada, "live", "Primes"), _lists(ada, "past", "Fractions"))

            # put away for good
            await tutor.click(selector("class-end"))
            await tutor.click(selector("class-confirm"))
            await together(_lists(ada, "past", "Fractions", "Primes"), ada.reads("past-classes", "Ended"))
            await tutor.click(selector("class-delete"))
            await tutor.click(selector("class-confirm"))
            await together(_lists(ada, "past", "Fractions"), ben.shows("class-gone"))
            assert uncaught(*tabs) == []
        finally:
            await together(*(tab.close() for tab in tabs))
