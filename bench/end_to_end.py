"""A whole class on loopback: what a forwarded packet costs the media workers, and what reaches the students.

Real workers forward a synthetic tutor's VP8, in three layers, and Opus to students with real ICE, DTLS and SRTP
in a process of their own, who report on what they get as browsers do. The class grows step by step; at each the
yardsticks are taken, and it is watched while nothing changes. It ends when a worker is saturated or refuses joins,
or when the students themselves are short of CPU.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

from bench.support.classroom import Classroom, Window, Yardsticks, classroom
from bench.support.figures import Table, median, percentile
from bench.support.machine import describe
from bench.support.profiler import profile
from bench.support.sinks import raise_file_limit
from sfu.config import MediaConfig

SIZES = (60, 120, 240)
FURTHER = 240
"""By so many the class grows after the last size, until the workers are saturated."""
MOST = 960
SIZE_WITHOUT_GCM = 120
BITRATE = 1_000_000
LOWER = (100_000, 300_000)
"""Of the layers below the best picture, bit/s."""
WINDOW_S = 6.0
SETTLE_S = 3.0
JOINS_PER_SECOND = 20
MAX_LOAD = MediaConfig().max_load
"""Share of a core above which a worker takes nobody new."""
SATURATED = 0.9
"""Share of a core above which a worker had no reserve, so that queues and not costs are measured."""
STARVED = 0.95
"""Share of a core that the process of students can use."""


@dataclass(frozen=True, slots=True)
class Step:
    """The class at one size."""

    subscribers: int
    window: Window
    yardsticks: Yardsticks
    join_s: list[float]
    failures: list[str]

    @property
    def saturated(self) -> bool:
        return self.window.load > SATURATED or self.starved or self.crowded or bool(self.failures)

    @property
    def starved(self) -> bool:
        """The students could not keep up: what they saw says nothing of the workers."""
        return self.window.crowd_cpu_s / self.window.duration_s > STARVED

    @property
    def crowded(self) -> bool:
        """Workers and students together use the machine up."""
        used_s = self.window.cpu_s + self.window.crowd_cpu_s
        return used_s / self.window.duration_s > SATURATED * (os.cpu_count() or 1)


async def grow(room: Classroom, size: int, present: int, window_s: float, *, aes_cm: bool) -> Step:
    """From ``present`` students to ``size``, then watch."""
    new = size - present
    admitted = await room.admit(new, new / JOINS_PER_SECOND, aes_cm=aes_cm)
    yardsticks = await room.calibrate(size)
    await room.watch(SETTLE_S)
    window = await room.watch(window_s)
    return Step(window.seen.subscribers, window, yardsticks, admitted.join_s, admitted.failures)


async def measure(
    sizes: Sequence[int] = SIZES,
    bitrate: int = BITRATE,
    window_s: float = WINDOW_S,
    *,
    workers: int = 1,
    to_saturation: bool = False,
    aes_cm: bool = False,
) -> list[Step]:
    """A step for each size and, if asked, further ones until the workers are saturated."""
    steps: list[Step] = []
    async with classroom(bitrate, lower=LOWER, workers=workers, max_load=MAX_LOAD) as room:
        present = 0
        for size in (*sizes, *(range(sizes[-1] + FURTHER, MOST + 1, FURTHER) if to_saturation else ())):
            steps.append(await grow(room, size, present, window_s, aes_cm=aes_cm))
            present = steps[-1].subscribers
            print(" | ".join(_row(steps[-1])), file=sys.stderr)
            if steps[-1].saturated:
                break
    return steps


async def measure_profile(size: int, bitrate: int, duration_s: int, *, native: bool) -> list[Table]:
    async with classroom(bitrate, lower=LOWER) as room:
        await room.admit(size, size / JOINS_PER_SECOND)
        await room.watch(SETTLE_S)
        return await profile(room.worker_pid, duration_s, native=native)


def fixed_and_marginal(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Least squares: µs per packet that came in, and per packet forwarded.

    ``points``, for each packet that came in: how many were forwarded, and the CPU time in seconds.
    """
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return (mean_y - slope * mean_x) * 1e6, slope * 1e6


def table(steps: list[Step], bitrate: int, suite: str, workers: int = 1) -> Table:
    notes: list[str] = []
    if len(steps) > 1:
        notes.append(
            "CPU is that of the workers alone, µs and ratios per forwarded packet; the yardsticks are a bare "
            "`sendto` loop, the same with four packets in a call, and a bare relay. Loss is counted by sequence "
            "number at every student; latency is from the tutor's `send` to the arrival in a student's socket; "
            "joining is from the request to the first packets of sound and of a keyframe, "
            f"{JOINS_PER_SECOND} joins per second."
        )
        windows = [step.window for step in steps]
        fixed, marginal = fixed_and_marginal([(w.forwarded / w.ingress, w.cpu_s / w.ingress) for w in windows])
        notes.append(
            f"A line through these points: {fixed:.0f} µs per packet that comes in "
            f"and {marginal:.2f} µs per packet forwarded."
        )
        first, last = steps[0], steps[-1]
        each = (last.window.rss - first.window.rss) / (last.subscribers - first.subscribers) / 2**20
        notes.append(f"A student costs {each:.2f} MiB of memory.")
        half = min(steps, key=lambda step: abs(step.window.load - 0.5))
        notes.append(
            f"At {half.window.load:.0%} of a core latency is {_ms(half.window.seen.latency_p50_s)} ms at the "
            f"median and {_ms(half.window.seen.latency_p99_s)} ms at the 99th percentile."
        )
    if workers > 1:
        notes.append(
            f"The students' process shares the {os.cpu_count()} processors with the workers, so that this shows "
            "what it costs to spread a class, and not what the workers could carry together."
        )
    for step in steps:
        if step.failures:
            notes.append(
                f"With {step.subscribers} in nobody else was let in; they lost {step.window.seen.lost} packets, "
                f"and latency was {_ms(step.window.seen.latency_p99_s)} ms at the 99th percentile."
            )
    notes += [f"At {step.subscribers} the students themselves had no CPU left." for step in steps if step.starved]
    notes += [f"At {step.subscribers} the machine had no CPU left." for step in steps if step.crowded]
    notes += counted("Not let in", Counter(failure for step in steps for failure in step.failures))
    drops: Counter[str] = Counter()
    for step in steps:
        drops.update(step.window.dropped)
    notes += counted("Dropped by the worker", drops)
    return Table(
        f"End to end: {bitrate / 1e6:g} Mbit/s VP8 and Opus, {suite}, {workers} worker{'s' * (workers > 1)}",
        (
            "students",
            "packets/s",
            "busiest worker",
            "students' CPU",
            "µs per packet",
            "packets/s/core",
            "`sendto` µs: ratio",
            "in fours µs",
            "relay µs: ratio",
            "lost",
            "latency p50 / p99 ms",
            "join p50 / p95 ms",
            "MiB",
        ),
        [_row(step) for step in steps],
        " ".join(notes),
    )


def counted(what: str, reasons: Counter[str]) -> list[str]:
    """A sentence, if there is anything to say."""
    return [f"{what}: {', '.join(f'{n} × {reason}' for reason, n in reasons.items())}."] if reasons else []


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f}"


def _row(step: Step) -> tuple[str, ...]:
    window, seen, yardsticks = step.window, step.window.seen, step.yardsticks
    each = window.cpu_us_per_packet
    return (
        str(step.subscribers),
        f"{window.forwarded / window.duration_s:,.0f}",
        f"{window.load:.0%}",
        f"{window.crowd_cpu_s / window.duration_s:.0%}",
        f"{each:.2f}",
        f"{1e6 / each:,.0f}",
        f"{yardsticks.loop_us:.2f}: {each / yardsticks.loop_us:.2f}",
        f"{yardsticks.fours_us:.2f}",
        f"{yardsticks.relay_us:.2f}: {each / yardsticks.relay_us:.2f}",
        f"{seen.lost:,}",
        f"{_ms(seen.latency_p50_s)} / {_ms(seen.latency_p99_s)}",
        f"{median(step.join_s) * 1e3:.0f} / {percentile(step.join_s, 0.95) * 1e3:.0f}",
        f"{window.rss / 2**20:.0f}",
    )


async def run(bitrate: int = BITRATE) -> list[Table]:
    """The class as browsers have it, on one worker and on two, and at one size as it would be without AES-GCM."""
    raise_file_limit()
    tables = []
    for workers in (1, 2):
        steps = await measure(bitrate=bitrate, workers=workers, to_saturation=True)
        tables.append(table(steps, bitrate, "AES-GCM", workers))
    without_gcm = await measure((SIZE_WITHOUT_GCM,), bitrate, aes_cm=True)
    return [*tables, table(without_gcm, bitrate, "AES-CM with HMAC-SHA1")]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a whole class on loopback.")
    parser.add_argument("--subscribers", type=int, nargs="+", default=SIZES, help="sizes of the class, ascending")
    parser.add_argument("--bitrate", type=int, default=BITRATE, help="of the video, bit/s (default %(default)s)")
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds per step (default %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="default %(default)s")
    parser.add_argument("--to-saturation", action="store_true", help="go on until the workers have no reserve")
    parser.add_argument("--aes-cm", action="store_true", help="students without AES-GCM")
    parser.add_argument(
        "--profile", action="store_true", help="sample the worker with py-spy instead of measuring"
    )
    parser.add_argument("--native", action="store_true", help="with --profile: tell C functions apart")
    arguments = parser.parse_args()
    sizes = tuple(arguments.subscribers)
    raise_file_limit()
    print(describe(), end="\n\n")
    if arguments.profile:
        window = int(arguments.window)
        for part in uvloop.run(measure_profile(sizes[-1], arguments.bitrate, window, native=arguments.native)):
            print(part.markdown(), end="\n\n")
        return
    measuring = measure(
        sizes,
        arguments.bitrate,
        arguments.window,
        workers=arguments.workers,
        to_saturation=arguments.to_saturation,
        aes_cm=arguments.aes_cm,
    )
    suite = "AES-CM with HMAC-SHA1" if arguments.aes_cm else "AES-GCM"
    print(table(uvloop.run(measuring), arguments.bitrate, suite, arguments.workers).markdown())


if __name__ == "__main__":
    main()
