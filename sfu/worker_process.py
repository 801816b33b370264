"""One worker process as its parent sees it: start, ask, notice its death, start again."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec

from sfu.config import MediaConfig
from sfu.errors import ERRORS_BY_CODE, CannotStart, SfuError, WorkerUnavailable
from sfu.messages import Connected, Done, Event, Failed, Reply, Stats
from sfu.worker.wire import EVENT_ID, Load, Ready, ToWorker, decode_from_worker, encode, read_frame

log = logging.getLogger(__name__)

START_TIMEOUT_S = 20.0
REQUEST_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 3.0
RESTART_DELAYS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Before the first, second, … attempt in a row to start a worker that died."""


class WorkerProcess:
    """Owns one process and one task that reads from it and restarts it. ``pid`` is None while none runs."""

    def __init__(
        self,
        config: MediaConfig,
        meeting: tuple[Path, int] | None,
        on_event: Callable[[Event], None],
        on_load: Callable[[WorkerProcess, Load], None],
        on_death: Callable[[WorkerProcess], None],
        on_return: Callable[[WorkerProcess], None],
    ) -> None:
        """``meeting``: where the workers reach each other, and the number of this one.
        ``on_death``: it ended by itself; ``on_return``: another runs in its place."""
        self._config = config
        self._meeting = [] if meeting is None else [str(part) for part in meeting]
        self._on_event = on_event
        self._on_load = on_load
        self._on_death = on_death
        self._on_return = on_return
        self._ids = count(EVENT_ID + 1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self.pid: int | None = None

    async def start(self) -> None:
        """Raises `CannotStart` with the worker's reason."""
        await self._spawn()
        self._supervisor = asyncio.get_running_loop().create_task(self._supervise(), name="media worker")

    async def stop(self) -> None:
        """Close the socket, which ends the worker; kill it when it does not end."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
            self._supervisor = None
        await self._reap(STOP_TIMEOUT_S)

    async def request(self, command: ToWorker) -> Reply:
        """Raises the `SfuError` the worker answered with, or `WorkerUnavailable`."""
        if self.pid is None or self._writer is None:
            raise WorkerUnavailable("the media worker is being restarted")
        request_id = next(self._ids)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        try:
            self._writer.write(encode(request_id, command))
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                reply = await future
        except TimeoutError:
            raise WorkerUnavailable("the media worker does not answer") from None
        finally:
            del self._waiting[request_id]
        if isinstance(reply, Failed):
            raise ERRORS_BY_CODE.get(reply.code, SfuError)(reply.message)
        return reply

    # --- the process --------------------------------------------------------------------------------

    async def _spawn(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sfu.worker",
                str(theirs.fileno()),
                msgspec.json.encode(self._config).decode(),
                *self._meeting,
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                # what a terminal sends to all of its processes is for the parent, also while this one begins
                start_new_session=True,
            )
        self._reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                body = await read_frame(self._reader)
        except TimeoutError:
            body = None
        first = decode_from_worker(body)[1] if body is not None else None
        if isinstance(first, Ready):
            # A worker that took a free port keeps it, so that clients find it again after a restart.
            self._config = msgspec.structs.replace(self._config, udp_port=first.udp_port)
            self.pid = self._process.pid
            return
        await self._reap(STOP_TIMEOUT_S)
        reason = first.message if isinstance(first, Failed) else "it ended before it was ready"
        raise CannotStart(f"a media worker cannot start: {reason}")

    async def _reap(self, patience_s: float) -> None:
        """Close the socket and wait for the process to end."""
        self.pid = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._process is None:
            return
        try:
            async with asyncio.timeout(patience_s):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def _supervise(self) -> None:
        """Read until the worker dies, say so, start another; for ever."""
        while True:
            await self._read()
            pid = self.pid
            await self._reap(patience_s=0.5)
            log.error("media worker %s died; starting another", pid)
            self._on_death(self)
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(WorkerUnavailable("the media worker died"))
            await self._restart()

    async def _restart(self) -> None:
        attempt = 0
        while True:
            await asyncio.sleep(RESTART_DELAYS_S[min(attempt, len(RESTART_DELAYS_S) - 1)])
            try:
                await self._spawn()
            except (SfuError, OSError) as error:
                log.error("%s", error)
                attempt += 1
            else:
                self._on_return(self)
                return

    async def _read(self) -> None:
        assert self._reader is not None
        while True:
            try:
                body = await read_frame(self._reader)
                if body is None:
                    return
                request_id, message = decode_from_worker(body)
            except SfuError as error:
                log.error("a media worker speaks nonsense: %s", error)
                return
            if isinstance(message, Connected | Done | Failed | Stats):
                future = self._waiting.get(request_id)
                if future is not None and not future.done():
                    future.set_result(message)
            elif isinstance(message, Load):
                self._on_load(self, message)
            elif not isinstance(message, Ready):
                self._on_event(message)
