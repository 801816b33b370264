"""`MediaPlane`: the media plane as the control plane sees it: commands in, events out."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from sfu.config import MediaConfig
from sfu.errors import SfuError, WorkerUnavailable
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Disconnect,
    Done,
    Event,
    GetStats,
    Reply,
    SessionLost,
    Stats,
)
from sfu.worker_process import WorkerProcess


class MediaPlane:
    """Runs the media workers and speaks to them.

    A session lives on one worker, chosen by load when its first participant connects. A worker that dies is
    started again, and `SessionLost` is emitted for each session it held.
    """

    def __init__(self, config: MediaConfig, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self._sessions: dict[str, tuple[WorkerProcess, set[str]]] = {}
        """The worker of each session, and the participants connected through it."""
        count = config.workers or max(1, (os.cpu_count() or 1) - 1)
        self._workers = [
            WorkerProcess(_config_of_worker(config, index), on_event, self._worker_died) for index in range(count)
        ]

    async def start(self) -> None:
        """Start every worker and wait until each is ready. Raises `CannotStart`; then nothing is left running."""
        try:
            for worker in self._workers:
                await worker.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every worker, by its own process id, and wait for it."""
        for worker in self._workers:
            await worker.stop()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    @property
    def workers(self) -> int:
        """How many workers there should be."""
        return len(self._workers)

    async def request(self, command: Command) -> Reply:
        """Send a command to the worker of its session. Raises the `SfuError` the worker answered with,
        or `WorkerUnavailable` when it does not answer."""
        match command:
            case Connect():
                return await self._connect(command)
            case Disconnect():
                if command.session_id not in self._sessions:
                    return Done()
                worker, participants = self._sessions[command.session_id]
                participants.discard(command.participant_id)
                if not participants:
                    del self._sessions[command.session_id]
                return await worker.request(command)
            case CloseSession():
                if command.session_id not in self._sessions:
                    return Done()
                worker, _ = self._sessions.pop(command.session_id)
                return await worker.request(command)
            case GetStats():
                return (await self.stats())[0]
            case _:
                if command.session_id not in self._sessions:
                    raise WorkerUnavailable(f"session {command.session_id!r} has no media worker now")
                return await self._sessions[command.session_id][0].request(command)

    async def stats(self) -> list[Stats]:
        """The counters of every worker. Raises `WorkerUnavailable`."""
        replies = [await worker.request(GetStats()) for worker in self._workers]
        return [reply for reply in replies if isinstance(reply, Stats)]

    async def _connect(self, command: Connect) -> Reply:
        # The worker is chosen before anything is awaited, so that two at once come to the same one.
        session = self._sessions.setdefault(command.session_id, (self._least_loaded(), set()))
        worker, participants = session
        try:
            reply = await worker.request(command)
        except SfuError:
            if not participants and self._sessions.get(command.session_id) is session:
                del self._sessions[command.session_id]
            raise
        participants.add(command.participant_id)
        return reply

    def _least_loaded(self) -> WorkerProcess:
        load = dict.fromkeys(self._workers, 0)
        for worker, participants in self._sessions.values():
            load[worker] += len(participants)
        return min(self._workers, key=lambda worker: (worker.pid is None, load[worker]))

    def _worker_died(self, worker: WorkerProcess) -> None:
        lost = [session_id for session_id, (owner, _) in self._sessions.items() if owner is worker]
        for session_id in lost:
            del self._sessions[session_id]
            self._on_event(SessionLost(session_id=session_id))


def _config_of_worker(config: MediaConfig, index: int) -> MediaConfig:
    """Each worker has a UDP port of its own, counted up from the first."""
    return msgspec.structs.replace(config, udp_port=config.udp_port + index if config.udp_port else 0)
