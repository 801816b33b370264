"""A real ``podium serve`` for the tests."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
import psutil

from signaling.identity import Principal
from signaling.protocol.base import Role
from signaling.tokens import Tokens
from tests.support.network import Namespace
from tests.support.process import Program
from tests.support.waiting import PATIENCE, eventually

SECRET = "a secret of the tests, long enough to sign tokens"
COURSE = "mathematics"


def free_port(kind: socket.SocketKind, host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def free_media_port() -> int:
    """One that was free of both kinds."""
    while True:
        port = free_port(socket.SOCK_DGRAM)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class PodiumServer:
    """``async with PodiumServer(directory) as server``: serves on free ports until the end of the block.

    ``directory`` gets ``data/`` and ``server.log``. In a namespace the server listens on its usual ports at
    ``host``. Settings are given as environment variables in ``env``. ``prefix`` is the path that all of it lives
    behind, such as ``/school``.
    """

    def __init__(
        self,
        directory: Path,
        *,
        namespace: Namespace | None = None,
        host: str = "127.0.0.1",
        env: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        self.directory = directory
        self.namespace = namespace
        self.host = host
        self.port = 8000 if namespace else free_port(socket.SOCK_STREAM)
        self.udp_port = 5500 if namespace else free_media_port()
        self.url = f"http://{host}:{self.port}{prefix}"
        self._env = {
            "PODIUM__DATA_DIR": str(directory / "data"),
            "PODIUM__HTTP__HOST": host,
            "PODIUM__HTTP__PORT": str(self.port),
            "PODIUM__HTTP__PUBLIC_URL": self.url,
            "PODIUM__MEDIA__UDP_PORT": str(self.udp_port),
            "PODIUM__MEDIA__WORKERS": "1",
            "PODIUM__MEDIA__LISTEN": host,
            "PODIUM__MEDIA__ANNOUNCE": host,
            "PODIUM__AUTH__SECRET": SECRET,
            **(env or {}),
        }
        self._tokens = Tokens(SECRET)
        self._program: Program | None = None
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> PodiumServer:
        connector = self.namespace.connector() if self.namespace else None
        self._http = aiohttp.ClientSession(connector=connector)
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()
        if self._program is not None:
            await self._program.stop()

    @property
    def program(self) -> Program:
        assert self._program is not None, "the server was not started"
        return self._program

    async def start(self, within: float = PATIENCE) -> None:
        """Start it, and wait until it says that it can serve. Again after `kill`: same ports, same data."""
        self._program = await Program.start(
            sys.executable,
            "-m",
            "signaling",
            "serve",
            log=self.directory / "server.log",
            env=self._env,
            namespace=self.namespace,
        )

        async def serves() -> bool:
            if not self.program.is_running:
                raise self.program.failure("podium serve ended")
            try:
                return bool((await self.health())["status"] == "ok")
            except (OSError, aiohttp.ClientError):
                return False

        try:
            await eventually(serves, "podium serve answers", within=within)
        except AssertionError as error:
            raise self.program.failure("podium serve does not answer") from error

    async def stop(self) -> int:
        return await self.program.stop()

    async def kill(self) -> None:
        """Kill -9 of the server; its media workers notice, and have given their port back when this returns."""
        workers = self.media_workers()
        await self.program.kill()

        async def ended() -> bool:
            return not any(psutil.pid_exists(worker) for worker in workers)

        await eventually(ended, "no media worker outlives its server")

    def media_workers(self) -> list[int]:
        """Process ids of the media workers that run now."""
        found = []
        for child in psutil.Process(self.program.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # just died
                if "sfu.worker" in child.cmdline():
                    found.append(child.pid)
        return found

    async def health(self) -> dict[str, Any]:
        assert self._http is not None
        async with self._http.get(f"{self.url}/healthz", timeout=aiohttp.ClientTimeout(total=10)) as answer:
            health: dict[str, Any] = await answer.json()
            return health

    def token(self, role: Role, name: str, user_id: str | None = None) -> str:
        """A token for somebody of the course of all tests, valid for an hour."""
        who = Principal(user_id=user_id or f"user-{name}", name=name, role=role, course_id=COURSE)
        return self._tokens.issue(who, datetime.now(UTC), timedelta(hours=1))

    async def call(self, method: str, path: str, token: str, /, **body: Any) -> dict[str, Any]:
        """A REST call; its answer. Raises AssertionError with the problem if it is one."""
        assert self._http is not None
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.request(
            method, f"{self.url}/api/v1{path}", headers=headers, json=body or None
        ) as answer:
            text = await answer.text()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            content: dict[str, Any] = await answer.json()
            return content

    async def plan_class(self, class_id: str, title: str = "Fractions") -> None:
        await self.call("POST", "/live-classes", self.token("tutor", "Planner"), id=class_id, title=title)

    async def start_class(self, class_id: str) -> str:
        """Start a planned live class; its session id."""
        started = await self.call("POST", f"/live-classes/{class_id}/start", self.token("tutor", "Planner"))
        return str(started["sessionId"])

    def setup_link(self) -> str:
        """The link that it printed at its last start, as there was no admin."""
        links = re.findall(r"\S+/setup#token=\S+", self.program.output())
        assert links, "no setup link was printed"
        return str(links[-1])

    def link(self, class_id: str, token: str) -> str:
        """The page that a person with this token opens."""
        return f"{self.url}/class/{class_id}#token={token}"
