"""What the figures were measured on, and what a process used."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend


def describe() -> str:
    """One line: processor, cores, memory, kernel, Python and the libraries that count."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {_processor()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"{platform.python_implementation()} {platform.python_version()}, uvloop {version('uvloop')}, "
        f"{backend.openssl_version_text().rsplit(' ', 3)[0]}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return f"{value.strip()} (virtual)" if _is_virtual() else value.strip()
    return platform.machine()


def _is_virtual() -> bool:
    return " hypervisor " in Path("/proc/cpuinfo").read_text()


class OtherLoad:
    """How much of the machine other programs took since this was made; figures taken beside them are rough."""

    def __init__(self) -> None:
        self._began = self._now()

    def share(self) -> float:
        """Between 0 and 1. Counts as our own what our ended children used, so it is to be asked at the end."""
        (busy, own, at), (busy_then, own_then, then) = self._now(), self._began
        others = (busy - busy_then) - (own - own_then)
        return max(0.0, others / ((at - then) * (os.cpu_count() or 1)))

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """Seconds: CPU time of everybody, CPU time of ours, and the clock."""
        user, nice, system, _idle, _iowait, irq, softirq = map(
            int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
        )
        busy = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
        return busy, sum(os.times()[:4]), time.monotonic()


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one process so far: CPU time in seconds, resident memory in bytes."""

    cpu_s: float
    rss: int


def waited_s(pid: int) -> float:
    """How long the main thread of a process was ready to run so far, and had no processor: others had it."""
    return int((Path("/proc") / str(pid) / "task" / str(pid) / "schedstat").read_text().split()[1]) / 1e9


def usage(pid: int) -> Usage:
    """Read it from /proc. The scheduler's clock is exact, where ``stat`` counts in ticks of 10 ms."""
    process = Path("/proc") / str(pid)
    run_ns = sum(int((task / "schedstat").read_text().split()[0]) for task in (process / "task").iterdir())
    pages = int((process / "statm").read_text().split()[1])
    return Usage(run_ns / 1e9, pages * os.sysconf("SC_PAGE_SIZE"))
