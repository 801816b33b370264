"""What each step of the ladder costs on the wire, with IP and UDP headers, in a real browser on a good line.

A tutor speaks, shows the camera and shares slides, one a minute; then the tutor is silent with the microphone on.
The student is Chromium in a namespace of its own; every datagram to it is counted by the link, those of ICE, RTCP
and repairs too. Needs root.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.support.figures import Table
from bench.support.machine import OtherLoad, describe
from bench.support.report import STEPS, Page, markdown
from signaling.protocol.base import Reception
from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.network import Link, Network
from tests.support.server import PodiumServer
from tests.support.slides import next_slide, prepare_slides
from tests.support.voice import write_silence, write_voice

WATCH_S: Final = 60.0
SETTLE_S: Final = 8.0
LADDER: Final[tuple[Reception, ...]] = ("full", "saver", "slides", "audio", "text")


async def measure(
    directory: Path, *, speaks: bool, steps: Sequence[Reception], watch_s: float
) -> dict[str, float]:
    """kbit/s to the student on each step."""
    sound = directory / "sound.wav"
    if speaks:
        write_voice(sound)
    else:
        write_silence(sound)
    flags = [f"--use-file-for-fake-audio-capture={sound}"]
    used: dict[str, float] = {}
    async with Network("tutor", "student") as network:
        good, line = network.links["tutor"], network.links["student"]
        async with (
            PodiumServer(directory, namespace=network.server, host=network.server_address) as server,
            Chromium(directory, namespace=good.namespace, insecure_origin=server.url, flags=flags) as near,
            Chromium(directory, namespace=line.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, directory, is_pinned=False) as classroom,
        ):
            tutor, student = await classroom.tutor(), await classroom.student("Ada", far.tab)
            await together(tutor.join(), student.join())
            await prepare_slides(tutor.tab)
            await together(*(tutor.turn(switch, on=True) for switch in ("mic", "camera", "screen")))
            await student.sees(tutor)
            for step in steps:
                await student.chooses(step)
                await asyncio.sleep(SETTLE_S)
                used[step] = await _watch(tutor, line, watch_s)
                print(f"{step}: {used[step]:.1f} kbit/s", flush=True)
    return used


async def _watch(tutor: Person, line: Link, watch_s: float) -> float:
    loop = asyncio.get_running_loop()
    before, began = await line.report(), loop.time()
    await asyncio.sleep(watch_s / 2)
    await next_slide(tutor.tab)
    await asyncio.sleep(watch_s / 2)
    after = await line.report()
    return (after.down.udp_bytes - before.down.udp_bytes) * 8 / (loop.time() - began) / 1000


async def run(watch_s: float, steps: Sequence[Reception]) -> list[Table]:
    found: list[dict[str, float]] = []
    for speaks in (True, False):
        with tempfile.TemporaryDirectory(prefix="podium-steps-") as directory:
            found.append(await measure(Path(directory), speaks=speaks, steps=steps, watch_s=watch_s))
    rows = [
        (step, f"{found[0][step]:.1f}", f"{found[1][step]:.1f}", f"{found[0][step] * 3600 / 8 / 1000:.0f}")
        for step in steps
    ]
    columns = ("step", "kbit/s with one speaker", "kbit/s in silence", "MB per hour")
    note = (
        f"Datagrams to the student, headers of IP and UDP included, over {watch_s:.0f} s: camera and slides of "
        "the tutor are on, one slide changes meanwhile."
    )
    return [Table("What a student receives", columns, rows, note)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.steps", description="What each step of the ladder costs.")
    parser.add_argument("--seconds", type=float, default=WATCH_S, help="how long each is watched")
    parser.add_argument("--steps", nargs="+", default=LADDER, choices=LADDER)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    arguments = parser.parse_args()
    page, others = Page(arguments.write, STEPS), OtherLoad()
    tables = asyncio.run(run(arguments.seconds, arguments.steps))
    page.publish(markdown(describe(), others.share(), tables))


if __name__ == "__main__":
    main()
