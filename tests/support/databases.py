"""Databases of the tests: SQLite in the data directory, or a PostgreSQL cluster of this test run's own."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args

from signaling.store.engine import SQLITE_FILE, open_engine
from signaling.store.migrate import migrate

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = get_args(Kind)

PREFIX = "podium-postgresql-"
STALE_S = 600
"""A cluster that does not run is not being made any more after so long."""
PORTS = 5
"""So many ports are tried."""
PORT_TAKEN = "could not create any TCP/IP sockets"
ROOM = 512 << 20
"""Octets that a cluster may need while tests run."""

# speed instead of safety: nothing of this outlives the tests
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "max_connections": "200",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "Asia/Kolkata",  # not UTC: what relies on the server's time zone shows
    "log_min_messages": "fatal",
}


class PostgresCluster:
    """A PostgreSQL server on a free port of 127.0.0.1, with an empty, migrated database to clone.

    Made and started by the first `database`, gone with `remove`, and at the latest with the process that made it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._directory = Path()
        self._port = 0
        self._numbers = itertools.count(1)
        self._programs = _programs()

    def database(self) -> str:
        """The URL of a new database with the tables of today and nothing in them."""
        self._prepare()
        name = f"test_{next(self._numbers)}"
        # several times as fast as through the log; before PostgreSQL 15 there was no other way
        strategy = "STRATEGY FILE_COPY" if self._version >= 15 else ""
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "template_podium" {strategy}')
        return self._url(name)

    def empty_database(self) -> str:
        """The URL of a new database without any table."""
        self._prepare()
        name = f"empty_{next(self._numbers)}"
        self._sql(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def drop(self, url: str) -> None:
        name = url.rpartition("/")[2]
        self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Cut all connections and end. `start` brings the databases back."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(10)
            self._process = None

    def start(self) -> None:
        """Start it, on the port it had before if there was one."""
        settings = {**SETTINGS, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self._directory)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self._data), "-p", str(self._port), *options),
                stdout=log,
                stderr=log,
                cwd=self._directory,
                start_new_session=True,
            )
        self._wait()

    def remove(self) -> None:
        self.stop()
        if self._port:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._port = 0

    @property
    def _version(self) -> int:
        parts = [part for part in self._programs.parts if part.isdecimal()]
        return int(parts[-1]) if parts else 0

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def _url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._port}/{name}"

    def _prepare(self) -> None:
        if self._port:
            return
        place = _fast_place()
        _sweep(Path(place or tempfile.gettempdir()))
        self._directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        os.chown(self._directory, *_user())
        initdb = ("initdb", "--pgdata", str(self._data), "--username=postgres", "--auth=trust", "--no-sync")
        self._run(*initdb, "--encoding=UTF8", "--locale=C.UTF-8")
        self._start_somewhere()
        self._sql('CREATE DATABASE "template_podium"')
        in_thread(_migrate(self._url("template_podium")))

    def _start_somewhere(self) -> None:
        """On a free port: PostgreSQL takes none by itself, and another may be quicker to take what was free."""
        for attempts_left in reversed(range(PORTS)):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self._port = probe.getsockname()[1]
            try:
                return self.start()
            except AssertionError as error:
                if not attempts_left or PORT_TAKEN not in str(error):
                    raise

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        ready = self._programs / "pg_isready"
        # by the socket in our directory: at the port another may answer
        here = ("-h", str(self._directory), "-p", str(self._port))
        while subprocess.run([ready, "-q", *here], check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self._directory / "log").read_text(errors="replace")
                raise AssertionError(f"PostgreSQL does not start:\n{log[-2000:]}")
            time.sleep(0.02)

    def _sql(self, statement: str) -> None:
        self._run("psql", "-XqAt", "-h", str(self._directory), "-p", str(self._port), "-c", statement)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._command(program, *arguments), cwd=self._directory, capture_output=True, check=False
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode(errors='replace')}"

    def _command(self, program: str, *arguments: str) -> Sequence[str]:
        """PostgreSQL refuses to run as root."""
        command = ["setpriv", "--pdeathsig", "QUIT"]
        if os.getuid() == 0:
            uid, gid = _user()
            command += [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        return [*command, "--", str(self._programs / program), *arguments]


def place_sqlite(data_dir: Path) -> None:
    """Put an empty, migrated database where a server with this data directory looks for one, unless it has one
    already: the server then has nothing to migrate, which would take longer than most tests."""
    file = data_dir / SQLITE_FILE
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated_sqlite())


@functools.cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, SQLITE_FILE)
        in_thread(_migrate(f"sqlite+aiosqlite:///{file}"))
        assert [left.name for left in file.parent.iterdir()] == [file.name], "all of it is in the one file"
        return file.read_bytes()


def _fast_place() -> str | None:
    """Memory, if there is enough: cloning a database copies some hundred files."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def _sweep(place: Path) -> None:
    """Remove what test runs left that were killed."""
    for left in place.glob(f"{PREFIX}*"):
        try:
            runs = (left / "data" / "postmaster.pid").exists()
            if not runs and time.time() - left.stat().st_mtime > STALE_S:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue  # removed just now, or somebody else's


def in_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run this in an event loop of its own, also while one runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _migrate(url: str) -> None:
    engine = open_engine(url)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


def _user() -> tuple[int, int]:
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid


def _programs() -> Path:
    """The directory of the newest PostgreSQL of the system."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    assert initdb is not None, "the tests need PostgreSQL: run scripts/install-test-tools"
    return Path(initdb).parent
