"""An account of one's own: made, used on two devices, told what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

PASSWORD = "a long enough phrase"
LONG_NAME = "W" * 100

_COUNT = "(selector, count) => document.querySelectorAll(selector).length === count"
_STATE = "state => document.querySelector('[data-testid=push-state]')?.dataset.state === state"
_NO_SIDEWAYS = "() => document.documentElement.scrollWidth <= innerWidth"


async def _filled(person: Person, **values: str) -> None:
    for name, text in values.items():
        await person.tab.fill(selector(f"{name}-input"), text)


async def _signs_in(tab: ChromiumTab, server: PodiumServer, name: str, password: str = PASSWORD) -> Person:
    person = Person(tab, name, "student", server.url)
    await tab.goto(f"{server.url}/sign-in")
    await person.shows("sign-in-page")
    await _filled(person, name=name, password=password)
    await person.click(selector("sign-in-button"))
    return person


async def _counts(person: Person, name: str, count: int) -> None:
    await page_shows(person.tab, _COUNT, selector(name), count)


async def _admin(server: PodiumServer, tab: ChromiumTab) -> str:
    """The first admin, made without a page; an access token."""
    token = server.setup_link().partition("#token=")[2]
    body = {"token": token, "username": "root", "name": "Root", "password": PASSWORD}
    await tab.goto(server.url)
    made: Any = await tab.evaluate(
        """async body => (await fetch('/api/v1/setup', {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body)
        })).json()""",
        body,
    )
    return str(made["accessToken"])


async def test_an_account_is_made_changed_and_signed_out_elsewhere(tmp_path: Path, chromium: Chromium) -> None:
    env = {"PODIUM__ACCOUNTS__REGISTRATION": "open"}
    async with PodiumServer(tmp_path, env=env) as server:
        tab, other = await chromium.tab(), await chromium.tab(size=PHONE, phone=True)
        try:
            ada = Person(tab, "Ada", "student", server.url)
            await tab.goto(server.url)
            await ada.click(selector("sign-up-link"))
            await ada.shows("sign-up-page")
            await _filled(ada, name="Ada Lovelace", password="short")
            await ada.click(selector("sign-up-button"))
            await ada.reads("password-input-error", "At least")
            await _filled(ada, password=PASSWORD)
            await ada.click(selector("sign-up-button"))
            await ada.shows("home-page")

            elsewhere = await _signs_in(other, server, "ada.lovelace", "not this one")
            await elsewhere.shows("password-input-error")
            await _filled(elsewhere, password=PASSWORD)
            await elsewhere.click(selector("sign-in-button"))
            await elsewhere.shows("home-page")

            await ada.click(selector("own-menu"))
            await ada.reads("own-name", "Ada Lovelace")
            await ada.click(selector("menu-profile"))
            await ada.shows("profile-page")
            await _filled(ada, name=LONG_NAME, email="ada@example.org")
            await ada.click(selector("save-details"))
            await ada.reads("details-saved", "Saved")
            await ada.reads("own-details", LONG_NAME)
            assert await tab.evaluate(_NO_SIDEWAYS)

            await _counts(ada, "device", 2)
            await ada.click(selector("sign-out-others"))
            await together(_counts(ada, "device", 1), elsewhere.reads("sign-in-reason", "signed out"))
            await ada.click(selector("theme-dark"))
            await page_shows(tab, "() => document.documentElement.dataset.theme === 'dark'")

            await tab.fill(selector("old-password"), "not this one")
            await tab.fill(selector("new-password"), "another long phrase")
            await ada.click(selector("save-password"))
            await ada.shows("old-password-error")
            await tab.fill(selector("old-password"), PASSWORD)
            await ada.click(selector("save-password"))
            await ada.reads("password-saved", "changed")
            again = await _signs_in(other, server, "ada@example.org", "another long phrase")
            await again.shows("home-page")
            assert [line for line in tab.console if line.startswith("uncaught")] == []
        finally:
            await tab.close()
            await other.close()


async def test_news_reach_the_bell_at_once_and_are_read_on_every_device(
    tmp_path: Path, chromium: Chromium
) -> None:
    async with PodiumServer(tmp_path) as server:
        tabs = [await chromium.tab(), await chromium.tab(size=PHONE, phone=True), await chromium.tab()]
        try:
            root = await _admin(server, tabs[2])
            closed = Person(tabs[2], "Root", "tutor", server.url)
            user = await server.call("POST", "/users", root, name="Ben", username="ben", password=PASSWORD)
            ben, phone = await _signs_in(tabs[0], server, "ben"), await _signs_in(tabs[1], server, "ben")
            await together(ben.shows("bell"), phone.shows("bell"))
            await together(ben.hides("bell-unread"), phone.hides("bell-unread"))

            course = await server.call("POST", "/courses", root, title="Mathematics 7b")
            await server.call("POST", f"/courses/{course['id']}/roster", root, userId=user["id"], role="student")
            await together(ben.reads("bell-unread", "1"), phone.reads("bell-unread", "1"))
            await ben.reads("live-polite", "Mathematics 7b")
            planned = await server.call("POST", "/live-classes", root, title="Fractions", courseId=course["id"])
            await server.call("POST", f"/live-classes/{planned['id']}/start", root)
            await phone.click(selector("bell"))
            await phone.reads("latest-notices", "Fractions")
            await phone.click(selector("see-all-notices"))
            await phone.shows("notifications-page")
            await phone.reads("notice", "Mathematics 7b")
            assert await tabs[1].evaluate(_NO_SIDEWAYS)
            await phone.click(selector("read-all"))
            await together(phone.hides("bell-unread"), ben.hides("bell-unread"))
            await phone.click(selector("notice-delete"))
            # the keyboard stays in the list, at what has come into the place
            await page_shows(tabs[1], "() => document.activeElement.matches('[data-testid=notice]')")
            await phone.click(selector("notice-delete"))
            await page_shows(tabs[1], "() => document.querySelectorAll('[data-testid=notice]').length <= 1")

            # Nobody is asked before a click; this browser then says no by itself, which is explained.
            await phone.click(selector("tab-settings"))
            await page_shows(tabs[1], _STATE, "off")
            assert await tabs[1].evaluate("() => Notification.permission") == "default"
            await phone.click(selector("push-enable"))
            await page_shows(tabs[1], _STATE, "denied")
            await phone.click(selector("way-enrolled-inApp"))
            await phone.reads("settings-saved", "Saved")
            await tabs[1].reload()
            await phone.click(selector("tab-settings"))
            await page_shows(
                tabs[1], "selector => document.querySelector(selector)?.checked === false",
                selector("way-enrolled-inApp"),
            )  # fmt: skip

            # What is only for others leads nowhere.
            await tabs[0].goto(f"{server.url}/admin")
            await ben.shows("admin-only")
            await tabs[2].goto(f"{server.url}/profile")
            await closed.shows("profile-page")
            await closed.click(selector("own-menu"))
            await closed.click(selector("sign-out-button"))
            await closed.shows("sign-in-page")
            await tabs[2].goto(f"{server.url}/sign-up")
            await closed.shows("sign-up-closed")
        finally:
            for tab in tabs:
                await tab.close()
