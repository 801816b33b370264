"""Which worker a participant comes to, from what the workers measure of themselves. Pure: time is an argument.

A session begins on the least loaded worker and stays there while that one has room to spare; then it spreads. When
every worker is at its limit nobody new is admitted, so that those who are in do not suffer. Who is in may always
connect again, and who leads a class is always let in.
"""

from __future__ import annotations

from collections import deque

from sfu.errors import Overloaded
from sfu.worker.wire import Load

SUSTAINED_S = 3.0
"""A worker is full, or has room again, when it measured so for this long."""
LATE_S = 0.050
"""Datagrams that wait longer than this for their worker are late …"""
LATE_LOAD = 0.5
"""… if it uses at least this share of what it may: else others keep the machine from it, and more people would not
make much of a difference."""
RECOVERED = 0.8
"""A full worker has room again below this share of both limits."""
EXPECTED_LOAD = 0.002
"""Of one who came and is not in the measurement yet, so that a rush does not all go to one worker."""
CROSSING_LOAD = 0.05
"""How much less busy a worker must be for a session to spread to it: every track crosses once more."""


def _is_too_much(load: Load, limit: float, late_s: float) -> bool:
    return load.cpu > limit or (load.lateness_s > late_s and load.cpu > limit * LATE_LOAD)


class Worker:
    """What is known of one worker's load."""

    def __init__(self) -> None:
        self.up = True
        self.full = False
        self._reports: deque[tuple[float, Load]] = deque()
        self._since: float | None = None
        self._arrivals: deque[float] = deque()

    def report(self, load: Load, limit: float, now: float) -> None:
        self._reports.append((now, load))
        while self._reports[0][0] <= now - SUSTAINED_S:
            self._reports.popleft()
        if self.full:
            changes = not _is_too_much(load, limit * RECOVERED, LATE_S * RECOVERED)
        else:
            changes = _is_too_much(load, limit, LATE_S)
        if not changes:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= SUSTAINED_S - 1:  # a report tells of the second before it
            self.full = not self.full
            self._since = None

    def arrived(self, now: float) -> None:
        self._arrivals.append(now)

    def expected(self, now: float) -> float:
        """The share of a core it uses, the mean of the last seconds, with what the latest arrivals will take."""
        while self._arrivals and self._arrivals[0] < now - SUSTAINED_S:
            self._arrivals.popleft()
        measured = sum(load.cpu for _, load in self._reports) / len(self._reports) if self._reports else 0.0
        return measured + len(self._arrivals) * EXPECTED_LOAD


class Placement:
    """Where every participant is. Workers are numbered from 0."""

    def __init__(self, workers: int, *, max_load: float, spread_load: float) -> None:
        """``max_load``: share of a core beyond which nobody new is admitted; ``spread_load``: beyond which a
        session spreads, 0: it is spread evenly over all workers from the start."""
        self._workers = [Worker() for _ in range(workers)]
        self._max_load = max_load
        self._spread_load = spread_load
        self._sessions: dict[str, dict[str, int]] = {}
        self._known: dict[str, set[str]] = {}
        """Who lost its worker and may come back."""

    # --- what is measured ---------------------------------------------------------------------------

    def report(self, worker: int, load: Load, now: float) -> None:
        self._workers[worker].report(load, self._max_load, now)

    def loads(self, now: float) -> list[float]:
        """Of each worker, the share of a core that it uses."""
        return [worker.expected(now) for worker in self._workers]

    def died(self, worker: int) -> dict[str, list[str]]:
        """The worker is gone with those it had: by session, who they are. They may come back at any load."""
        self._workers[worker] = gone = Worker()
        gone.up = False
        lost: dict[str, list[str]] = {}
        for session_id, members in list(self._sessions.items()):
            here = [participant_id for participant_id, place in members.items() if place == worker]
            if here:
                lost[session_id] = here
            for participant_id in here:
                self.forget(session_id, participant_id)
                self._known.setdefault(session_id, set()).add(participant_id)
        return lost

    def started(self, worker: int) -> None:
        self._workers[worker].up = True

    # --- who is where -------------------------------------------------------------------------------

    def place(self, session_id: str, participant_id: str, *, lead: bool, now: float) -> int:
        """The worker for a participant, which is there from now on. Raises `Overloaded`."""
        worker = self.find(session_id, participant_id)
        if worker is None:
            worker = self._choose(session_id, now)
            entitled = lead or participant_id in self._known.get(session_id, ())
            if not entitled and self._is_full(worker, now):
                raise Overloaded("this server carries as many as it can; try again later")
            self._workers[worker].arrived(now)
            self._sessions.setdefault(session_id, {})[participant_id] = worker
        return worker

    def find(self, session_id: str, participant_id: str) -> int | None:
        return self._sessions.get(session_id, {}).get(participant_id)

    def workers_of(self, session_id: str) -> list[int]:
        """Those a session is on."""
        return list(dict.fromkeys(self._sessions.get(session_id, {}).values()))

    def forget(self, session_id: str, participant_id: str) -> None:
        self._known.get(session_id, set()).discard(participant_id)
        members = self._sessions.get(session_id, {})
        members.pop(participant_id, None)
        if not members:
            self._sessions.pop(session_id, None)
            if not self._known.get(session_id):
                self._known.pop(session_id, None)

    def close(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        self._known.pop(session_id, None)

    # --- choosing -----------------------------------------------------------------------------------

    def _choose(self, session_id: str, now: float) -> int:
        members = list(self._sessions.get(session_id, {}).values())
        up = [index for index, worker in enumerate(self._workers) if worker.up] or list(range(len(self._workers)))
        load = {index: self._workers[index].expected(now) for index in up}
        if self._spread_load == 0:
            return min(up, key=lambda index: (members.count(index), load[index]))
        here = [index for index in dict.fromkeys(members) if index in load]
        for index in here:
            if load[index] < self._spread_load and not self._workers[index].full:
                return index
        return min(
            up, key=lambda i: (self._is_full(i, now), load[i] + (0 if i in here or not here else CROSSING_LOAD))
        )

    def _is_full(self, index: int, now: float) -> bool:
        worker = self._workers[index]
        return worker.full or worker.expected(now) > self._max_load
