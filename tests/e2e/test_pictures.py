"""What arrives is what was sent: its size, every frame, every packet, and as many bits as the line allows."""

import asyncio
import time
from functools import partial

import pytest

from tests.support.classroom import Classroom, Person, together
from tests.support.load import overflows
from tests.support.waiting import eventually
from tests.support.webrtc import InboundVideo, outbound, video_packets_received

FRAMES_OF_20_S = 20 * 20
"""The fake camera makes 20 a second."""


def _is_whole(picture: InboundVideo | None) -> bool:
    """Browsers begin with a smaller picture than the camera's."""
    return picture is not None and (picture.width, picture.height) == (640, 360)


async def _rate(viewer: Person, shown: Person) -> tuple[float, InboundVideo]:
    """Bits per second while the next 20 frames come, and the statistics then."""
    first, start = await viewer.sees(shown, frames=1), time.monotonic()
    last, end = await viewer.sees(shown, frames=20), time.monotonic()
    return (last.bytes_received - first.bytes_received) * 8 / (end - start), last


async def _has_its_size(viewer: Person, shown: Person) -> bool:
    """An encoder that is too slow makes its picture smaller: it is to be seen as it is sent."""
    picture, sent = await asyncio.gather(viewer.picture(shown), outbound(shown.tab, "video"))
    return picture is not None and sent is not None and (picture.width, picture.height) in sent.sizes


async def test_the_bitrate_rises_to_what_the_line_allows(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    await tutor.turn("camera", on=True)
    await eventually(
        lambda: _rate(ada, tutor),
        "600 kbit/s of a whole picture",
        until=lambda seen: seen[0] > 600_000 and _is_whole(seen[1]),
    )


@pytest.mark.alone
async def test_pictures_keep_their_size_and_lose_nothing_for_20_seconds(classroom: Classroom) -> None:
    overflows_before = overflows(None)
    tutor, *students = await classroom.full("Ada", "Ben", "Cho")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    for student in students:
        await eventually(partial(student.picture, tutor), "a whole picture", until=_is_whole)
    all_watched = await asyncio.gather(*(student.watches(tutor, frames=FRAMES_OF_20_S) for student in students))
    for student, watched in zip(students, all_watched, strict=True):
        assert watched.freeze_s < 1 + watched.held_up_s
        await eventually(partial(_has_its_size, student, tutor), f"{student} sees what {tutor} sends in its size")
        now, sound = await student.picture(tutor), await student.sound()
        assert now is not None
        assert now.packets_lost + sound.packets_lost <= overflows(None) - overflows_before
        assert await student.offers() == 1
    assert await video_packets_received(tutor.tab) == 0
