"""A program publishes by WHIP, and browsers play it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.classroom import Classroom, Person
from tests.support.process import ROOT, Program
from tests.support.tab import page_shows
from tests.support.waiting import eventually

_ROW = """name => [...document.querySelectorAll('[data-testid=participant-row]')]
    .find(row => row.textContent.includes(name))?.dataset.participantId"""


@asynccontextmanager
async def gstreamer(classroom: Classroom, name: str, log: Path) -> AsyncIterator[Program]:
    """GStreamer publishes H.264 and Opus for this tutor."""
    script = str(ROOT / "tests/support/gstreamer_whip.py")
    url, token = f"{classroom.server.url}/whip/{classroom.id}", classroom.server.token("tutor", name)
    program = await Program.start("/usr/bin/python3", script, url, token, log=log)
    try:

        async def connected() -> bool:
            assert program.is_running, program.failure("GStreamer does not publish")
            return "connected" in program.output()

        await eventually(connected, "GStreamer publishes")
        yield program
    finally:
        await program.stop()


async def test_what_gstreamer_publishes_is_seen_and_heard(classroom: Classroom, artifacts: Path) -> None:
    ada = await classroom.student("Ada")
    await ada.join()
    async with gstreamer(classroom, "Noether", artifacts / "gstreamer.log") as program:
        stream = Person(ada.tab, "Noether (stream)", "tutor", "")
        stream.id = await page_shows(ada.tab, _ROW, stream.name)
        seen = await ada.sees(stream, frames=30)
        assert (seen.width, seen.height) == (320, 240)
        await ada.hears_something()
        assert await program.stop() == 0
        await ada.no_longer_lists(stream)
        await ada.counts(1)
