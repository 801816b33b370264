"""Where a process spends its time: py-spy, read as two lists instead of a picture."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.support.figures import Table

SAMPLES_PER_SECOND: Final = 400
LISTED: Final = 25


async def profile(pid: int, duration_s: int, *, native: bool) -> list[Table]:
    """Sample a process while it is on the CPU. ``native`` tells C functions apart, and slows the process down.

    Raises RuntimeError with the reason when py-spy cannot.
    """
    with TemporaryDirectory() as directory:
        output = Path(directory) / "stacks"
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("py-spy"),
            *("record", "--pid", str(pid), "--duration", str(duration_s), "--rate", str(SAMPLES_PER_SECOND)),
            *("--format", "raw", "--output", str(output), "--native" if native else "--nonblocking"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode or not output.exists():
            raise RuntimeError(f"py-spy failed: {said.decode().strip()}")
        return read_stacks(output.read_text())


def read_stacks(raw: str) -> list[Table]:
    """Tables from lines of ``frame;frame;… count``: by the line that ran, and by function with what it called."""
    own: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        for name in {_function(frame) for frame in frames}:
            inclusive[name] += int(count)
    total = own.total() or 1
    return [
        _table("Profile: where the worker is", "line", own, total),
        _table("Profile: with what is called from there", "function", inclusive, total),
    ]


def _function(frame: str) -> str:
    """Without the line number."""
    name, colon, rest = frame.rpartition(":")
    return f"{name})" if colon and rest.rstrip(")").isdigit() else frame


def _table(title: str, column: str, counts: Counter[str], total: int) -> Table:
    rows = [(name, f"{count / total:.1%}") for name, count in counts.most_common(LISTED)]
    return Table(title, (column, "share"), rows)
