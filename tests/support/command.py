"""The command ``podium``, run in a fork of a process that has imported it: to start Python anew takes seconds."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from signaling import cli
from tests.support.waiting import PATIENCE

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["signaling.cli"])
_NAMES = ("stdin", "stdout", "stderr")


async def podium(
    directory: Path, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run the command in a directory; its exit code, stdout and stderr. ``env`` is added to our own environment,
    from which Podium's settings are left out. Fails on a traceback."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PODIUM__")}
    with tempfile.TemporaryDirectory(prefix="podium-command-") as place:
        files = [Path(place, name) for name in _NAMES]
        files[0].write_text(stdin)
        process = _FORKS.Process(target=_run, args=(arguments, directory, {**kept, **(env or {})}, files))
        process.start()
        try:
            await asyncio.to_thread(process.join, PATIENCE)
            assert process.exitcode is not None, f"podium {' '.join(arguments)} does not end"
        finally:
            process.kill()
            process.join()
        out, err = files[1].read_text(), files[2].read_text()
    assert "Traceback" not in err, err
    return process.exitcode, out, err


def _run(arguments: Sequence[str], directory: Path, env: dict[str, str], files: Sequence[Path]) -> None:
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(env)
    for number, (name, file) in enumerate(zip(_NAMES, files, strict=True)):
        opened = os.open(file, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
        setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
    sys.exit(cli.main(arguments))
