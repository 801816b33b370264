"""A real ``podium serve`` to measure, and REST calls to it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from signaling.identity import Principal
from signaling.protocol.base import Role
from signaling.tokens import Tokens

SECRET: Final = "a secret of the measurements, long enough to sign tokens"
START_S: Final = 30.0
PLENTY: Final = "10000"


class ControlServer:
    def __init__(self, port: int, pid: int, http: aiohttp.ClientSession, log: Path) -> None:
        self.port = port
        self.pid = pid
        self._http = http
        self._log = log
        self._tokens = Tokens(SECRET)

    def token(self, role: Role, user: str, course: str) -> str:
        who = Principal(user_id=user, name=user, role=role, course_id=course)
        return self._tokens.issue(who, datetime.now(UTC), timedelta(hours=1))

    async def call(self, method: str, path: str, token: str = "", body: object = None) -> dict[str, Any]:
        """Raises RuntimeError with what the server said when it refuses."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._http.request(method, path, headers=headers, json=body) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path}: {answer.status} {await answer.text()}")
            content: dict[str, Any] = await answer.json()
            return content

    async def live_class(self, name: str, course: str) -> None:
        """Plan and start one."""
        tutor = self.token("tutor", f"tutor-{course}", course)
        await self.call("POST", "/api/v1/live-classes", tutor, {"id": name, "title": name})
        await self.call("POST", f"/api/v1/live-classes/{name}/start", tutor)

    def log(self) -> str:
        return self._log.read_text(errors="replace")


@asynccontextmanager
async def control_server(database_url: str = "") -> AsyncIterator[ControlServer]:
    """Serving while the context is open, with the database of the settings: SQLite when there is no URL."""
    with TemporaryDirectory() as directory:
        port, log = _free_port(), Path(directory) / "log"
        settings = {
            "DATA_DIR": directory,
            "HTTP__HOST": "127.0.0.1",
            "HTTP__PORT": str(port),
            "DATABASE__URL": database_url,
            "AUTH__SECRET": SECRET,
            "MEDIA__WORKERS": "1",
            "MEDIA__UDP_PORT": "0",
            # one machine plays everybody: what one person may do is not what is measured
            **{f"LIMITS__{name}": PLENTY for name in ("ADDRESS_PER_SECOND", "ADDRESS_BURST")},
            **{f"LIMITS__{name}": PLENTY for name in ("USER_PER_SECOND", "USER_BURST")},
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "signaling", "serve"),
                stdout=output,
                stderr=output,
                cwd=directory,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **_named(settings)},
            )
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
                server = ControlServer(port, process.pid, http, log)
                await _serving(server, process)
                yield server
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _named(settings: dict[str, str]) -> dict[str, str]:
    return {f"PODIUM__{name}": value for name, value in settings.items()}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def _serving(server: ControlServer, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"podium serve ended: {server.log()}")
            try:
                await server.call("GET", "/healthz")
                return
            except (OSError, aiohttp.ClientError):
                await asyncio.sleep(0.1)
