"""A shared screen: switched in without renegotiation, seen by all, in its own size."""

from tests.support.classroom import Classroom, together
from tests.support.waiting import eventually
from tests.support.webrtc import InboundVideo


async def test_a_screen_is_switched_in_and_out_without_a_new_offer(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await tutor.turn("camera", on=True)
    await together(ada.sees(tutor), ben.sees(tutor))

    await tutor.turn("screen", on=True)
    await together(*(student.sees(tutor, "screen") for student in (ada, ben)))
    await together(*(student.sees(tutor, "camera") for student in (ada, ben)))
    size = await tutor.tab.evaluate(
        """() => {
            const tracks = window.__podium.pc.getSenders().map(sender => sender.track)
            const { width, height } = tracks.find(track => track?.label.startsWith('screen') ||
                track?.getSettings().displaySurface)?.getSettings() ?? {}
            return [width, height]
        }"""
    )

    def whole(seen: InboundVideo | None) -> bool:
        return seen is not None and [seen.width, seen.height] == size

    await eventually(lambda: ada.picture(tutor, "screen"), f"the screen in its size {size}", until=whole)

    await tutor.turn("screen", on=False)
    await together(*(student.no_longer_sees(tutor, "screen") for student in (ada, ben)))
    await together(*(student.sees(tutor, "camera") for student in (ada, ben)))
    await tutor.turn("screen", on=True)
    await together(*(student.sees(tutor, "screen") for student in (ada, ben)))
    for person in (tutor, ada, ben):
        assert await person.offers() == 1
