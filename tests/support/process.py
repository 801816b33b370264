"""Programs that tests run: started with their output in a file, stopped by the one who started them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tests.support.network.netns import Namespace

ROOT = Path(__file__).resolve().parents[2]


class ProgramFailed(Exception):
    """A program did not do what it was started for; the message ends with its last output."""


class Program:
    """A running program, the leader of a process group of its own; it dies with the test process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    async def start(
        cls,
        *argv: str,
        log: Path,
        env: Mapping[str, str] | None = None,
        namespace: Namespace | None = None,
        cwd: Path = ROOT,
    ) -> Program:
        """Run ``argv``, in ``namespace`` if one is given; ``env`` is added to our own environment."""
        command = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
        if namespace is not None:
            command = namespace.command(*command)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def failure(self, what: str) -> ProgramFailed:
        """An error with the last lines of the output."""
        state = "still runs" if self.is_running else f"ended with {self._process.returncode}"
        return ProgramFailed(f"{what} ({state}); last output:\n{self.output()[-3000:]}")

    async def stop(self, within: float = 30) -> int:
        """Ask it to end, and make it end after ``within`` seconds; its exit code."""
        self._signal(signal.SIGTERM, group=False)
        try:
            return await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            return await self.kill()
        finally:
            self._signal(signal.SIGKILL, group=True)

    async def kill(self) -> int:
        """Kill -9 it alone; what it started is left to notice."""
        self._signal(signal.SIGKILL, group=False)
        return await self._process.wait()

    async def exit_code(self, within: float) -> int:
        return await asyncio.wait_for(self._process.wait(), within)

    def _signal(self, number: signal.Signals, *, group: bool) -> None:
        with contextlib.suppress(ProcessLookupError):
            if group:
                os.killpg(self.pid, number)
            elif self.is_running:
                os.kill(self.pid, number)
