"""Every order in which people can come: everyone sees and hears everyone else who is on."""

import asyncio
from pathlib import Path

from playwright.async_api import Route

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.server import PodiumServer
from tests.support.tab import Tab
from tests.support.waiting import PATIENCE

STUDENTS = ("Ada", "Ben", "Cho")


async def _all_see_and_hear(tutor: Person, students: list[Person]) -> None:
    """The students get the tutor's picture and voice, the tutor those of the students; one offer each."""
    everyone = [tutor, *students]
    await together(
        *(student.sees(tutor) for student in students),
        *(tutor.sees(student) for student in students),
        *(person.hears_something() for person in everyone),
        *(person.counts(len(everyone)) for person in everyone),
    )
    for person in everyone:
        assert await person.offers() == 1, f"{person} renegotiated"


async def test_tutor_first(classroom: Classroom) -> None:
    tutor = await classroom.tutor()
    await tutor.join()
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    students = [await classroom.student(name) for name in STUDENTS]
    for student in students:
        await student.join()
        await student.sees(tutor)
        await together(student.turn("mic", on=True), student.turn("camera", on=True))
    await _all_see_and_hear(tutor, students)


async def test_the_join_button_stays_where_it_is_when_more_is_known(
    classroom: Classroom, chromium: Chromium
) -> None:
    tab = await chromium.tab()
    asked, answer = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await answer.wait()
        await route.continue_()

    async def this_tab() -> Tab:
        return tab

    await tab.page.route("**/api/v1/live-classes/**", hold)
    ada = await classroom.student("Ada", this_tab)
    await ada.open()
    await asyncio.wait_for(asked.wait(), PATIENCE)
    place = "() => JSON.stringify(document.querySelector('[data-testid=join-button]').getBoundingClientRect())"
    before = await tab.evaluate(place)
    answer.set()
    await ada.reads("class-title", "Fractions")
    assert await tab.evaluate(place) == before


async def test_how_many_are_there_is_seen_before_one_is_inside(
    server: PodiumServer, chromium: Chromium, artifacts: Path
) -> None:
    async with Classroom(server, chromium.tab, artifacts, is_started=False) as classroom:
        ada, ben = await classroom.student("Ada"), await classroom.student("Ben")
        await together(ada.open(), ben.open())
        await ben.enter()
        await ben.shows("waiting-page")
        await together(*(person.reads("participant-count", "0 participants") for person in (ada, ben)))
        tutor = await classroom.tutor()
        await tutor.join()
        await ben.is_in_the_room()
        await ada.reads("participant-count", "2 participants")
        await ben.leave()
        await ada.counts(1)
        assert await ada.text("participant-count") == "1 participant"
        await tutor.leave()
        await ada.reads("participant-count", "0 participants")


async def test_students_first_wait_and_are_let_in_when_the_class_starts(
    server: PodiumServer, chromium: Chromium, artifacts: Path
) -> None:
    async with Classroom(server, chromium.tab, artifacts, is_started=False) as classroom:
        students = [await classroom.student(name) for name in STUDENTS]
        for student in students:
            await student.open()
            await student.enter()
        await together(*(student.shows("waiting-page") for student in students))
        tutor = await classroom.tutor()
        await tutor.join()
        await together(*(student.is_in_the_room() for student in students))
        for person in (*students, tutor):
            await together(person.turn("mic", on=True), person.turn("camera", on=True))
        await _all_see_and_hear(tutor, students)


async def test_all_at_once(classroom: Classroom) -> None:
    tutor, *students = await classroom.full(*STUDENTS)
    await together(*(person.turn("camera", on=True) for person in classroom.people))
    await together(*(person.turn("mic", on=True) for person in classroom.people))
    await _all_see_and_hear(tutor, students)
