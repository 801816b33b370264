"""As many as a class may hold: 500 people in the list, and 40 raised hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.support.socket_crowd import SocketClient
from tests.support.chromium import Chromium, ChromiumTab
from tests.support.classroom import Classroom
from tests.support.classroom import testid as named
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

STUDENTS, HANDS, AT_ONCE = 499, 40, 20
_SETTINGS = {
    "PODIUM__LIMITS__ADDRESS_PER_SECOND": "10000",
    "PODIUM__LIMITS__ADDRESS_BURST": "10000",
    "PODIUM__SESSION__SEAT_SECONDS": "3600",
}

_ROWS = (
    "name => [...document.querySelectorAll(`[data-testid=${name}]`)].filter(row => row.checkVisibility()).length"
)
_LAST = """name => {
    const panel = document.querySelector('[data-testid=people-panel] [role=group]')
    panel.scrollTop = panel.scrollHeight
    const { bottom } = panel.getBoundingClientRect()
    const row = [...document.querySelectorAll('[data-testid=participant-row]')].at(-1)
    return row?.textContent.includes(name) && row.getBoundingClientRect().top < bottom
}"""


@asynccontextmanager
async def _crowd(server: PodiumServer, class_id: str) -> AsyncIterator[list[SocketClient]]:
    """Students without sound or picture. Those who raise hands stay, of the others the seats are left: what is
    looked at is a list of so many, and not how so many are told of each other."""
    clients: list[SocketClient] = []

    async def come(number: int) -> SocketClient:
        token = server.token("student", f"Student {number:03}", f"student-{number}")
        client = await SocketClient.connect(server.host, server.port, token, lambda _: None)
        clients.append(client)
        await client.ask("join-session", liveClassId=class_id, seatKey=f"seat-key-of-{number:06}-0123456789")
        return client

    try:
        come_in: list[SocketClient] = []
        for first in range(0, STUDENTS, AT_ONCE):
            some = range(first, min(first + AT_ONCE, STUDENTS))
            come_in += await asyncio.gather(*(come(number) for number in some))
            for client in come_in[max(first, HANDS) :]:
                client.close()
        yield come_in
    finally:
        for client in clients:
            client.close()


async def test_a_tutor_finds_everyone_of_500(chromium: Chromium, artifacts: Path, tmp_path: Path) -> None:
    async with (
        PodiumServer(tmp_path, env=_SETTINGS) as server,
        Classroom(server, chromium.tab, artifacts) as classroom,
        _crowd(server, classroom.id) as students,
    ):
        tutor = await classroom.tutor()
        await tutor.join()
        await tutor.counts(STUDENTS + 1)
        for student in students[:HANDS]:
            await student.ask("raise-hand")
        await tutor.click(named("hands-all"))
        await page_shows(tutor.tab, f"(name, count) => ({_ROWS})(name) === count", "hand-row", HANDS)
        assert await tutor.tab.evaluate(_ROWS, "participant-row") < 60, "only what is in sight"
        await page_shows(tutor.tab, _LAST, f"Student {STUDENTS - 1}")

        # Whose turn it is stays in order, and everyone is found by name.
        assert isinstance(tutor.tab, ChromiumTab)
        await tutor.tab.page.evaluate(
            "() => { document.querySelector('[data-testid=people-panel] [role=group]').scrollTop = 0 }"
        )
        await tutor.click(f"{named('hand-row')} >> nth=0 >> {named('lower-hand')}")
        await page_shows(tutor.tab, f"(name, count) => ({_ROWS})(name) === count", "hand-row", HANDS - 1)
        await tutor.reads("hand-row", "Student 001")
        await tutor.tab.fill(named("people-search"), "student 321")
        await page_shows(tutor.tab, f"(name, count) => ({_ROWS})(name) === count", "participant-row", 1)
        await tutor.reads("participant-row", "Student 321")
