"""Classes that cannot be entered or do not go on: what people are told, and what they can do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from signaling.identity import Principal
from signaling.tokens import Tokens
from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.members import uncaught
from tests.support.server import COURSE, SECRET, PodiumServer
from tests.support.tab import page_shows


def _tabs(classroom: Classroom) -> list[ChromiumTab]:
    return [person.tab for person in classroom.people if isinstance(person.tab, ChromiumTab)]


async def test_a_full_class_says_so_and_lets_tutors_in(classroom: Classroom, chromium: Chromium) -> None:
    planner = classroom.server.token("tutor", "Planner")
    await classroom.server.call("PATCH", f"/live-classes/{classroom.id}", planner, maxParticipants=2)
    tutor, ada = await classroom.full("Ada")
    ben = await classroom.student("Ben", partial(chromium.tab, size=PHONE, phone=True))
    await ben.open()
    await ben.reads("join-hint", "full")
    await ben.enter()
    await ben.reads("left-page", "The class is full")
    await ben.click(selector("rejoin-button"))
    await ben.enter()
    await ben.reads("left-page", "The class is full")
    second = await classroom.tutor("Hilbert")
    await second.join()
    await together(*(person.counts(3) for person in (tutor, ada, second)))

    await ada.leave()
    await second.leave()
    await tutor.counts(1)
    await ben.click(selector("rejoin-button"))
    await ben.reads("join-hint", "off")
    await ben.enter()
    await together(ben.is_in_the_room(), tutor.counts(2))
    assert uncaught(*_tabs(classroom)) == []


async def test_without_a_tutor_a_class_ends_by_itself_and_says_so_before(
    tmp_path: Path, chromium: Chromium, artifacts: Path
) -> None:
    phone = partial(chromium.tab, size=PHONE, phone=True)
    async with (
        PodiumServer(tmp_path, env={"PODIUM__SESSION__TUTOR_ABSENCE_MINUTES": "0.3"}) as server,
        Classroom(server, chromium.tab, artifacts) as left,
        Classroom(server, chromium.tab, artifacts, title="Primes") as saved,
    ):
        gone, ada = await left.tutor(), await left.student("Ada")
        other, ben, comer = await saved.tutor(), await saved.student("Ben", phone), await saved.tutor("Hilbert")
        await together(*(person.join() for person in (gone, ada, other, ben)), comer.open())
        # what passes is looked for while it is done
        await together(
            gone.leave(),
            other.leave(),
            *(person.reads("toast", "unless a tutor comes") for person in (ada, ben)),
            *(person.reads("live-assertive", "unless a tutor comes") for person in (ada, ben)),
        )
        await together(comer.enter(), ben.reads("toast", "A tutor is here: the class goes on"))
        await ada.reads("left-page", "The class has ended")
        await together(comer.is_in_the_room(), ben.counts(2))

        # it is taken up again
        await ada.click(selector("rejoin-button"))
        await ada.enter()
        await ada.shows("waiting-page")
        await gone.click(selector("rejoin-button"))
        await gone.enter()
        await together(gone.is_in_the_room(), ada.is_in_the_room())
        assert uncaught(*_tabs(left), *_tabs(saved)) == []


async def test_who_waits_for_a_class_that_is_cancelled_is_told(
    server: PodiumServer, chromium: Chromium, artifacts: Path
) -> None:
    phone = partial(chromium.tab, size=PHONE, phone=True)
    async with Classroom(server, phone, artifacts, is_started=False) as classroom:
        ada = await classroom.student("Ada")
        await ada.open()
        await ada.enter()
        await ada.reads("waiting-page", "has not started yet")
        planner = server.token("tutor", "Planner")
        await server.call("POST", f"/live-classes/{classroom.id}/cancel", planner, reason="The hall is closed")
        await ada.reads("waiting-page", "was cancelled")
        await ada.hides("waiting-check")
        await ada.leave()
        assert uncaught(*_tabs(classroom)) == []


async def test_links_that_lead_nowhere_say_what_to_do(classroom: Classroom, chromium: Chromium) -> None:
    server = classroom.server
    who = Principal(user_id="user-Ada", name="Ada", role="student", course_id=COURSE)
    old = Tokens(SECRET).issue(who, datetime.now(UTC) - timedelta(hours=2), timedelta(hours=1))
    forged = Tokens("another secret, long enough to sign tokens").issue(who, datetime.now(UTC), timedelta(hours=1))
    tab = await chromium.tab(size=PHONE, phone=True)
    ada = Person(tab, "Ada", "student", server.link(classroom.id, old))
    classroom.people.append(ada)
    for token in (old, forged):
        await tab.goto("about:blank")
        await tab.goto(server.link(classroom.id, token))
        await ada.reads("bad-link-page", "not valid any more")
    for token in ("nonsense", ""):
        await tab.goto("about:blank")
        await tab.goto(server.link(classroom.id, token))
        await ada.reads("bad-link-page", "incomplete")
    await tab.goto("about:blank")
    await tab.goto(server.link("no-such-class", server.token("student", "Ada")))
    await ada.reads("bad-link-page", "does not exist")

    # somebody who is inside is not thrown out by the same page in another tab; the newer one has the seat
    ben = await classroom.student("Ben")
    await ben.join()
    assert isinstance(ben.tab, ChromiumTab)
    async with ben.tab.page.context.expect_page() as opened:
        await ben.tab.evaluate("() => void open(location.href)")
    again = Person(ChromiumTab(ben.tab.page.context, await opened.value), "Ben", "student", "")
    await together(again.shows("room"), ben.reads("left-page", "Open in another tab"))
    await ben.click(selector("rejoin-button"))
    await ben.enter()
    await together(ben.is_in_the_room(), again.reads("left-page", "Open in another tab"))
    await page_shows(ben.tab, "() => window.__podium.session.view.room.users.length === 1")
    assert uncaught(*_tabs(classroom)) == []
