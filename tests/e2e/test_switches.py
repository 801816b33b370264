"""Mic, camera, hand and chat: off at first, true to the device, seen by all."""

from tests.support.classroom import Classroom, together


async def test_everything_starts_off_and_everyone_sees_it_change(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    for switch in ("mic", "camera", "screen", "hand"):
        assert not await ada.is_on(switch), f"{switch} is on before anybody touched it"
    await together(
        *(person.lists(ada, audio="false", video="false", hand="false") for person in (tutor, ben, ada))
    )

    await together(ada.turn("mic", on=True), ada.turn("camera", on=True), ada.turn("hand", on=True))
    await together(*(person.lists(ada, audio="true", video="true", hand="true") for person in (tutor, ben, ada)))
    await together(ada.turn("mic", on=False), ada.turn("camera", on=False), ada.turn("hand", on=False))
    await together(
        *(person.lists(ada, audio="false", video="false", hand="false") for person in (tutor, ben, ada))
    )
    await tutor.no_longer_sees(ada)


async def test_one_always_sees_oneself_or_that_the_camera_is_off(classroom: Classroom) -> None:
    _, ada = await classroom.full("Ada")
    await together(ada.shows("self-preview"), ada.shows("self-placeholder"))
    await ada.turn("camera", on=True)
    await together(ada.shows("self-preview"), ada.hides("self-placeholder"))
    await ada.turn("camera", on=False)
    await ada.shows("self-placeholder")


async def test_the_tutor_mutes_a_student_who_may_switch_on_again(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    await ada.turn("mic", on=True)
    await tutor.lists(ada, audio="true")
    await tutor.hears_something()
    await tutor.click(f'[data-testid=participant-row][data-participant-id="{ada.id}"] [data-testid=mute-user]')
    await together(tutor.lists(ada, audio="false"), ada.has("mic", on=False))
    await ada.turn("mic", on=True)
    await tutor.lists(ada, audio="true")
    await tutor.hears_something()


async def test_a_student_cannot_mute_or_remove(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(ada.lists(ben), ada.lists(tutor, role="tutor"))
    assert await ada.tab.evaluate("() => document.querySelectorAll('[data-testid=mute-user]').length") == 0
    assert await ada.tab.evaluate("() => document.querySelectorAll('[data-testid=remove-user]').length") == 0


async def test_what_is_written_reaches_everyone_once(classroom: Classroom) -> None:
    people = await classroom.full("Ada", "Ben")
    ada = people[1]
    await together(*(person.turn("chat", on=True) for person in people))
    await ada.tab.fill('[data-testid="chat-input"]', "Is ½ the same as 2/4? <b>")
    await ada.click('[data-testid="chat-send"]')
    await together(*(person.reads("chat-message", "Is ½ the same as 2/4? <b>") for person in people))
    for person in people:
        count = await person.tab.evaluate("() => document.querySelectorAll('[data-testid=chat-message]').length")
        assert count == 1
