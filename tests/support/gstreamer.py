"""GStreamer as a program that publishes by WHIP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.process import ROOT, Program
from tests.support.waiting import eventually


@asynccontextmanager
async def gstreamer(url: str, token: str, log: Path, *options: str) -> AsyncIterator[Program]:
    """It publishes H.264 and Opus; ``options`` are those of the script."""
    script = str(ROOT / "tests/support/gstreamer_whip.py")
    program = await Program.start("/usr/bin/python3", script, url, token, *options, log=log)
    try:

        async def connected() -> bool:
            assert program.is_running, program.failure("GStreamer does not publish")
            return "connected" in program.output()

        await eventually(connected, "GStreamer publishes")
        yield program
    finally:
        await program.stop()
