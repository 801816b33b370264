"""What somebody sees and can do before they are in class: themselves, their line, what it costs; and waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.chromium import DESKTOP, PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

SCREENS = {"desktop": DESKTOP, "phone": PHONE}

_ATTRIBUTE = "(selector, name) => document.querySelector(selector)?.getAttribute(name)"
_LEVELS = """async () => {
    const bar = document.querySelector('[data-testid=mic-level]'), seen = new Set()
    while (seen.size < 2) {
        seen.add(bar.getAttribute('aria-valuenow'))
        await new Promise(requestAnimationFrame)
    }
    return [...seen].map(Number)
}"""
_OPTIONS = (
    "selector => [...document.querySelectorAll(`${selector} option`)].map(option => option.value).filter(Boolean)"
)
_TURNED = "selector => getComputedStyle(document.querySelector(selector)).transform.startsWith('matrix(-1')"

_DENIED = """navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))"""
_NO_STORAGE = """for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } })"""
_PLAYED = """window.played = 0
    const play = HTMLMediaElement.prototype.play
    HTMLMediaElement.prototype.play = function () {
        this.addEventListener('timeupdate', () => { window.played = Math.max(window.played, this.currentTime) })
        return play.call(this)
    }"""


@pytest_asyncio.fixture(params=["desktop", "phone"], loop_scope="session")
async def screen(request: pytest.FixtureRequest, chromium: Chromium) -> AsyncIterator[ChromiumTab]:
    """A tab of either size."""
    yield await chromium.tab(size=SCREENS[request.param], phone=request.param == "phone")


async def _opened(classroom: Classroom, tab: ChromiumTab, name: str = "Ada") -> Person:
    """A student at the join page, whom a weak machine takes no step down."""

    async def new_tab() -> ChromiumTab:
        return tab

    person = await classroom.student(name, new_tab)
    await person.open()
    return person


def _uncaught(tab: ChromiumTab) -> list[str]:
    return [line for line in tab.console if line.startswith("uncaught")]


async def test_people_check_themselves_and_choose_what_to_receive(
    classroom: Classroom, screen: ChromiumTab
) -> None:
    await screen.page.add_init_script(_PLAYED)
    ada = await _opened(classroom, screen)
    await ada.click(selector("camera-toggle"))
    await ada.shows("self-video")
    assert await screen.evaluate(_TURNED, selector("self-video"))
    await ada.click(selector("mic-toggle"))
    assert len(await screen.evaluate(_LEVELS)) == 2
    for kind in ("mic", "camera"):
        devices = await page_shows(
            screen,
            f"selector => {{ const found = ({_OPTIONS})(selector); return found.length > 0 && found }}",
            selector(f"{kind}-select"),
        )
        await screen.page.select_option(selector(f"{kind}-select"), devices[-1])
        await ada.has(kind, on=True)
    await ada.click(selector("speaker-test"))
    await page_shows(screen, f"() => ({_ATTRIBUTE})('[data-testid=speaker-test]', 'data-state') === 'played'")
    assert await screen.evaluate("() => window.played") > 0

    await ada.click(selector("line-open"))
    await ada.shows("line-verdict")
    verdict = await screen.evaluate(_ATTRIBUTE, selector("line-verdict"), "data-verdict")
    assert verdict in ("good", "fair", "weak", "poor")
    for figure in ("line-trip", "line-down", "line-up"):
        assert any(character.isdigit() for character in await ada.text(figure))
    await screen.page.keyboard.press("Escape")

    await ada.click(selector("data-use-open"))
    await ada.reads("cost-audio", "MB/h")
    await ada.click(selector("data-use-audio"))
    await screen.page.keyboard.press("Escape")
    await ada.reads("data-use-cost", await ada.text("cost-audio") or "MB/h")
    await ada.enter()
    await ada.is_in_the_room()
    await together(ada.has("mic", on=True), ada.has("camera", on=True))
    chosen = "() => window.__podium.session.view.reception.ladder.chosen"
    assert await screen.evaluate(chosen) == "audio"
    assert _uncaught(screen) == []


async def test_without_devices_or_storage_people_get_in_all_the_same(
    classroom: Classroom, screen: ChromiumTab
) -> None:
    await screen.page.add_init_script(_DENIED)
    await screen.page.add_init_script(_NO_STORAGE)
    link = classroom.server.link(classroom.id, classroom.server.token("student", "Ada"))
    ada = Person(screen, "Ada", "student", link)
    classroom.people.append(ada)
    await ada.open()
    await ada.shows("storage-note")
    await ada.click(selector("mic-toggle"))
    await ada.reads("device-advice", "microphone")
    await ada.click(selector("device-help-open"))
    await ada.shows("device-help")
    steps = await screen.evaluate("selector => document.querySelectorAll(selector).length", ".sheet li")
    assert steps >= 2
    # what was refused is asked for again
    await screen.evaluate("() => { delete navigator.mediaDevices.getUserMedia }")
    await ada.click(selector("device-help-retry"))
    await ada.has("mic", on=True)
    await ada.hides("device-advice")
    await screen.reload()  # the address kept the way in, as nothing else can
    await ada.shows("join-button")
    await ada.enter()
    await ada.is_in_the_room()
    assert _uncaught(screen) == []


async def test_who_comes_early_sees_how_long_it_is_and_comes_in_by_itself(
    server: PodiumServer, chromium: Chromium, artifacts: Path
) -> None:
    async with Classroom(server, chromium.tab, artifacts, is_started=False) as classroom:
        planner = server.token("tutor", "Planner")
        start = datetime.now(UTC) + timedelta(minutes=30)
        plan = {"scheduledAt": start.isoformat(), "durationMinutes": 45}
        await server.call("PATCH", f"/live-classes/{classroom.id}", planner, **plan)
        tab = await chromium.tab(size=PHONE, phone=True)
        # a clock that is an hour fast changes nothing
        await tab.page.clock.install(time=datetime.now(UTC) + timedelta(hours=1))
        await tab.page.clock.resume()
        ada = await _opened(classroom, tab)
        await ada.reads("class-tutors", "Planner")
        await ada.reads("class-status", "Starts in")
        minutes = int((await ada.text("class-status")).strip().removeprefix("Starts in ").split(":")[0])
        assert 20 <= minutes <= 30
        await ada.enter()
        await ada.shows("waiting-page")
        await ada.reads("waiting-countdown", "Starts in")
        await ada.click(selector("waiting-check"))
        await ada.click(selector("mic-toggle"))
        await ada.has("mic", on=True)
        await server.start_class(classroom.id)
        await ada.is_in_the_room()
        await ada.has("mic", on=True)
        assert _uncaught(tab) == []


async def test_invites_say_what_they_lead_to_and_why_they_do_not(classroom: Classroom, chromium: Chromium) -> None:
    server, tutor = classroom.server, classroom.server.token("tutor", "Planner")
    invites = "/courses/mathematics/invites"
    made = await server.call("POST", invites, tutor, liveClassId=classroom.id, maxUses=1)
    tab = await chromium.tab(size=PHONE, phone=True)
    link = f"{server.url}/invite/{made['token']}"
    guest = Person(tab, "Gustav", "guest", link)
    classroom.people.append(guest)
    await tab.goto(link)
    await guest.reads("invite-tutors", "Planner")
    for name in ("   ", "\u202e\u200b"):
        await tab.fill(selector("name-input"), name)
        await guest.click(selector("invite-button"))
        await guest.shows("name-input-error")
    await tab.fill(selector("name-input"), "\u202e" + "🎓" * 60)
    await guest.click(selector("invite-button"))
    await guest.shows("join-page")
    await tab.goto(link)
    await guest.reads("invite-problem", "As many people")
    await tab.goto(f"{server.url}/invite/nothing")
    await guest.reads("invite-problem", "ask for a new one")
    assert _uncaught(tab) == []
