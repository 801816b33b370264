"""How a tutor leads the people in the room, and what they notice of it."""

from functools import partial

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.tab import page_shows
from tests.support.waiting import eventually

_SHOWN = "selector => !!document.querySelector(selector)?.getClientRects().length"
_ORDER = "() => [...document.querySelectorAll('[data-testid=hand-row]')].map(row => row.dataset.participantId)"
_LOCKED = "selector => document.querySelector(selector)?.disabled === true"
_FOCUS = "() => document.activeElement?.closest('[data-testid]')?.dataset.testid ?? null"


async def _opens(person: Person, name: str) -> None:
    """Click something of the bar, which may be behind the button for more of it."""
    if not await person.tab.evaluate(_SHOWN, selector(name)):
        await person.click(selector("overflow-toggle"))
    await person.click(selector(name))


async def _of_class(tutor: Person, *entries: str) -> None:
    """Choose from the menu for the whole class; switches leave it open."""
    await _opens(tutor, "class-menu")
    for entry in entries:
        await tutor.click(selector(entry))
    if await tutor.tab.evaluate(_SHOWN, selector("class-menu-menu")):
        assert isinstance(tutor.tab, ChromiumTab)
        await tutor.tab.page.keyboard.press("Escape")
    await tutor.hides("class-menu-menu")


async def _with(tutor: Person, person: Person, task: str) -> None:
    """Choose from what can be done about somebody."""
    await tutor.click(
        f'{selector("participant-row")}[data-participant-id="{person.id}"] {selector("person-more")}'
    )
    await tutor.click(selector(task))


async def _in_row(tutor: Person, row: str, person: Person, button: str) -> None:
    await tutor.click(f'{selector(row)}[data-participant-id="{person.id}"] {selector(button)}')


async def _queue(tutor: Person, *people: Person) -> None:
    await eventually(
        partial(tutor.tab.evaluate, _ORDER),
        f"{tutor} sees the hands of {people}",
        until=lambda ids: ids == [person.id for person in people],
    )


async def _is_locked(person: Person, switch: str) -> None:
    await page_shows(person.tab, _LOCKED, selector(f"{switch}-toggle"))


async def test_hands_and_locks_of_a_tutor_with_six_students(classroom: Classroom) -> None:
    tutor, ada, ben, cleo, dora, emil = await classroom.full("Ada", "Ben", "Cleo", "Dora", "Emil")
    await dora.turn("mic", on=True)
    await together(tutor.lists(dora, audio="true"), ada.hears_something())
    await tutor.shows("heard-row")

    # What passes is looked for while it is done.
    for number, person in enumerate((ada, ben), 1):
        await person.click(selector("hand-toggle"))
        await _queue(tutor, *(ada, ben)[:number])
    await together(
        cleo.click(selector("hand-toggle")),
        _queue(tutor, ada, ben, cleo),
        tutor.reads("live-polite", "raised"),
        cleo.reads("own-place", "number 3"),
        ada.reads("own-place", "You are next"),
    )

    # Everyone is silent, latecomers too.
    await together(
        _of_class(tutor, "class-micLocked", "class-cameraLocked"),
        dora.reads("toast", "Noether locked microphones"),
        dora.has("mic", on=False),
        tutor.hides("heard-row"),
    )
    finn = await classroom.student("Finn")
    await finn.join()
    await together(*(_is_locked(person, "mic") for person in (ada, ben, cleo, dora, emil, finn)))
    await together(_is_locked(finn, "camera"), _is_locked(dora, "camera"))

    # The second one of the queue is let speak: asked, and not switched on.
    before = await ben.tab.evaluate(_FOCUS)
    await together(
        _in_row(tutor, "hand-row", ben, "let-speak"),
        ben.reads("speak-offer", "Noether lets you speak"),
        ben.reads("live-assertive", "Noether lets you speak"),
    )
    assert await ben.tab.evaluate(_FOCUS) == before, "what arrives takes no focus"
    await tutor.lists(ben, audio="false")
    await ben.click(selector("speak-accept"))
    await together(ben.has("mic", on=True), ben.hides("speak-offer"), tutor.lists(ben, audio="true"))
    await together(*(person.hears_something() for person in (tutor, ada, finn)))

    # With the hand the turn is over.
    await together(
        _in_row(tutor, "hand-row", ben, "lower-hand"),
        ben.reads("toast", "Your turn to speak is over"),
        ben.has("mic", on=False),
    )
    await together(_queue(tutor, ada, cleo), _is_locked(ben, "mic"))

    await _with(tutor, dora, "allow-camera")
    await dora.turn("camera", on=True)
    await together(ada.sees(dora), finn.sees(dora), _is_locked(emil, "camera"))
    await tutor.click(f'{selector("person-sheet")} button[aria-label="Close"]')
    await tutor.click(selector("lower-all-hands"))
    await together(_queue(tutor), ada.hides("own-place"))
    await _of_class(tutor, "class-micLocked")
    await emil.turn("mic", on=True)
    await tutor.lists(emil, audio="true")


async def test_a_tutor_on_a_phone_minds_the_door_and_shares_the_lead(
    classroom: Classroom, chromium: Chromium
) -> None:
    tutor = await classroom.tutor(new_tab=partial(chromium.tab, size=PHONE, phone=True))
    ada = await classroom.student("Ada")
    await tutor.open()
    await together(tutor.enter(), ada.join())
    await tutor.shows("room")
    tutor.id = await page_shows(tutor.tab, "() => window.__podium.session?.view.selfId")
    await _of_class(tutor, "class-wait-guests", "class-wait-everyone")
    policy = "() => window.__podium.session.view.room.policy.waitingRoom"
    assert await page_shows(ada.tab, f"() => ({policy})() === 'everyone'")

    ben, cleo = [await classroom.student(name) for name in ("Ben", "Cleo")]
    await ben.open()
    await together(ben.enter(), tutor.reads("live-polite", "Ben waits to be let in"))
    await tutor.click(selector("toast-action"))
    await ben.is_in_the_room()
    await cleo.open()
    await cleo.enter()
    await cleo.shows("waiting-page")
    await _opens(tutor, "people-toggle")
    await tutor.reads("waiting-row", "Cleo")
    await tutor.click(selector("deny"))
    await cleo.reads("left-page", "You were not let in")
    await tutor.hides("waiting-row")

    # A co-tutor does what a tutor does, but does not end the class.
    assert not await ada.tab.evaluate(_SHOWN, selector("class-menu"))
    await together(
        _with(tutor, ada, "promote-user"),
        ada.reads("toast", "You lead this class too now"),
        ada.shows("class-menu"),
    )
    await _opens(ada, "class-menu")
    await ada.shows("mute-all")
    assert not await ada.tab.evaluate(_SHOWN, selector("class-end"))
    assert isinstance(ada.tab, ChromiumTab)
    await ada.tab.page.keyboard.press("Escape")
    await _with(ada, ben, "ban-user")
    await ada.click(selector("ban-confirm"))
    await together(ben.reads("left-page", "You were removed"), tutor.no_longer_lists(ben))
    await _with(tutor, ada, "demote-user")
    await together(ada.hides("class-menu"), ada.lists(ada, role="student"))
