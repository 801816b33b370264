"""What one receives, by the ladder and by what is on the screen; what nobody takes is not encoded."""

from functools import partial

from tests.support.classroom import Classroom, Person, together
from tests.support.tab import page_shows
from tests.support.waiting import eventually
from tests.support.webrtc import outbound

_LAYERS = """() => window.__podium.pc.getSenders()
    .flatMap(sender => sender.getParameters().encodings)
    .filter(encoding => encoding.rid && encoding.active).map(encoding => encoding.rid)"""

_SOUNDING = "() => [...document.querySelectorAll('audio')].filter(element => element.srcObject).length"


async def _layers(person: Person) -> list[str]:
    """The layers of the camera that are switched on."""
    found: list[str] = await person.tab.evaluate(_LAYERS)
    return found


async def _frames_encoded(person: Person) -> int:
    sent = await outbound(person.tab, "video")
    return sent.frames_encoded if sent is not None else 0


async def test_a_camera_is_encoded_as_large_as_somebody_sees_it(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    await together(ada.sees(tutor), ben.sees(tutor))
    await eventually(partial(_layers, tutor), "the stage takes the large layer", until=lambda on: "h" in on)
    await tutor.turn("screen", on=True)
    await ada.sees(tutor, "screen")
    await eventually(partial(_layers, tutor), "the small layer is enough beside it", until=lambda on: on == ["q"])
    await together(ada.sees(tutor), ben.sees(tutor))
    await together(ada.chooses("audio"), ben.chooses("audio"))
    await eventually(partial(_layers, tutor), "nobody watches", until=lambda on: on == [])
    await tutor.turn("screen", on=False)
    before = await _frames_encoded(tutor)
    await ada.hears_something()
    assert await _frames_encoded(tutor) - before <= 1
    await ada.chooses("full")
    await ada.sees(tutor)


async def test_steps_are_suggested_chosen_and_kept(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True), ada.turn("camera", on=True))
    await together(ada.sees(tutor), tutor.sees(ada), ada.hears_something())
    await tutor.click('[data-testid="reception-toggle"]')
    await tutor.click('[data-testid="suggest-to-all"]')
    await ada.reads("toast", "Noether suggests: Sound only")
    await ada.click('[data-testid="toast-action"]')
    await ada.no_longer_sees(tutor)
    await together(ada.hears_something(), tutor.sees(ada), tutor.lists(ada, reception="audio"))
    await ada.refresh()
    await ada.reads("reception-step", "Sound only")
    await ada.hears_something()
    assert await ada.picture(tutor) is None

    await ada.chooses("text")
    await ada.shows("chat-panel")
    assert await ada.tab.evaluate(_SOUNDING) == 0
    await ada.chooses("full")
    await together(ada.sees(tutor), ada.hears_something(), ada.hides("reception-step"))
    await page_shows(ada.tab, "() => window.__podium.session.view.reception.ladder.chosen === 'full'")
