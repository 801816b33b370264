"""Audio only: not one video packet more, the sound without a gap, and the picture back at once."""

import time

from tests.support.classroom import Classroom, Person, together
from tests.support.waiting import eventually
from tests.support.webrtc import InboundAudio, video_packets_received

SAMPLE_RATE = 48_000


async def _hears_for(listener: Person, seconds: float) -> tuple[InboundAudio, InboundAudio]:
    """The statistics of the sound now, and when that much more of it was played."""
    before = await listener.sound()

    def long_enough(now: InboundAudio) -> bool:
        return now.energy > before.energy and now.packets_received >= before.packets_received + 50 * seconds

    after = await eventually(listener.sound, f"{seconds} s of sound", until=long_enough, within=3 * seconds + 5)
    return before, after


async def test_no_video_packet_while_the_sound_goes_on(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
    await together(ada.sees(tutor), ben.sees(tutor), ada.hears_something())

    before_switch = await ada.sound()
    await ada.turn("audio-only", on=True)
    await ada.no_longer_sees(tutor)
    packets: list[int] = []

    async def settled() -> bool:
        packets.append(await video_packets_received(ada.tab))
        return len(packets) > 5 and len(set(packets[-5:])) == 1

    await eventually(settled, "packets on their way have come", within=3)
    count = packets[-1]
    before, after = await _hears_for(ada, 4)
    assert await video_packets_received(ada.tab) == count
    assert after.packets_lost == before_switch.packets_lost
    assert after.audible_gaps - before.audible_gaps < SAMPLE_RATE // 100
    await ben.sees(tutor)

    started = time.monotonic()
    await ada.tab.click('[data-testid="audio-only-toggle"]')
    await ada.sees(tutor, frames=1)
    took = time.monotonic() - started
    assert took < 1.0, f"the picture came back after {took:.2f} s"
    assert await ada.offers() == 1
