"""Stage and grid, on desks and phones: what is seen, where it stays, and what is left of a picture that breaks."""

from functools import partial

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as named
from tests.support.covered import COVERED, IS_WIDER
from tests.support.tab import page_shows

_PLACES = """() => [...document.querySelectorAll('[data-testid=grid] [data-testid=tile]')]
    .map(tile => tile.dataset.place.replace(/:camera$/, ''))"""

_ALL_SHOW = """ids => {
    const users = window.__podium.session.view.room.users;
    return ids.every(id => users.find(user => user.id === id)?.isVideoOn);
}"""

_ON_STAGE = 'id => !!document.querySelector(`[data-testid=stage] [data-place="${id}:camera"]`)'

_STANDS = """id => {
    const tile = document.querySelector(`[data-place="${id}:camera"]`);
    const kept = tile?.querySelector('canvas');
    return !!tile?.querySelector('[data-testid=frozen]')
        && (!!tile.querySelector('video') || kept.checkVisibility() && kept.width > 0);
}"""

_SMALL = """() => [...document.querySelectorAll('[role=toolbar] button')]
    .filter(button => button.checkVisibility() && Math.min(button.clientWidth, button.clientHeight) < 44).length"""


def _page(person: Person) -> ChromiumTab:
    assert isinstance(person.tab, ChromiumTab)
    return person.tab


async def _places(person: Person, count: int) -> list[str]:
    """The tiles of the grid, oneself left out, once there are so many."""
    await page_shows(person.tab, f"count => ({_PLACES})().length === count", count)
    found: list[str] = await person.tab.evaluate(_PLACES)
    return found


async def test_tiles_of_the_grid_keep_their_places(classroom: Classroom, chromium: Chromium) -> None:
    small = partial(chromium.tab, size=(420, 680))
    tutor = await classroom.tutor(new_tab=small)
    students = [await classroom.student(name, small) for name in ("Ada", "Ben", "Cleo")]
    for person in (tutor, *students):
        await person.join()
    await together(*(student.turn("camera", on=True) for student in students))
    await page_shows(tutor.tab, _ALL_SHOW, [student.id for student in students])
    await tutor.turn("people", on=False)
    await tutor.click(named("layout-toggle"))
    ada, ben, cleo = students
    assert await _places(tutor, 2) == [ada.id, ben.id]
    await together(tutor.sees(ada), tutor.sees(ben), tutor.reads("grid-page", "1 / 2"))

    # Who has a picture is to be seen before one without, and takes that place; nobody else moves.
    await ben.turn("camera", on=False)
    await page_shows(tutor.tab, f"id => ({_PLACES})().includes(id)", cleo.id)
    assert await _places(tutor, 2) == [ada.id, cleo.id]
    await tutor.sees(cleo)
    await tutor.click(named("grid-next"))
    assert await _places(tutor, 1) == [ben.id]

    # A picture that is pinned has the stage; without it everything is as before.
    await tutor.click(f'[data-place="{ben.id}:camera"] {named("tile-menu")}')
    await tutor.click(named("tile-pin"))
    await page_shows(tutor.tab, _ON_STAGE, ben.id)
    await tutor.click(named("unpin"))
    assert await _places(tutor, 1) == [ben.id]


async def test_a_shared_screen_has_the_stage_and_a_lost_picture_stands(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(tutor.turn("camera", on=True), ben.turn("camera", on=True))
    await ada.click(named("layout-toggle"))
    await together(ada.shows("grid"), ada.sees(tutor), ada.sees(ben))
    await tutor.turn("screen", on=True)
    await ada.shows("zoomable")
    await ada.sees(tutor, "screen")
    await _page(ada).page.focus(named("zoomable"))
    await _page(ada).page.keyboard.press("+")
    await page_shows(ada.tab, "() => Number(document.querySelector('[data-testid=zoomable]').dataset.scale) > 1")
    await tutor.turn("screen", on=False)
    await ada.shows("grid")
    await ada.sees(ben)

    # Ben's page dies: his last picture stays, marked, until he is back.
    link = _page(ben).page.url
    await ben.tab.goto("about:blank")
    await page_shows(ada.tab, _STANDS, ben.id)
    await ben.tab.goto(link)
    await page_shows(ben.tab, "() => !!document.querySelector('[data-testid=room], [data-testid=join-button]')")
    if await ben.tab.evaluate("() => !!document.querySelector('[data-testid=join-button]')"):
        await ben.enter()
    await ada.hides("frozen")


async def test_on_a_phone_everything_can_be_reached(classroom: Classroom, chromium: Chromium) -> None:
    tutor = await classroom.tutor()
    ada = await classroom.student("Ada", partial(chromium.tab, size=PHONE, phone=True))
    await tutor.join()
    await ada.join()
    await tutor.turn("camera", on=True)
    await ada.sees(tutor)
    await ada.shows("self-preview")
    for width, height in ((568, 320), (320, 568), (844, 390), PHONE):
        await _page(ada).page.set_viewport_size({"width": width, "height": height})
        await ada.turn("people", on=True)
        await ada.shows("people-panel")
        assert await ada.tab.evaluate(COVERED) == [], (width, height)
        await ada.turn("people", on=False)
        assert await ada.tab.evaluate(COVERED) == [], (width, height)
        assert await ada.tab.evaluate(_SMALL) == 0, (width, height)
        assert not await ada.tab.evaluate(IS_WIDER), (width, height)
    await ada.sees(tutor)
