"""A Redis of a test's own, on a socket file: started, killed and started again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

START_S = 10.0


class RedisServer:
    """Keeps nothing: what was in it is gone after `kill`."""

    def __init__(self, directory: Path) -> None:
        self._socket = directory / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None, "redis-server is not installed: run scripts/install-test-tools"
        settings = {"--port": "0", "--unixsocket": str(self._socket), "--save": "", "--appendonly": "no"}
        command = ["setpriv", "--pdeathsig", "KILL", "--", program]
        self._process = subprocess.Popen(
            [*command, *(part for item in settings.items() for part in item)],
            stdout=subprocess.DEVNULL,
            cwd=self._socket.parent,
        )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def kill(self) -> None:
        """At once, as in a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
            self._socket.unlink(missing_ok=True)
