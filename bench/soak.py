"""Does the workers' memory stay where it is? Hours of joining, leaving and changing one's mind in fast motion.

Real workers, real ICE, DTLS and SRTP. A tutor teaches all the time, guests publish for some seconds; students come
and go (one in four without a word), climb the ladder up and down and say what they show; cameras go on and off;
short classes open and close. The resident memory of the workers is read every few seconds after a warm-up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import uvloop

from bench.support.figures import Table, median
from bench.support.machine import describe, usage
from bench.support.publisher import Publisher
from bench.support.sinks import raise_file_limit
from bench.support.subscriber import Subscriber
from sfu.config import MediaConfig
from sfu.errors import SfuError
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Connected,
    Disconnect,
    Event,
    LayersWanted,
    Reception,
    SetPublishing,
    SetReception,
    SetWishes,
    Source,
    Wish,
)
from sfu.plane import MediaPlane

SESSION: Final = "soak"
LAYERS_BPS: Final = (40_000, 80_000, 160_000)
STUDENTS: Final = 30
GUESTS: Final = 3
JOIN_OR_LEAVE_S: Final = 0.25
CHANGE_S: Final = 0.05
GUEST_STAYS_S: Final = 5.0
SHORT_CLASS_S: Final = 3.0
SWEEP_S: Final = 0.010
SAMPLE_S: Final = 5.0
WARM_UP_S: Final = 300.0
"""As long as it takes the allocator to have had enough for the busiest moments; those who left without a word are
missed after 30 s."""
NOWHERE: Final = ("127.0.0.1", 9)
"""Where those who vanish say goodbye."""
TOLERANCE: Final = 0.05
HEIGHTS: Final = (0, 90, 180, 360, 720)


@dataclass(frozen=True, slots=True)
class Sample:
    at_s: float
    rss: int
    """Of all workers, in bytes."""
    descriptors: int


class Soak:
    """``done`` counts what happened by kind; ``samples`` are since the warm-up."""

    def __init__(self, random: Random) -> None:
        self.done: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self._plane: MediaPlane
        self._random = random
        self._students: dict[str, Subscriber] = {}
        self._publishers: dict[str, Publisher] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._named = 0

    def hear(self, event: Event) -> None:
        """Publishers do as they are told."""
        if isinstance(event, LayersWanted) and event.session_id == SESSION:
            publisher = self._publishers.get(event.participant_id)
            if publisher is not None:
                publisher.want(event.layers)
        self.done[type(event).__name__] += 1

    async def run(self, plane: MediaPlane, duration_s: float, warm_up_s: float) -> None:
        self._plane = plane
        self._start(self._publish("tutor", lead=True, stays_s=None))
        self._start(self._sweep())
        self._start(self._every(JOIN_OR_LEAVE_S, self._join_or_leave))
        self._start(self._every(CHANGE_S, self._change))
        self._start(self._every(GUEST_STAYS_S / GUESTS, self._guest))
        self._start(self._every(SHORT_CLASS_S, self._short_class))
        try:
            await asyncio.sleep(warm_up_s)
            began = time.monotonic()
            while (at_s := time.monotonic() - began) <= duration_s:
                self.samples.append(sample := self._sample(at_s))
                print(f"{at_s:6.0f} s: {sample.rss / 2**20:.1f} MiB", file=sys.stderr)
                await asyncio.sleep(SAMPLE_S)
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.done[f"failed: {type(error).__name__}"] += 1
            if not isinstance(error, ConnectionError | TimeoutError | SfuError):
                task.get_loop().call_exception_handler(
                    {"message": "a part of the soak failed", "exception": error}
                )

    async def _every(self, interval_s: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await asyncio.sleep(interval_s * self._random.uniform(0.5, 1.5))
            self._start(act())

    def _sample(self, at_s: float) -> Sample:
        pids = self._plane.pids
        return Sample(
            at_s,
            sum(usage(pid).rss for pid in pids),
            sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        )

    # --- what happens -------------------------------------------------------------------------------

    def _name(self, kind: str) -> str:
        self._named += 1
        return f"{kind}-{self._named}"

    async def _ask(self, command: Command) -> None:
        try:
            await self._plane.request(command)
        except SfuError as error:  # somebody was gone already
            self.done[f"refused: {error.code}"] += 1

    async def _connect(
        self, session_id: str, name: str, offer: str, sources: dict[str, Source], *, lead: bool = False
    ) -> str:
        reply = await self._plane.request(
            Connect(
                session_id=session_id,
                participant_id=name,
                offer=offer,
                sources=sources,
                publishing=frozenset(sources.values()),
                lead=lead,
            )
        )
        assert isinstance(reply, Connected)
        return reply.answer

    async def _publish(
        self, name: str, *, lead: bool = False, stays_s: float | None, session_id: str = SESSION
    ) -> None:
        """Send until it is time to leave."""
        publisher = Publisher(LAYERS_BPS[self._random.randrange(3) :], self._random)
        answer = await self._connect(session_id, name, publisher.offer, publisher.sources, lead=lead)
        if session_id == SESSION:
            self._publishers[name] = publisher
        try:
            async with asyncio.timeout(stays_s):
                await publisher.run(answer)
        except TimeoutError:
            self.done["publishers left"] += 1
        finally:
            self._publishers.pop(name, None)
            await self._ask(Disconnect(session_id=session_id, participant_id=name))

    async def _guest(self) -> None:
        await self._publish(self._name("guest"), stays_s=GUEST_STAYS_S)

    async def _join_or_leave(self) -> None:
        if len(self._students) < STUDENTS * self._random.uniform(0.9, 1.1):
            await self._join()
        else:
            await self._leave(self._random.choice(list(self._students)))

    async def _join(self) -> None:
        name = self._name("student")
        student = Subscriber(
            name, audio=3, video=4, probe=False, aes_cm=self._random.random() < 0.1, random=self._random
        )
        answer = await self._connect(SESSION, name, student.offer, {})
        await student.peer.connect(answer)
        self._students[name] = student
        self.done["students joined"] += 1

    async def _leave(self, name: str) -> None:
        student = self._students.pop(name)
        if self._random.random() < 0.25:
            student.peer.socket.connect(NOWHERE)
            self.done["students vanished"] += 1
        else:
            await self._ask(Disconnect(session_id=SESSION, participant_id=name))
            self.done["students left"] += 1
        with contextlib.suppress(OSError):
            await student.peer.close()

    async def _change(self) -> None:
        """Somebody wants something else."""
        random = self._random
        kind = random.choice(("reception", "wishes", "publishing"))
        self.done[kind] += 1
        if kind == "publishing" and self._publishers:
            name = random.choice(list(self._publishers))
            sources = frozenset(source for source in (Source.MIC, Source.CAMERA) if random.random() < 0.7)
            await self._ask(SetPublishing(session_id=SESSION, participant_id=name, publishing=sources))
        elif kind == "reception" and self._students:
            name = random.choice(list(self._students))
            step = random.choice([Reception.FULL, Reception.FULL, *Reception])
            await self._ask(SetReception(session_id=SESSION, participant_id=name, reception=step))
        elif self._students:
            name = random.choice(list(self._students))
            shown = random.sample(list(self._publishers), k=random.randint(0, len(self._publishers)))
            wishes = [
                Wish(participant_id=publisher, source=Source.CAMERA, height=random.choice(HEIGHTS))
                for publisher in shown
            ]
            await self._ask(SetWishes(session_id=SESSION, participant_id=name, wishes=wishes))

    async def _short_class(self) -> None:
        session_id = self._name("class")
        await self._publish("tutor", lead=True, stays_s=SHORT_CLASS_S, session_id=session_id)
        await self._ask(CloseSession(session_id=session_id))

    async def _sweep(self) -> None:
        """Receive for all students, and answer."""
        buffer = bytearray(2048)
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for student in list(self._students.values()):
                student.sweep(buffer)
                student.maintain(now)


def slope_per_hour(samples: list[Sample]) -> float:
    """Least squares, in bytes per hour."""
    mean_at = sum(sample.at_s for sample in samples) / len(samples)
    mean_rss = sum(sample.rss for sample in samples) / len(samples)
    spread = sum((sample.at_s - mean_at) ** 2 for sample in samples)
    return sum((s.at_s - mean_at) * (s.rss - mean_rss) for s in samples) / spread * 3600


def table(soak: Soak, workers: int) -> tuple[Table, bool]:
    """What was seen, and whether memory was flat: the last tenth against the first, and never far from either."""
    samples = soak.samples
    part = max(1, len(samples) // 10)
    first, last = (median([s.rss for s in some]) for some in (samples[:part], samples[-part:]))
    change = last / first - 1
    flat = abs(change) <= TOLERANCE
    rows = [
        ("first tenth, median", f"{first / 2**20:.1f} MiB"),
        ("last tenth, median", f"{last / 2**20:.1f} MiB ({change:+.1%})"),
        ("lowest and highest", " and ".join(f"{f(s.rss for s in samples) / 2**20:.1f} MiB" for f in (min, max))),
        ("trend", f"{slope_per_hour(samples) / 2**20:+.1f} MiB per hour"),
        ("open descriptors", f"{samples[0].descriptors} … {samples[-1].descriptors}"),
        ("flat within 5 %", "yes" if flat else "NO"),
    ]
    happened = ", ".join(f"{count:,} × {what}" for what, count in sorted(soak.done.items()))
    minutes = samples[-1].at_s / 60
    title = (
        f"Memory of {'the worker' if workers == 1 else f'{workers} workers'} over {minutes:.0f} minutes of change"
    )
    return Table(title, ("", "measured"), rows, f"With the warm-up: {happened}."), flat


async def run(duration_s: float, warm_up_s: float = WARM_UP_S, workers: int = 1) -> Soak:
    soak = Soak(Random(11))
    plane = MediaPlane(
        MediaConfig(
            workers=workers,
            udp_port=0,
            listen=["127.0.0.1"],
            announce=["127.0.0.1"],
            spread_load=0.0,
            max_load=1.0,
        ),
        on_event=soak.hear,
    )
    await plane.start()
    try:
        await soak.run(plane, duration_s, warm_up_s)
        for worker in await plane.stats():
            print(f"dropped by worker {worker.pid}: {worker.dropped}", file=sys.stderr)
        return soak
    finally:
        await plane.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Watch the memory of a worker that has much to do.")
    parser.add_argument("--minutes", type=float, default=60, help="after the warm-up (default %(default)s)")
    parser.add_argument("--warm-up", type=float, default=WARM_UP_S, help="seconds (default %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="the class is spread over (default %(default)s)")
    arguments = parser.parse_args()
    raise_file_limit()
    soak = uvloop.run(run(arguments.minutes * 60, arguments.warm_up, arguments.workers))
    result, flat = table(soak, arguments.workers)
    print(f"{describe()}\n\n{result.markdown()}")
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
