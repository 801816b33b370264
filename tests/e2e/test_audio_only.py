"""Sound only: not one video packet more, the sound without a gap, and the picture back at once."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.support.classroom import Classroom, Person, together
from tests.support.load import overflows
from tests.support.waiting import eventually
from tests.support.webrtc import video_packets_received

SAMPLE_RATE = 48_000


async def _hears_for(listener: Person, seconds: float) -> None:
    """That much more sound comes."""
    before = await listener.sound()
    wanted = before.packets_received + 50 * seconds
    await eventually(
        listener.sound,
        f"{seconds} s of sound",
        until=lambda now: now.energy > before.energy and now.packets_received >= wanted,
    )


async def _received_meanwhile(person: Person) -> int:
    """Video packets that come while 25 packets of sound do."""
    before = await video_packets_received(person.tab)
    await _hears_for(person, 0.5)
    return await video_packets_received(person.tab) - before


async def _click_and_see(viewer: Person, clicked: str, shown: Person) -> float:
    """Seconds from a click to the next frame of somebody."""
    started = time.monotonic()
    await viewer.click(f'[data-testid="{clicked}"]')
    await viewer.sees(shown, frames=1)
    return time.monotonic() - started


@pytest.mark.alone
async def test_no_video_packet_while_the_sound_goes_on(
    classroom: Classroom, record_property: Callable[[str, object], None]
) -> None:
    overflows_before = overflows(None)
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    await together(ada.sees(tutor), ben.sees(tutor), ada.hears_something())

    before = {person: await person.sound() for person in (ada, ben)}
    await ada.chooses("audio")
    await ada.no_longer_sees(tutor)
    await eventually(partial(_received_meanwhile, ada), "packets on their way have come", until=lambda n: n == 0)
    count = await video_packets_received(ada.tab)
    await _hears_for(ada, 4)
    assert await video_packets_received(ada.tab) == count
    after = {person: await person.sound() for person in (ada, ben)}
    made_up = {person: after[person].audible_gaps - before[person].audible_gaps for person in (ada, ben)}
    assert after[ada].packets_lost <= overflows(None) - overflows_before
    # A busy machine makes up for packets that come late; it does so for everybody, also for who switched nothing.
    assert made_up[ada] - made_up[ben] < 0.3 * SAMPLE_RATE
    await ben.sees(tutor)

    await ada.click('[data-testid="reception-toggle"]')
    took = await _click_and_see(ada, "reception-full", tutor)
    record_property("seconds_until_the_picture_is_back", round(took, 2))
    assert await ada.offers() == 1
