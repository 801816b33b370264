"""How soon a student is there on a slow line: from opening a link, with nothing kept, to the first sound.

A real server and a real Chromium, which holds its requests and WebSockets up as such a line would (the developer
tools' network conditions; media itself is not held up). A tutor speaks in the class. Each run begins with an empty
profile.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.support.figures import Table, median
from bench.support.machine import OtherLoad, describe
from bench.support.report import PAGE_LOAD, Page, markdown
from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

RUNS = 3

_MARKS = """() => {
    const marks = window.__marks = {}
    const mark = (name, isThere) => { if (!(name in marks) && isThere) marks[name] = performance.now() }
    const look = async () => {
        const find = name => document.querySelector(`[data-testid=${name}]`)
        mark('button', find('join-button') && !find('join-button').disabled)
        mark('known', find('class-title') && find('class-title').textContent !== 'Live class')
        mark('room', find('room'))
        const { pc } = window.__podium ?? {}
        if (pc && pc.connectionState === 'connected' && !('sound' in marks)) {
            const stats = [...(await pc.getStats()).values()]
            const energies = stats.map(one => one.type === 'inbound-rtp' && one.totalAudioEnergy || 0)
            mark('sound', Math.max(...energies) > 1e-5)
        }
        setTimeout(look, 50)
    }
    void look()
}"""

_TRANSFERRED = """() => ['resource', 'navigation']
    .flatMap(type => performance.getEntriesByType(type))
    .filter(entry => entry.responseEnd <= window.__marks.button)
    .reduce((sum, entry) => [sum[0] + 1, sum[1] + entry.transferSize], [0, 0])"""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    kbps: int
    """Both ways; 0 is no limit."""
    latency_ms: int


LINES = (Line("as it is", 0, 0), Line("1.6 Mbit/s, 150 ms", 1600, 150), Line("400 kbit/s, 400 ms", 400, 400))


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds since the link was opened, and what had come until Join could be clicked."""

    button: float
    known: float
    room: float
    sound: float
    requests: int
    transferred: int


async def visit(classroom: Classroom, tab: ChromiumTab, line: Line) -> Visit:
    link = classroom.server.link(classroom.id, classroom.server.token("student", "Ada"))
    await tab.page.add_init_script(f"({_MARKS})()")
    session = await tab.page.context.new_cdp_session(tab.page)
    await session.send("Network.enable")
    bytes_per_s = line.kbps * 1000 / 8 or -1
    conditions = {"downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s}
    await session.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": line.latency_ms, **conditions}
    )
    await tab.goto(link)
    await tab.click(selector("join-button"))
    await page_shows(tab, "() => window.__marks.sound && window.__marks.known")
    marks: dict[str, float] = await tab.evaluate("() => window.__marks")
    requests, transferred = await tab.evaluate(_TRANSFERRED)
    return Visit(**{name: ms / 1000 for name, ms in marks.items()}, requests=requests, transferred=transferred)


@asynccontextmanager
async def lesson(directory: Path) -> AsyncIterator[tuple[Classroom, Chromium]]:
    """A live class whose tutor makes sounds."""
    async with (
        PodiumServer(directory / "server") as server,
        Chromium(directory) as chromium,
        Classroom(server, chromium.tab, directory) as classroom,
    ):
        tutor: Person = await classroom.tutor()
        await tutor.join()
        await tutor.turn("mic", on=True)
        yield classroom, chromium


async def measure(runs: int, lines: Sequence[Line] = LINES) -> dict[Line, list[Visit]]:
    found: dict[Line, list[Visit]] = {}
    with tempfile.TemporaryDirectory() as directory:
        async with lesson(Path(directory)) as (classroom, chromium):
            for line in lines:
                for _ in range(runs):
                    tab = await chromium.tab(size=PHONE, phone=True)
                    try:
                        found.setdefault(line, []).append(await visit(classroom, tab, line))
                    finally:
                        await tab.close()
    return found


def table(found: dict[Line, list[Visit]], runs: int) -> Table:
    def seconds(values: list[float]) -> str:
        return f"{median(values):.1f} s"

    rows: list[Sequence[Any]] = [
        (
            line.name,
            seconds([one.button for one in visits]),
            seconds([one.known for one in visits]),
            seconds([one.room for one in visits]),
            seconds([one.sound for one in visits]),
            f"{visits[0].requests}",
            f"{visits[0].transferred / 1000:.0f} kB",
        )
        for line, visits in found.items()
    ]
    columns = ("line", "Join can be clicked", "class named", "in the room", "first sound", "requests", "fetched")
    note = (
        f"Medians of {runs} visits each, from opening the link with nothing kept; Join is clicked as soon as it "
        "can be. Requests and octets are those until then."
    )
    return Table("From a link to the class", columns, rows, note)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how soon a student is in class on a slow line.")
    parser.add_argument("--runs", type=int, default=RUNS, help="visits on each line (default %(default)s)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures between its markers")
    arguments = parser.parse_args()
    page = Page(arguments.write, PAGE_LOAD)
    others = OtherLoad()
    found = asyncio.run(measure(arguments.runs))
    page.publish(markdown(describe(), others.share(), [table(found, arguments.runs)]))


if __name__ == "__main__":
    main()
