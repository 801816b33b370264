"""The server, as its admins see it in the browser."""

from __future__ import annotations

from pathlib import Path

from tests.support.chromium import PHONE, Chromium
from tests.support.classroom import Person, together
from tests.support.classroom import testid as selector
from tests.support.server import SECRET, PodiumServer
from tests.support.tab import page_shows

PASSWORD = "a long enough phrase"

_FIELD = "selector => document.querySelector(selector)?.value"
_TEXT = "() => document.documentElement.outerHTML"
_NO_SIDEWAYS = "() => document.documentElement.scrollWidth <= innerWidth"


async def test_an_admin_makes_and_blocks_people_and_sees_what_runs(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        tabs = [await chromium.tab(), await chromium.tab(size=PHONE, phone=True)]
        try:
            root = Person(tabs[0], "Root", "tutor", server.url)
            await tabs[0].goto(server.setup_link())
            await tabs[0].fill(selector("name-input"), "Root Admin")
            await tabs[0].fill(selector("password-input"), PASSWORD)
            await root.click(selector("setup-button"))
            await root.click(selector("own-menu"))
            await root.click(selector("menu-admin"))
            await root.shows("admin-page")

            await root.click(selector("add-user"))
            await tabs[0].fill(selector("new-name"), "<b>Ben</b> Okafor")
            await tabs[0].fill(selector("new-username"), "ben")
            # A click beside a form does not take away what was filled in.
            await tabs[0].page.mouse.click(5, 5)
            assert await tabs[0].evaluate(_FIELD, selector("new-username")) == "ben"
            await root.click(selector("create-user-button"))
            link = str(await page_shows(tabs[0], _FIELD, selector("password-link")))
            await root.click(selector("create-user-done"))
            await root.reads("user-row", "<b>Ben</b> Okafor")
            ben = Person(tabs[1], "Ben", "student", link)
            await tabs[1].goto(link)
            await tabs[1].fill(selector("password-input"), PASSWORD)
            await ben.click(selector("set-password-button"))
            await ben.click(selector("start-now"))
            await ben.is_in_the_room()

            await root.click(selector("admin-sessions"))
            await root.reads("running-people", "1 person")
            await root.click(selector("admin-settings"))
            await root.reads("setting", "PODIUM__AUTH__SECRET")
            assert SECRET not in str(await tabs[0].evaluate(_TEXT))
            await root.click(selector("admin-storage"))
            await root.reads("storage-database", "SQLite")

            await root.click(selector("admin-users"))
            await tabs[0].fill(selector("user-search"), "okafor")
            await page_shows(tabs[0], "() => document.querySelectorAll('[data-testid=user-row]').length === 1")
            await root.click(selector("user-menu"))
            await root.click(selector("user-block"))
            await tabs[0].fill(selector("block-reason"), "Rude in chat")
            await root.click(selector("block-confirm"))
            await root.reads("user-row", "Blocked")
            await ben.hides("room")
            await root.click(selector("admin-audit"))
            await root.reads("audit-entry", "Rude in chat")
            await root.reads("audit-entry", "Ben</b> Okafor")

            # the rest on a phone, by another admin
            await root.click(selector("admin-sessions"))
            await root.click(selector("running-end"))
            await root.click(selector("running-end-confirm"))
            await root.hides("running-class")
            await tabs[1].goto(f"{server.url}/sign-in")
            admin = Person(tabs[1], "Root", "tutor", server.url)
            await tabs[1].fill(selector("name-input"), "root.admin")
            await tabs[1].fill(selector("password-input"), PASSWORD)
            await admin.click(selector("sign-in-button"))
            await admin.shows("bell")
            for part in ("settings", "audit", "storage", "sessions"):
                await tabs[1].goto(f"{server.url}/admin/{part}")
                await admin.shows(f"admin-{part}-part")
                assert await tabs[1].evaluate(_NO_SIDEWAYS), part
            assert [line for tab in tabs for line in tab.console if line.startswith("uncaught")] == []
        finally:
            await together(*(tab.close() for tab in tabs))
