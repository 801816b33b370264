"""A rush: 50 students join within 5 s while 10 are in. How soon has each sound and picture, and does the sound of
those already there stutter?"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass

import uvloop

from bench.end_to_end import LOWER, counted
from bench.support.classroom import Window, classroom
from bench.support.figures import Table, median, percentile
from bench.support.machine import describe
from bench.support.sinks import raise_file_limit

PRESENT = 10
JOINS = 50
SPREAD_S = 5.0
SETTLE_S = 2.0
BITRATE = 1_000_000


@dataclass(frozen=True, slots=True)
class Rush:
    """``window``: as seen while they joined. Newcomers count from their first packet on."""

    join_s: list[float]
    failures: list[str]
    window: Window


async def measure(joins: int = JOINS, spread_s: float = SPREAD_S) -> Rush:
    async with classroom(BITRATE, lower=LOWER) as room:
        await room.admit(PRESENT, 1.0)
        await asyncio.sleep(SETTLE_S)
        # Only the ten are probes, so gaps and latencies are theirs.
        admitted, window = await room.watch_while(room.admit(joins, spread_s, probes=0))
        return Rush(admitted.join_s, admitted.failures, window)


def table(rush: Rush, joins: int, spread_s: float) -> Table:
    window, seen = rush.window, rush.window.seen
    rows = [
        ("joined", f"{len(rush.join_s)} of {joins}"),
        ("first sound and picture, p50", f"{median(rush.join_s) * 1e3:.0f} ms"),
        ("first sound and picture, p95", f"{percentile(rush.join_s, 0.95) * 1e3:.0f} ms"),
        ("first sound and picture, slowest", f"{max(rush.join_s, default=0.0) * 1e3:.0f} ms"),
        ("longest audio gap of those already in", f"{seen.longest_audio_gap_s * 1e3:.0f} ms"),
        ("longest audio gap as sent by the tutor", f"{window.sent_audio_gap_s * 1e3:.0f} ms"),
        (
            "latency of those already in, p99 / worst",
            f"{seen.latency_p99_s * 1e3:.1f} / {seen.latency_max_s * 1e3:.1f} ms",
        ),
        ("packets lost", f"{seen.lost}"),
        ("worker CPU", f"{window.load:.0%}"),
    ]
    notes = ["Audio packets leave every 20 ms.", *counted("Failed joins", Counter(rush.failures))]
    return Table(
        f"{joins} joins within {spread_s:g} s while {PRESENT} are in", ("", "measured"), rows, " ".join(notes)
    )


async def run() -> list[Table]:
    raise_file_limit()
    return [table(await measure(), JOINS, SPREAD_S)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a rush of joins.")
    parser.add_argument("--joins", type=int, default=JOINS, help="how many (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=SPREAD_S, help="within how long (default %(default)s)")
    arguments = parser.parse_args()
    raise_file_limit()
    rush = uvloop.run(measure(arguments.joins, arguments.seconds))
    print(f"{describe()}\n\n{table(rush, arguments.joins, arguments.seconds).markdown()}")


if __name__ == "__main__":
    main()
