"""What arrives is what was sent: its size, every frame, every packet, and as many bits as the line allows."""

import asyncio
import time
from functools import partial

from tests.support.classroom import Classroom, Person, together
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


async def test_the_bitrate_rises_to_what_the_line_allows(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    await tutor.turn("camera", on=True)
    await eventually(
        lambda: _rate(ada, tutor),
        "600 kbit/s of a whole picture",
        until=lambda seen: seen[0] > 600_000 and _is_whole(seen[1]),
        within=10,
    )


async def test_pictures_keep_their_size_and_lose_nothing_for_20_seconds(classroom: Classroom) -> None:
    tutor, *students = await classroom.full("Ada", "Ben", "Cho")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    for student in students:
        await eventually(partial(student.picture, tutor), "a whole picture", until=_is_whole)
    freezes = await asyncio.gather(
        *(student.longest_freeze(tutor, frames=FRAMES_OF_20_S, within=30) for student in students)
    )
    assert max(freezes) < 1
    sent = await outbound(tutor.tab, "video")
    assert sent is not None
    for student in students:
        now, sound = await student.picture(tutor), await student.sound()
        assert now is not None
        assert (now.width, now.height) == (sent.width, sent.height)
        assert now.packets_lost == 0
        assert sound.packets_lost == 0
        assert await student.offers() == 1
    assert await video_packets_received(tutor.tab) == 0
