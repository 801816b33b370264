"""A tutor asks, the class answers, and everyone sees what they may."""

from functools import partial

from tests.support.chromium import PHONE, Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.classroom import testid as selector
from tests.support.tab import page_shows

_COUNTS = """counts => {
    const options = [...document.querySelectorAll('[data-testid="poll"]')].at(0)
        ?.querySelectorAll('[data-testid="poll-option"]') ?? []
    return [...options].map(option => option.dataset.count ?? '').join() === counts
}"""
_FOCUS = "() => document.activeElement?.dataset.testid ?? document.activeElement?.tagName"


async def _counts(person: Person, *counts: int) -> None:
    """The first poll of the list has so many votes for each option."""
    await page_shows(person.tab, _COUNTS, ",".join(map(str, counts)))


async def _votes(person: Person, *places: int) -> None:
    for place in places:
        await person.click(f"{selector('poll')}[data-state=open] label:nth-of-type({place + 1})")
    await person.click(selector("vote-send"))


async def _opens(person: Person) -> None:
    """The list of polls, wherever its button is."""
    await person.turn("people", on=False)
    await person.press("polls-toggle")
    await person.shows("polls-panel")


async def test_a_class_answers_a_poll_and_a_quiz(classroom: Classroom, chromium: Chromium) -> None:
    tutor = await classroom.tutor()
    ada = await classroom.student("Ada")
    ben = await classroom.student("Ben", partial(chromium.tab, size=PHONE, phone=True))
    await together(tutor.join(), ada.join(), ben.join())

    before = [await person.tab.evaluate(_FOCUS) for person in (ada, ben)]
    # Asked with two clicks: the notice takes nobody's focus, and leads to the poll.
    await _opens(tutor)
    await tutor.click(selector("poll-new"))
    await tutor.click(selector("poll-template-yes-no"))
    await tutor.click(selector("poll-may-change"))
    await tutor.tab.evaluate(
        "selector => { const s = document.querySelector(selector); s.value = 'live';"
        " s.dispatchEvent(new Event('change', { bubbles: true })) }",
        selector("poll-show-results"),
    )
    await tutor.click(selector("poll-ask"))
    await together(ada.reads("toast", "Yes or no?"), ben.reads("toast", "Yes or no?"))
    assert [await person.tab.evaluate(_FOCUS) for person in (ada, ben)] == before
    await together(ada.shows("polls-toggle-badge"), ben.click(selector("toast-action")))
    await ada.click(selector("toast-action"))
    await together(_votes(ada, 0), _votes(ben, 0))
    await together(*(_counts(person, 2, 0) for person in (tutor, ada, ben)))
    await tutor.reads("poll-turnout", "2 of 2 people voted")

    # Changed while the connection is away: kept, and sent when it is back.
    await ben.tab.evaluate("() => window.__podium.session.ports.socket.reconnect()")
    await ben.click(selector("vote-change"))
    await _votes(ben, 1)
    await together(*(_counts(person, 1, 1) for person in (tutor, ada, ben)))
    await tutor.click(selector("poll-answers-toggle"))
    await tutor.reads("poll-answers", "Ben No")
    await tutor.click(selector("poll-close"))
    await together(ada.hides("vote-change"), ben.hides("vote-change"))

    # A quiz, kept for later: nothing of it is told before it is asked, and what is right only afterwards.
    await tutor.click(selector("poll-new"))
    await tutor.tab.fill(selector("poll-composer-question"), "Which are prime?")
    await tutor.click(selector("poll-multiple"))
    await tutor.click(selector("poll-quiz"))
    await tutor.click(selector("poll-option-add"))
    for place, text in enumerate(("2", "4", "7"), start=1):
        await tutor.tab.fill(f"[data-testid=poll-composer] li:nth-child({place}) input.text", text)
    await tutor.click(selector("poll-save"))
    await tutor.reads("poll-trouble", "right answer")
    for place in (1, 3):
        await tutor.click(f"[data-testid=poll-composer] li:nth-child({place}) label.right")
    await tutor.tab.fill(selector("poll-composer-explanation"), "Four is two times two.")
    await tutor.click(selector("poll-save"))
    await tutor.click(selector("poll-launch"))
    await together(ada.shows("vote-form"), ben.shows("vote-form"))
    assert "Four is two" not in await ada.text("polls-panel")
    await together(_votes(ada, 0, 2), _votes(ben, 0))
    await together(_counts(tutor, 2, 0, 1), tutor.reads("poll-right", "1 right"))
    await together(ada.reads("vote-given", "when the poll is closed"), ben.shows("vote-given"))
    await tutor.click(selector("poll-close"))
    await together(*(_counts(person, 2, 0, 1) for person in (ada, ben)))
    await together(ada.reads("poll-explanation", "two times two"), ben.reads("poll-right", "1 right"))
    await ada.refresh()
    await _opens(ada)
    await _counts(ada, 2, 0, 1)
