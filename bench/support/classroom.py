"""A class to measure: media workers, a synthetic tutor in this process, and a process of synthetic students."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from bench.support import crowd_messages as messages
from bench.support.calibration import Request, calibrate_elsewhere
from bench.support.machine import usage
from bench.support.publisher import Publisher
from bench.support.relay import relay_elsewhere
from sfu.config import MediaConfig
from sfu.errors import Overloaded
from sfu.messages import Connect, Connected, Event, LayersWanted, Source, Wish
from sfu.plane import MediaPlane
from sfu.worker.wire import read_frame

SESSION: Final = "bench"
TUTOR: Final = "tutor"
HEADER_AND_TAG: Final = 36
"""Bytes around a payload on the way to a subscriber: the RTP header with the transport-wide number, and the tag of
AES-GCM."""
CALIBRATION_S: Final = 0.8
RELAY_S: Final = 2.0
PROBES: Final = 16
REPLY_TIMEOUT_S: Final = 60.0

ResultT = TypeVar("ResultT")
ReplyT = TypeVar("ReplyT", bound=messages.FromCrowd)


@dataclass(frozen=True, slots=True)
class Window:
    """What happened while a steady class was watched for ``duration_s``."""

    duration_s: float
    cpu_s: float
    """Of all media workers."""
    busiest_s: float
    """Of the media worker that used most."""
    rss: int
    """Of all media workers, in bytes, at the end."""
    crossed: int
    """Packets from one media worker to another."""
    forwarded: int
    ingress: int
    nacked: int
    sent_audio_gap_s: float
    """The longest pause between two audio packets the tutor sent."""
    crowd_cpu_s: float
    seen: messages.Observed
    dropped: dict[str, int]

    @property
    def cpu_us_per_packet(self) -> float:
        return self.cpu_s / self.forwarded * 1e6

    @property
    def load(self) -> float:
        """Share of one core that the busiest worker used."""
        return self.busiest_s / self.duration_s


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """CPU µs per packet of a bare ``sendto`` loop, of one that sends four at once, and of a bare relay at the
    tutor's pace."""

    loop_us: float
    fours_us: float
    relay_us: float


class Classroom:
    """Made by `classroom`."""

    def __init__(
        self,
        bitrate: int,
        plane: MediaPlane,
        publisher: Publisher,
        crowd: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.publisher = publisher
        self._bitrate = bitrate
        self._plane = plane
        self._crowd = crowd
        self._reader = reader
        self._writer = writer
        self._replies: asyncio.Queue[messages.FromCrowd] = asyncio.Queue()

    @property
    def worker_pid(self) -> int:
        """Of the first media worker, which has the tutor."""
        return self._plane.pids[0]

    async def admit(
        self, count: int, spread_s: float, *, probes: int = PROBES, aes_cm: bool = False
    ) -> messages.Admitted:
        """Let students join; ``probes`` of them measure latency. Returns when each has media or has failed."""
        order = messages.Admit(count=count, spread_s=spread_s, probes=probes, aes_cm=aes_cm)
        return await self._ask(order, messages.Admitted)

    async def watch(self, duration_s: float) -> Window:
        """Measure while nothing changes."""
        _, window = await self.watch_while(asyncio.sleep(duration_s))
        return window

    async def watch_while(self, act: Awaitable[ResultT]) -> tuple[ResultT, Window]:
        """Measure from now until ``act`` is done."""
        self._tell(messages.Restart())
        self.publisher.longest_audio_gap_s = 0.0
        before, began = await self._state(), time.monotonic()
        packets, nacked = self.publisher.packets, self.publisher.nacked
        crowd_cpu = usage(self._crowd.pid).cpu_s
        result = await act
        duration_s = time.monotonic() - began
        used = [usage(pid).cpu_s - cpu_s for pid, cpu_s in before.cpu_s.items()]
        crowd_cpu = usage(self._crowd.pid).cpu_s - crowd_cpu
        packets, nacked = self.publisher.packets - packets, self.publisher.nacked - nacked
        after = await self._state()
        window = Window(
            duration_s=duration_s,
            cpu_s=sum(used),
            busiest_s=max(used),
            rss=after.rss,
            crossed=after.crossed - before.crossed,
            forwarded=after.forwarded - before.forwarded,
            ingress=packets,
            nacked=nacked,
            sent_audio_gap_s=self.publisher.longest_audio_gap_s,
            crowd_cpu_s=crowd_cpu,
            seen=await self._ask(messages.Report(), messages.Observed),
            dropped={
                reason: new for reason, count in after.dropped.items() if (new := count - before.dropped[reason])
            },
        )
        return result, window

    async def calibrate(self, subscribers: int) -> Yardsticks:
        """The yardsticks with packets of the tutor's sizes, to as many sockets of the crowd; the tutor pauses."""
        self.publisher.paused = True
        sinks = await self._ask(messages.OpenSinks(count=subscribers), messages.Sinks)
        sizes = [size + HEADER_AND_TAG for size in self.publisher.sizes]
        request = Request(sizes=sizes, addresses=sinks.addresses, duration_s=CALIBRATION_S)
        loop_us, fours_us = await calibrate_elsewhere(request)
        relay_us = await relay_elsewhere(self._bitrate, HEADER_AND_TAG, sinks.addresses, RELAY_S)
        await self._ask(messages.CloseSinks(), messages.SinksClosed)
        self.publisher.paused = False
        return Yardsticks(loop_us, fours_us, relay_us)

    # --- inside -------------------------------------------------------------------------------------

    async def _state(self) -> _State:
        workers = await self._plane.stats()
        used = {worker.pid: usage(worker.pid) for worker in workers}
        dropped: Counter[str] = Counter()
        for worker in workers:
            dropped.update(worker.dropped)
        return _State(
            cpu_s={pid: usage.cpu_s for pid, usage in used.items()},
            rss=sum(usage.rss for usage in used.values()),
            forwarded=sum(item.packets_sent for worker in workers for item in worker.participants),
            crossed=sum(worker.crossed for worker in workers),
            dropped=dropped,
        )

    def _tell(self, message: messages.ToCrowd) -> None:
        self._writer.write(messages.encode(message))

    async def _ask(self, message: messages.ToCrowd, reply_type: type[ReplyT]) -> ReplyT:
        self._tell(message)
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            reply = await self._replies.get()
        assert isinstance(reply, reply_type)
        return reply

    async def relay(self, tasks: asyncio.TaskGroup) -> None:
        """Read what the crowd says, until it ends; carry its offers to the media plane."""
        while (body := await read_frame(self._reader)) is not None:
            message = messages.decode_from_crowd(body)
            if isinstance(message, messages.Offered):
                tasks.create_task(self._connect_student(message))
            else:
                self._replies.put_nowait(message)
        raise ConnectionError("the process of students ended")

    async def _connect_student(self, offered: messages.Offered) -> None:
        try:
            answer = await self.connect(offered.participant_id, offered.offer, {})
        except Overloaded as error:
            self._tell(messages.Answered(participant_id=offered.participant_id, refusal=str(error)))
        else:
            self._tell(messages.Answered(participant_id=offered.participant_id, answer=answer))

    async def connect(self, participant_id: str, offer: str, sources: dict[str, Source]) -> str:
        """The media plane's answer. Raises SfuError."""
        reply = await self._plane.request(
            Connect(
                session_id=SESSION,
                participant_id=participant_id,
                offer=offer,
                sources=sources,
                publishing=frozenset(sources.values()),
                lead=participant_id == TUTOR,
                wishes=None if sources else [Wish(participant_id=TUTOR, source=Source.CAMERA, height=720)],
            )
        )
        assert isinstance(reply, Connected)
        return reply.answer


@dataclass(frozen=True, slots=True)
class _State:
    cpu_s: dict[int, float]
    """By process id of the worker."""
    rss: int
    forwarded: int
    crossed: int
    dropped: Counter[str]


@asynccontextmanager
async def classroom(
    bitrate: int, *, lower: Sequence[int] = (), workers: int = 1, max_load: float = 1.0
) -> AsyncIterator[Classroom]:
    """A class with a tutor who sends video and sound, and nobody else yet.

    ``bitrate``: of the best picture, in bit/s; ``lower``: of the layers below it, the lowest first. The class
    is spread evenly over ``workers``. Above ``max_load``, the share of a core, nobody new is admitted.
    """
    publisher = Publisher((*lower, bitrate), random.Random(7))

    def on_event(event: Event) -> None:
        if isinstance(event, LayersWanted) and event.source is Source.CAMERA:
            publisher.want(event.layers)

    plane = MediaPlane(
        MediaConfig(
            workers=workers,
            udp_port=0,
            listen=["127.0.0.1"],
            announce=["127.0.0.1"],
            max_load=max_load,
            spread_load=0.0,
        ),
        on_event=on_event,
    )
    await plane.start()
    ours, theirs = socket.socketpair()
    with theirs:
        crowd = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.support.crowd", str(theirs.fileno()), pass_fds=[theirs.fileno()]
        )
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    try:
        room = Classroom(bitrate, plane, publisher, crowd, reader, writer)
        async with asyncio.TaskGroup() as tasks:
            relaying = tasks.create_task(room.relay(tasks))
            answer = await room.connect(TUTOR, publisher.offer, publisher.sources)
            teaching = tasks.create_task(publisher.run(answer))
            yield room
            _cancel((teaching, relaying))
    finally:
        writer.close()
        await crowd.wait()
        await plane.stop()


def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
