"""A program publishes by WHIP, and browsers play it."""

from pathlib import Path

from tests.support.classroom import Classroom, Person
from tests.support.gstreamer import gstreamer
from tests.support.tab import page_shows

_ROW = """name => [...document.querySelectorAll('[data-testid=participant-row]')]
    .find(row => row.textContent.includes(name))?.dataset.participantId"""


async def test_what_gstreamer_publishes_is_seen_and_heard(classroom: Classroom, artifacts: Path) -> None:
    ada = await classroom.student("Ada")
    await ada.join()
    url, token = f"{classroom.server.url}/whip/{classroom.id}", classroom.server.token("tutor", "Noether")
    async with gstreamer(url, token, artifacts / "gstreamer.log") as program:
        stream = Person(ada.tab, "Noether (stream)", "tutor", "")
        stream.id = await page_shows(ada.tab, _ROW, stream.name)
        seen = await ada.sees(stream, frames=30)
        assert (seen.width, seen.height) == (320, 240)
        await ada.hears_something()
        assert await program.stop() == 0
        await ada.no_longer_lists(stream)
        await ada.counts(1)
