"""The chat of a class: said, answered, changed and taken back, with pictures, and over a lost connection."""

from playwright.async_api import FilePayload

from tests.support.chatting import acts, counts, picture, says
from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, together
from tests.support.classroom import testid as selector

_MARKUP = '<img src=x onerror="window.stolen = 1"> <b>Is ½ the same as 2/4?</b>'


async def test_a_class_talks_about_a_question(classroom: Classroom, chromium: Chromium) -> None:
    async def phone() -> ChromiumTab:
        return await chromium.tab(size=PHONE, phone=True)

    tutor, ada, ben = (
        await classroom.tutor(),
        await classroom.student("Ada"),
        await classroom.student("Ben", phone),
    )
    people = (tutor, ada, ben)
    await together(*(person.join() for person in people))
    await together(*(person.turn("chat", on=True) for person in people))

    # a question, as text and nothing else, for everyone
    await ada.click(selector("chat-question"))
    await says(ada, _MARKUP)
    await together(*(counts(person, _MARKUP, 1) for person in people))
    for person in people:
        assert not await person.tab.evaluate("() => 'stolen' in window || !!document.querySelector('article b')")

    # its answer, found again by the question
    await acts(tutor, "same as 2/4", "act-reply")
    await tutor.shows("compose-reply")
    await tutor.click(selector("chat-answer"))
    await says(tutor, "Yes: both are one half.")
    await together(ben.reads("chat-quote", "same as 2/4"), ada.reads("message-replies", "1 reply"))

    # changed, liked, taken back: seen by the others
    await acts(tutor, "both are one half", "act-edit")
    await says(tutor, "Yes: both are exactly one half.")
    await together(ada.reads("chat-message", "exactly one half"), ben.shows("message-edited"))
    await acts(ben, "exactly one half", "react-👍")
    await tutor.reads("reaction-chip", "👍 1")
    await says(ada, "never mind")
    await ben.reads("chat-message", "never mind")
    await acts(ada, "never mind", "act-delete")
    await ada.click(selector("act-confirm"))
    await together(*(counts(person, "never mind", 0) for person in people))


async def test_a_picture_waits_to_be_asked_for_and_what_was_written_offline_is_sent_once(
    classroom: Classroom,
) -> None:
    tutor, ada = await classroom.full("Ada")
    await together(tutor.turn("chat", on=True), ada.turn("chat", on=True))
    await ada.chooses("saver")
    assert isinstance(tutor.tab, ChromiumTab)
    file = FilePayload(name="half.png", mimeType="image/png", buffer=picture(600, 400))
    await tutor.tab.page.get_by_test_id("chat-files").set_input_files([file])
    await tutor.shows("upload-done")
    await says(tutor, "Look at this")
    await together(tutor.shows("chat-picture"), ada.shows("picture-ask"))
    await ada.hides("chat-picture")
    await ada.click(selector("picture-ask"))
    await ada.shows("chat-picture")

    assert isinstance(ada.tab, ChromiumTab)
    context = ada.tab.page.context
    await context.set_offline(True)
    await ada.shows("chat-away", within=60)
    await says(ada, "written on the train")
    await ada.reads("chat-pending", "written on the train")
    await context.set_offline(False)
    await ada.refresh()
    await ada.turn("chat", on=True)
    await together(*(counts(person, "written on the train", 1) for person in (tutor, ada)))
    await ada.hides("chat-pending")
