"""A course looked after by its tutor on a phone: sections, people, invites, keys for OBS; and put away at last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.chromium import PHONE, Chromium
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.members import TUTOR, Members, count_is, uncaught
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

_FIELD = "selector => document.querySelector(selector)?.value || document.querySelector(selector)?.innerText"
_NO_SIDEWAYS = "() => document.documentElement.scrollWidth <= innerWidth"


async def _changes(tutor: Person, name: str) -> None:
    """Open what can be done about somebody of the roster."""
    await tutor.click(f"{selector('roster-row')}:has-text('{name}') {selector('roster-change')}")
    await tutor.shows("person-sheet")


async def test_a_tutor_looks_after_a_course_on_a_phone(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        members = await Members.of(server)
        await members.add("Ada Lovelace")
        phone, desk, stranger = [
            await chromium.tab(size=PHONE, phone=True), await chromium.tab(), await chromium.tab()
        ]  # fmt: skip
        try:
            tutor = await members.signed_in(TUTOR, phone, f"/courses/{members.course}")
            ada = await members.signed_in("Ada Lovelace", desk)

            # named anew, with sections
            await tutor.click(selector("tab-settings"))
            await phone.fill(selector("course-name"), "Mechanics")
            await tutor.click(selector("settings-save"))
            await tutor.reads("course-title", "Mechanics")
            for number, name in enumerate(("Morning", "Evening"), 1):
                await phone.fill(selector("section-name"), name)
                await tutor.click(selector("section-add"))
                await page_shows(phone, *count_is("section-row", number))
            await tutor.click(f"{selector('section-row')}:has-text('Evening') {selector('section-drop')}")
            await tutor.click(selector("section-confirm"))
            await page_shows(phone, *count_is("section-row", 1))
            assert await phone.evaluate(_NO_SIDEWAYS)

            # somebody new, somebody moved to a section, somebody who leads it too now
            await tutor.click(selector("tab-people"))
            await tutor.click(selector("add-person"))
            await phone.fill(selector("add-email"), "ben@example.org")
            await phone.fill(selector("add-name"), "Ben Okafor")
            await tutor.click(selector("add-button"))
            await tutor.reads("roster-row", "Ben Okafor")
            await _changes(tutor, "Ada")
            await phone.page.select_option(selector("person-section"), label="Morning")
            await tutor.click(selector("person-save"))
            await tutor.reads("roster-row", "Morning")
            assert not await desk.evaluate(f"() => !!document.querySelector('{selector('plan-class')}')")
            await _changes(tutor, "Ada")
            await phone.page.select_option(selector("person-role"), "tutor")
            await tutor.click(selector("person-save"))
            await ada.shows("plan-class")
            assert await phone.evaluate(_NO_SIDEWAYS)

            # an invite for one, which is used up and taken back
            await tutor.click(selector("tab-invites"))
            await tutor.click(selector("make-invite"))
            await phone.fill(selector("invite-most"), "1")
            await phone.fill(selector("invite-label"), "For Gustav")
            await tutor.click(selector("invite-make"))
            await tutor.click(selector("copy-made-invite"))
            link = str(await page_shows(phone, _FIELD, selector("copy-made-invite-link")))
            await phone.page.keyboard.press("Escape")
            await tutor.reads("invite-row", "For Gustav")
            await tutor.click(selector("invite-revoke"))
            await tutor.click(selector("invite-confirm"))
            await tutor.reads("invite-row", "Revoked")
            gustav = Person(stranger, "Gustav", "guest", link)
            await stranger.goto(link)
            await gustav.shows("invite-problem")

            # a class, a key for OBS that is taken back, the calendar
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            live = await members.plan("Springs", scheduledAt=tomorrow.isoformat())
            await phone.goto(f"{server.url}/live-classes/{live}")
            await tutor.click(selector("tab-stream"))
            await tutor.click(selector("stream-make"))
            assert "/whip" in str(await page_shows(phone, _FIELD, selector("stream-url")))
            assert await phone.evaluate(_NO_SIDEWAYS)
            await tutor.click(selector("stream-revoke"))
            await tutor.click(selector("stream-confirm"))
            await tutor.reads("stream-row", "Revoked")
            await ada.click(selector("calendar-button"))
            await ada.click(selector("calendar-make"))
            feed = str(await page_shows(desk, _FIELD, selector("calendar-url")))
            answer = await desk.page.context.request.get(feed)
            assert "SUMMARY:Springs" in await answer.text()
            await desk.page.keyboard.press("Escape")

            # taken out of the course: it is gone from her page; and the course is put away
            await phone.goto(f"{server.url}/courses/{members.course}?tab=people")
            await tutor.click(selector("tab-people"))
            await _changes(tutor, "Ada")
            await tutor.click(selector("person-remove"))
            await tutor.click(selector("person-confirm"))
            await together(ada.hides("upcoming-classes"), ada.hides("courses"))
            await tutor.click(selector("tab-settings"))
            await tutor.click(selector("archive-button"))
            await tutor.click(selector("archive-confirm"))
            await tutor.reads("course-page", "This course is archived")
            await tutor.click(selector("tab-classes"))
            await tutor.reads("past-classes", "Cancelled")
            assert uncaught(phone, desk, stranger) == []
        finally:
            await together(phone.close(), desk.close(), stranger.close())
