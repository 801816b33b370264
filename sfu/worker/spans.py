"""Which sessions are on which other workers, and the pipes between: joins `Session.span` to `Pipes`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from sfu.forwarding.drops import Drops
from sfu.forwarding.session import Session
from sfu.forwarding.spanning.pipe_messages import Enter, Exit, PipeMessage
from sfu.worker.pipe import Pipes
from sfu.worker.wire import LinkSession

log = logging.getLogger(__name__)


class SessionLink:
    """The way of one session to one other worker."""

    __slots__ = ("_pipes", "_session_id", "_worker")

    def __init__(self, pipes: Pipes, worker: int, session_id: str) -> None:
        self._pipes = pipes
        self._worker = worker
        self._session_id = session_id

    def send(self, message: PipeMessage) -> None:
        self._pipes.send(self._worker, self._session_id, message)


class Spans:
    """Both ends say `Enter` once they have the session and a pipe; whoever heard it, too, tells what it has."""

    def __init__(
        self, directory: Path, worker: int, *, drops: Drops, clock: Callable[[], float], flush: Callable[[], None]
    ) -> None:
        """``flush`` is called after a batch of what came through a pipe was handed in."""
        self._worker = worker
        self._drops = drops
        self._clock = clock
        self._links: dict[str, LinkSession] = {}
        self._sessions: dict[str, Session] = {}
        self._said: dict[int, set[str]] = {}
        """By other worker: the sessions of which it was told that they are here …"""
        self._heard: dict[int, set[str]] = {}
        """… and those of which it told."""
        self.pipes = Pipes(
            directory,
            worker,
            count_drop=drops.count,
            on_open=self._opened,
            on_close=self._closed,
            on_message=self._handle,
            on_batch_end=flush,
        )

    def link(self, command: LinkSession) -> None:
        """The plane says where a session is."""
        if command.others:
            self._links[command.session_id] = command
        else:
            self._links.pop(command.session_id, None)
        for worker in command.others:
            self.pipes.reach(worker)
        session = self._sessions.get(command.session_id)
        if session is not None:
            session.set_home(None if command.home == self._worker else command.home, self._clock())
        self._settle(command.session_id)

    def open(self, session: Session) -> None:
        """The session is here now."""
        self._sessions[session.id] = session
        link = self._links.get(session.id)
        if link is not None and link.home != self._worker:
            session.set_home(link.home, self._clock())
        self._settle(session.id)

    def close(self, session_id: str) -> None:
        """The session is here no more."""
        self._sessions.pop(session_id, None)
        self._settle(session_id)

    def tick(self) -> None:
        """Try again to reach who was not; call it about once a second."""
        for link in self._links.values():
            for worker in link.others:
                self.pipes.reach(worker)

    def _settle(self, session_id: str) -> None:
        session, link = self._sessions.get(session_id), self._links.get(session_id)
        for worker, said in self._said.items():
            shared = session is not None and link is not None and worker in link.others
            if shared and session_id not in said:
                said.add(session_id)
                self.pipes.send(worker, session_id, Enter())
            elif not shared and session_id in said:
                said.discard(session_id)
                self.pipes.send(worker, session_id, Exit())
                if session is not None:
                    session.span.leave(worker, self._clock())
            if shared and session is not None and session_id in self._heard[worker]:
                session.span.enter(worker, SessionLink(self.pipes, worker, session_id))

    # --- pipes --------------------------------------------------------------------------------------

    def _opened(self, worker: int) -> None:
        self._said[worker], self._heard[worker] = set(), set()
        for session_id in list(self._sessions):
            self._settle(session_id)

    def _closed(self, worker: int) -> None:
        del self._said[worker], self._heard[worker]
        for session in self._sessions.values():
            session.span.leave(worker, self._clock())

    def _handle(self, worker: int, session_id: str, message: PipeMessage) -> None:
        session = self._sessions.get(session_id)
        match message:
            case Enter():
                self._heard[worker].add(session_id)
                self._settle(session_id)
            case Exit():
                self._heard[worker].discard(session_id)
                if session is not None:
                    session.span.leave(worker, self._clock())
            case _ if session is not None:
                try:
                    session.span.handle(worker, message, self._clock())
                except Exception as error:
                    # A bug of ours: what was said is lost, and the class goes on.
                    self._drops.count("internal-error")
                    log.error("what another worker said could not be handled", exc_info=error)
