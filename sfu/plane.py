"""`MediaPlane`: the media plane as the control plane sees it: commands in, events out."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from sfu.config import MediaConfig
from sfu.errors import SfuError, UnknownParticipant, WorkerUnavailable
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Disconnect,
    Done,
    Event,
    GetStats,
    ParticipantClosed,
    Reply,
    SessionLost,
    Stats,
)
from sfu.placement import Placement
from sfu.worker.wire import LinkSession, Load
from sfu.worker_process import WorkerProcess


class MediaPlane:
    """Runs the media workers and speaks to them.

    Which worker a participant comes to is decided by `sfu.placement`. A worker that dies is started again; then
    `SessionLost` is emitted for each session it held alone, else `ParticipantClosed` for each it had of a session.
    """

    def __init__(
        self,
        config: MediaConfig,
        on_event: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_event = on_event
        self._clock = clock
        count = config.workers or max(1, (os.cpu_count() or 1) - 1)
        self._placement = Placement(count, max_load=config.max_load, spread_load=config.spread_load)
        self._lost: dict[int, dict[str, tuple[list[str], bool]]] = {}
        """By worker that is being restarted: of each session, who was there, and whether that was everyone."""
        self._directory = Path(tempfile.gettempdir()) / f"podium-{secrets.token_hex(8)}"
        """Where the workers reach each other."""
        self._spread: dict[str, tuple[int, frozenset[int]]] = {}
        """Of sessions on several workers: the home, and all of them."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers = [
            WorkerProcess(
                _config_of_worker(config, index),
                (self._directory, index) if count > 1 else None,
                on_event,
                self._loaded,
                self._died,
                self._returned,
            )
            for index in range(count)
        ]

    async def start(self) -> None:
        """Start every worker and wait until each is ready. Raises `CannotStart`; then nothing is left running."""
        try:
            if len(self._workers) > 1:
                self._directory.mkdir(mode=0o700)
            for worker in self._workers:
                await worker.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every worker, by its own process id, and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in self._workers:
            await worker.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    @property
    def workers(self) -> int:
        """How many workers there should be."""
        return len(self._workers)

    @property
    def loads(self) -> list[float]:
        """Of each worker, the share of a core that it uses."""
        return self._placement.loads(self._clock())

    async def request(self, command: Command) -> Reply:
        """Send a command to the worker that has the participant. Raises the `SfuError` the worker answered with,
        `WorkerUnavailable` when it does not answer, and `Overloaded` when no worker takes one more."""
        match command:
            case Connect():
                return await self._connect(command)
            case Disconnect():
                return await self._disconnect(command)
            case CloseSession():
                workers = self._placement.workers_of(command.session_id)
                self._placement.close(command.session_id)
                for worker in workers:
                    await self._workers[worker].request(command)
                await self._link(command.session_id)
                return Done()
            case GetStats():
                return (await self.stats())[0]
            case _:
                place = self._placement.find(command.session_id, command.participant_id)
                if place is not None:
                    return await self._workers[place].request(command)
                if not self._placement.workers_of(command.session_id):
                    raise WorkerUnavailable(f"session {command.session_id!r} has no media worker now")
                raise UnknownParticipant(
                    f"no participant {command.participant_id!r} in session {command.session_id!r}"
                )

    async def stats(self) -> list[Stats]:
        """The counters of every worker. Raises `WorkerUnavailable`."""
        replies = [await worker.request(GetStats()) for worker in self._workers]
        return [reply for reply in replies if isinstance(reply, Stats)]

    async def _connect(self, command: Connect) -> Reply:
        session_id, participant_id = command.session_id, command.participant_id
        known = self._placement.find(session_id, participant_id)
        # The worker is chosen before anything is awaited, so that two at once know of each other.
        place = self._placement.place(session_id, participant_id, lead=command.lead, now=self._clock())
        await self._link(session_id)
        try:
            return await self._workers[place].request(command)
        except SfuError:
            if known is None and self._placement.find(session_id, participant_id) == place:
                self._placement.forget(session_id, participant_id)
                await self._link(session_id)
            raise

    async def _disconnect(self, command: Disconnect) -> Reply:
        place = self._placement.find(command.session_id, command.participant_id)
        self._placement.forget(command.session_id, command.participant_id)
        if place is None:
            return Done()
        try:
            return await self._workers[place].request(command)
        finally:
            await self._link(command.session_id)

    async def _link(self, session_id: str) -> None:
        """Tell the workers of a session of each other, if that changed."""
        before = self._spread.pop(session_id, None)
        now = self._placement.workers_of(session_id)
        if len(now) > 1:
            home = before[0] if before is not None and before[0] in now else now[0]
            self._spread[session_id] = home, frozenset(now)
        after = self._spread.get(session_id)
        if after == before:
            return
        home, workers = after or (0, frozenset())
        concerned = workers | (before[1] if before is not None else frozenset())
        commands = {
            worker: LinkSession(
                session_id=session_id,
                home=home if worker in workers else worker,
                others=sorted(workers - {worker}) if worker in workers else [],
            )
            for worker in concerned
        }
        requests = [self._workers[worker].request(command) for worker, command in commands.items()]
        # A worker that does not answer is about to be restarted, and forgets everything.
        for result in await asyncio.gather(*requests, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, SfuError):
                raise result

    # --- what workers tell --------------------------------------------------------------------------

    def _loaded(self, worker: WorkerProcess, load: Load) -> None:
        self._placement.report(self._workers.index(worker), load, self._clock())

    def _died(self, worker: WorkerProcess) -> None:
        index = self._workers.index(worker)
        gone = self._placement.died(index)
        self._lost[index] = {
            session_id: (participants, not self._placement.workers_of(session_id))
            for session_id, participants in gone.items()
        }
        for session_id in gone:
            task = asyncio.get_running_loop().create_task(self._link(session_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _returned(self, worker: WorkerProcess) -> None:
        """Only now is there somewhere to come back to."""
        index = self._workers.index(worker)
        self._placement.started(index)
        for session_id, (participants, everyone) in self._lost.pop(index, {}).items():
            if everyone:
                self._on_event(SessionLost(session_id=session_id))
                continue
            for participant_id in participants:
                if self._placement.find(session_id, participant_id) is None:
                    self._on_event(
                        ParticipantClosed(
                            session_id=session_id, participant_id=participant_id, reason="worker-lost"
                        )
                    )


def _config_of_worker(config: MediaConfig, index: int) -> MediaConfig:
    """Each worker has a UDP port of its own, counted up from the first."""
    return msgspec.structs.replace(config, udp_port=config.udp_port + index if config.udp_port else 0)
