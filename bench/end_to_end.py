"""A whole class on loopback: what a forwarded packet costs the media worker, and what reaches the students.

A real worker process forwards a synthetic tutor's VP8 and Opus to students with real ICE, DTLS and SRTP in a
process of their own. The class grows step by step; at each step it is watched while nothing changes, between two
calibrations.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

from bench.support.classroom import Classroom, Window, classroom
from bench.support.figures import Table, median, percentile
from bench.support.machine import describe
from bench.support.profiler import profile
from bench.support.sinks import raise_file_limit

SIZES = (10, 50, 100, 200, 300)
SIZE_WITHOUT_GCM = 100
BITRATE = 1_000_000
WINDOW_S = 10.0
SETTLE_S = 2.0
JOINS_PER_SECOND = 20
SATURATED = 0.9
"""Share of a core above which the worker had no reserve, so that queues and not costs were measured."""


@dataclass(frozen=True, slots=True)
class Step:
    """The class at one size. ``loop_us`` and ``relay_us``: the yardsticks, means of before and after."""

    subscribers: int
    window: Window
    loop_us: float
    relay_us: float
    join_s: list[float]
    failures: list[str]


async def grow(room: Classroom, size: int, present: int, window_s: float, *, aes_cm: bool) -> Step:
    """From ``present`` students to ``size``, then watch."""
    new = size - present
    admitted = await room.admit(new, new / JOINS_PER_SECOND, aes_cm=aes_cm)
    before = await room.calibrate(size)
    await room.watch(SETTLE_S)
    window = await room.watch(window_s)
    after = await room.calibrate(size)
    loop_us, relay_us = (before.loop_us + after.loop_us) / 2, (before.relay_us + after.relay_us) / 2
    return Step(size, window, loop_us, relay_us, admitted.join_s, admitted.failures)


async def measure(
    sizes: tuple[int, ...] = SIZES, bitrate: int = BITRATE, window_s: float = WINDOW_S, *, aes_cm: bool = False
) -> list[Step]:
    steps: list[Step] = []
    async with classroom(bitrate) as room:
        present = 0
        for size in sizes:
            steps.append(await grow(room, size, present, window_s, aes_cm=aes_cm))
            present = size
    return steps


async def measure_profile(size: int, bitrate: int, duration_s: int, *, native: bool) -> list[Table]:
    async with classroom(bitrate) as room:
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


def table(steps: list[Step], bitrate: int, suite: str) -> Table:
    rows = [_row(step) for step in steps]
    notes: list[str] = []
    if len(steps) > 1:
        notes.append(
            "CPU is that of the worker alone; loss is counted by sequence number at every student; latency is "
            "from the tutor's `send` to the arrival in a student's socket; joining is from the request to the "
            f"first packets of both sound and picture, {JOINS_PER_SECOND} joins per second."
        )
        windows = [step.window for step in steps]
        fixed, marginal = fixed_and_marginal([(w.forwarded / w.ingress, w.cpu_s / w.ingress) for w in windows])
        notes.append(
            f"A line through these points: {fixed:.0f} µs per packet that comes in "
            f"and {marginal:.2f} µs per packet forwarded."
        )
    saturated = [str(step.subscribers) for step in steps if step.window.load > SATURATED]
    if saturated:
        notes.append(f"The worker was saturated at {', '.join(saturated)} students.")
    notes += counted("Failed joins", Counter(failure for step in steps for failure in step.failures))
    drops: Counter[str] = Counter()
    for step in steps:
        drops.update(step.window.dropped)
    notes += counted("Dropped by the worker", drops)
    return Table(
        f"End to end: {bitrate / 1e6:g} Mbit/s VP8 and Opus, {suite}",
        (
            "students",
            "packets/s",
            "worker CPU",
            "µs per packet",
            "sendto loop µs: ratio",
            "bare relay µs: ratio",
            "lost",
            "latency p50 / p99 ms",
            "join p50 / p95 ms",
            "worker MiB",
        ),
        rows,
        " ".join(notes),
    )


def counted(what: str, reasons: Counter[str]) -> list[str]:
    """A sentence, if there is anything to say."""
    return [f"{what}: {', '.join(f'{count} × {reason}' for reason, count in reasons.items())}."] if reasons else []


def _row(step: Step) -> tuple[str, ...]:
    window, seen = step.window, step.window.seen
    return (
        str(step.subscribers),
        f"{window.forwarded / window.duration_s:,.0f}",
        f"{window.load:.0%}",
        f"{window.cpu_us_per_packet:.2f}",
        f"{step.loop_us:.2f}: {window.cpu_us_per_packet / step.loop_us:.2f}",
        f"{step.relay_us:.2f}: {window.cpu_us_per_packet / step.relay_us:.2f}",
        f"{seen.lost:,}",
        f"{seen.latency_p50_s * 1e3:.1f} / {seen.latency_p99_s * 1e3:.1f}",
        f"{median(step.join_s) * 1e3:.0f} / {percentile(step.join_s, 0.95) * 1e3:.0f}",
        f"{window.rss / 2**20:.0f}",
    )


async def run(bitrate: int = BITRATE) -> list[Table]:
    """The class as browsers have it, and at one size as it would be without AES-GCM."""
    raise_file_limit()
    steps = await measure(bitrate=bitrate)
    without_gcm = await measure((SIZE_WITHOUT_GCM,), bitrate, aes_cm=True)
    return [table(steps, bitrate, "AES-GCM"), table(without_gcm, bitrate, "AES-CM with HMAC-SHA1")]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a whole class on loopback.")
    parser.add_argument("--subscribers", type=int, nargs="+", default=SIZES, help="sizes of the class, ascending")
    parser.add_argument("--bitrate", type=int, default=BITRATE, help="of the video, bit/s (default %(default)s)")
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds per step (default %(default)s)")
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
    steps = uvloop.run(measure(sizes, arguments.bitrate, arguments.window, aes_cm=arguments.aes_cm))
    print(table(steps, arguments.bitrate, "AES-CM with HMAC-SHA1" if arguments.aes_cm else "AES-GCM").markdown())


if __name__ == "__main__":
    main()
