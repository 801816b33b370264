"""The first thing a newcomer does: start the demo, open the student's link, see and hear a class."""

import re
import socket
import sys
from pathlib import Path

from tests.support.chromium import Chromium
from tests.support.classroom import Person
from tests.support.process import Program
from tests.support.server import free_port
from tests.support.tab import page_shows
from tests.support.waiting import eventually

STUDENT_LINK = re.compile(r"Student: +(http://\S+)")


async def test_the_demo_shows_a_class_at_once(chromium: Chromium, artifacts: Path, tmp_path: Path) -> None:
    program = await Program.start(
        sys.executable,
        "-m",
        "demo",
        log=artifacts / "demo.log",
        env={
            "PODIUM__DATA_DIR": str(tmp_path),
            "PODIUM__HTTP__HOST": "127.0.0.1",
            "PODIUM__HTTP__PORT": str(free_port(socket.SOCK_STREAM)),
            "PODIUM__MEDIA__UDP_PORT": str(free_port(socket.SOCK_DGRAM)),
            "PODIUM__MEDIA__LISTEN": "127.0.0.1",
            "PODIUM__MEDIA__ANNOUNCE": "127.0.0.1",
        },
    )
    tab = await chromium.tab()
    try:

        async def link() -> str:
            found = STUDENT_LINK.search(program.output())
            return found[1] if found else ""

        student = Person(tab, "Student", "student", await eventually(link, "the student's link"))
        await student.join()
        tutor = Person(tab, "Tutor", "tutor", "")
        tutor.id = await page_shows(
            tab, "() => document.querySelector('[data-testid=remote-video]')?.dataset.participantId"
        )
        picture = await student.sees(tutor, frames=30)
        assert (picture.width, picture.height) == (640, 360)
        await student.hears_something()
        await student.reads("participant-count", "2")
    finally:
        await tab.close()
        code = await program.stop()
    assert code == 0
    assert "Traceback" not in program.output()
