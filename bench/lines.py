"""Weak lines in a real browser: a tutor on a good line, a student in Chromium behind an emulated one.

The student joins on a good line, which then becomes that of the profile. What is heard is measured behind the
browser's jitter buffer, in pieces of 10 ms; the tutor's voice never pauses longer than 150 ms. Each row says what
the link really did. Needs root, for network namespaces.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support.figures import Table
from bench.support.machine import OtherLoad, describe
from bench.support.report import LINES, Page, markdown
from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.listening import Heard, heard, listen
from tests.support.network import Impairment, Link, Network
from tests.support.network.emulator import Report
from tests.support.server import PodiumServer
from tests.support.voice import write_voice
from tests.support.webrtc import InboundVideo

SETTLE_S = 8.0
REACH_S = 5.0
WATCH_S = 40.0
LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of line. Delays are of one direction, half the round trip."""

    name: str
    down: Impairment
    up: Impairment


def _profile(
    name: str, rtt_s: float, bps: int, loss: float, *, jitter_s: float = 0, reorder: float = 0
) -> Profile:
    down = Impairment(delay_s=rtt_s / 2, rate_bps=bps, loss=loss, jitter_s=jitter_s, reorder=reorder, queue_s=0.5)
    up = Impairment(delay_s=rtt_s / 2, rate_bps=max(bps // 2, 64_000), loss=loss / 2, queue_s=0.5)
    return Profile(name, down, up)


PROFILES = (
    _profile("good", 0.020, 10_000_000, 0),
    _profile("fair", 0.080, 1_200_000, 0.01, jitter_s=0.010),
    _profile("poor", 0.280, 380_000, 0.03, jitter_s=0.020, reorder=0.02),
    _profile("emergency", 0.400, 80_000, 0.09, jitter_s=0.020),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one profile did, and what came of it. ``steps``: seconds since the line changed, and the step."""

    profile: Profile
    steps: list[tuple[float, str]]
    change: Heard
    sound: Heard
    usual: Heard
    frozen: float | None
    height: int
    link: Report
    before: Report
    seconds: float
    held_up_s: float
    """How much longer than meant the machine took for the slowest look."""

    def step_at(self, seconds: float) -> str:
        return next((step for at, step in reversed(self.steps) if at <= seconds), "?")

    @property
    def lost(self) -> float:
        lost = self.link.down.lost - self.before.down.lost
        return lost / max(1, lost + self.link.down.passed - self.before.down.passed)

    @property
    def overflowed(self) -> int:
        return self.link.down.overflowed - self.before.down.overflowed

    @property
    def kbps(self) -> float:
        return (self.link.down.bytes - self.before.down.bytes) * 8 / self.seconds / 1000


@dataclass(frozen=True, slots=True)
class WeakClass:
    """A tutor who speaks and shows a camera, a student whose line can be made weak, and one on a good line."""

    server: PodiumServer
    id: str
    tutor: Person
    student: Person
    other: Person | None
    link: Link

    async def watch(self, profile: Profile, watch_s: float, settle_s: float = SETTLE_S) -> Row:
        """What comes of it when the student's line is as usual for ``settle_s``, then as in the profile."""
        await listen(self.student.tab)
        await asyncio.sleep(settle_s)
        usual = await heard(self.student.tab)
        return await self._watch(profile, usual, watch_s)

    async def _watch(self, profile: Profile, usual: Heard, watch_s: float) -> Row:
        student = self.student
        before = await self.link.report()
        listeners = [person for person in (student, self.other) if person is not None]
        await together(*(listen(person.tab) for person in listeners))
        await self.link.impair(down=profile.down, up=profile.up)
        began = time.monotonic()
        steps: list[tuple[float, str]] = []
        first: InboundVideo | None = None
        last: InboundVideo | None = None
        moving_s = held_up_s = 0.0
        looked = began
        change: Heard | None = None
        while (now := time.monotonic()) - began < watch_s:
            held_up_s = max(held_up_s, now - looked - LOOK_EVERY_S)
            if change is None and now - began >= REACH_S:
                change = await heard(student.tab)
                await together(*(listen(person.tab) for person in listeners))
                first, moving_s = None, 0.0
            picture = await student.picture(self.tutor)
            first, last = first or picture, picture or last
            if picture is not None:
                moving_s += now - looked
            looked = now
            step = await _step(self.server, self.id, student)
            if step is not None and (not steps or steps[-1][1] != step):
                steps.append((now - began, step))
            await asyncio.sleep(LOOK_EVERY_S)
        sound = await heard(student.tab)
        seconds = time.monotonic() - began
        frozen = (
            (last.frozen_s - first.frozen_s) / moving_s
            if first and last and moving_s > (watch_s - REACH_S) / 2
            else None
        )
        return Row(
            profile=profile,
            steps=steps,
            change=change or sound,
            sound=sound,
            usual=usual,
            frozen=frozen,
            height=last.height if last and frozen is not None else 0,
            link=await self.link.report(),
            before=before,
            seconds=seconds,
            held_up_s=held_up_s,
        )


@asynccontextmanager
async def weak_class(directory: Path, *, beside: bool = False) -> AsyncIterator[WeakClass]:
    """A class in which the tutor is seen and heard; with ``beside`` there is somebody on a good line too."""
    voice, evidence = directory / "voice.wav", directory / "evidence"
    evidence.mkdir()
    write_voice(voice, pause_s=0.03)
    flags = [f"--use-file-for-fake-audio-capture={voice}"]
    async with Network("good", "weak") as network:
        good, weak = network.links["good"], network.links["weak"]
        await good.impair(down=Impairment(delay_s=0.01), up=Impairment(delay_s=0.01))
        await weak.impair(down=Impairment(delay_s=0.01), up=Impairment(delay_s=0.01))
        async with (
            PodiumServer(directory, namespace=network.server, host=network.server_address) as server,
            Chromium(directory, namespace=good.namespace, insecure_origin=server.url, flags=flags) as near,
            Chromium(directory, namespace=weak.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, evidence, is_pinned=False) as classroom,
        ):
            tutor, student = await classroom.tutor(), await classroom.student("Ada", far.tab)
            other = await classroom.student("Ben") if beside else None
            await together(*(person.join() for person in classroom.people))
            if other is not None:  # only its sound is of interest
                await other.chooses("audio")
            await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
            await student.sees(tutor)
            await together(*(person.hears_something() for person in classroom.people if person is not tutor))
            yield WeakClass(server, classroom.id, tutor, student, other, weak)


async def measure(profile: Profile, directory: Path, watch_s: float = WATCH_S) -> Row:
    """One profile in a class of its own."""
    async with weak_class(directory) as room:
        return await room.watch(profile, watch_s)


async def _step(server: PodiumServer, class_id: str, student: Person) -> str | None:
    health = await server.call("GET", f"/live-classes/{class_id}/health", server.token("tutor", "Planner"))
    for participant in health["participants"]:
        if participant["participantId"] == student.id:
            return str(participant["reception"])
    return None


COLUMNS = (
    "line",
    "round trip, rate, loss",
    "really lost",
    "queue overflows",
    "kbit/s used",
    "step after 5 s",
    "step at the end",
    "longest gap at the change",
    "longest gap after",
    "sound",
    "picture stood still",
    "picture",
)


def table(rows: Sequence[Row]) -> Table:
    return Table(
        "A student's line becomes weak",
        COLUMNS,
        [_cells(row) for row in rows],
        f"Watched from the moment the line changes; of sound and picture the first {REACH_S:.0f} s are apart, in "
        "which the queue fills and the way gets longer. Sound: pieces of 10 ms in which something is heard, as a "
        "share of those on the good line before.",
    )


def _cells(row: Row) -> tuple[str, ...]:
    down = row.profile.down
    usual = row.usual.loud / max(1, row.usual.frames)
    return (
        row.profile.name,
        f"{2000 * down.delay_s:.0f} ms, {down.rate_bps / 1e6:g} Mbit/s, {100 * down.loss:.0f} %",
        f"{100 * row.lost:.1f} %",
        str(row.overflowed),
        f"{row.kbps:.0f}",
        row.step_at(REACH_S),
        row.step_at(1e9),
        f"{row.change.longest_gap_ms:.0f} ms",
        f"{row.sound.longest_gap_ms:.0f} ms",
        f"{100 * row.sound.loud / max(1, row.sound.frames) / max(0.01, usual):.0f} %",
        "-" if row.frozen is None else f"{100 * row.frozen:.1f} %",
        f"{row.height}p" if row.height else "-",
    )


async def run(names: Sequence[str], watch_s: float) -> list[Table]:
    rows: list[Row] = []
    for profile in PROFILES:
        if profile.name in names:
            with tempfile.TemporaryDirectory(prefix="podium-lines-") as directory:
                rows.append(await measure(profile, Path(directory), watch_s))
            print(rows[-1].profile.name, rows[-1].steps, rows[-1].sound.gaps, flush=True)
    return [table(rows)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.lines", description="Weak lines in a real browser.")
    parser.add_argument("--profiles", nargs="+", default=[p.name for p in PROFILES], help="which lines")
    parser.add_argument("--seconds", type=float, default=WATCH_S, help="how long each is watched")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    arguments = parser.parse_args()
    page, others = Page(arguments.write, LINES), OtherLoad()
    tables = asyncio.run(run(arguments.profiles, arguments.seconds))
    page.publish(markdown(describe(), others.share(), tables))


if __name__ == "__main__":
    main()
