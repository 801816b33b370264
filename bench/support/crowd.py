"""The process of subscribers: ``python -m bench.support.crowd FD``, started by `bench.support.classroom`.

It ends when the Unix socket ``FD`` is closed. Sockets are not watched but swept every 10 ms, so that neither the
sender pays for waking a receiver per packet nor the receivers for an event loop's turn; a join is therefore timed
to 10 ms, while latencies come from the kernel's stamps.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import time
from random import Random
from typing import Final, assert_never

import uvloop

from bench.support import crowd_messages as messages
from bench.support.figures import percentile
from bench.support.sinks import Sinks, raise_file_limit
from bench.support.subscriber import Subscriber
from sfu.worker.wire import read_frame

SWEEP_S: Final = 0.010
JOIN_TIMEOUT_S: Final = 20.0


class Crowd:
    """Owns the subscribers and the tasks of those that are joining."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._random = Random(1)
        self._subscribers: list[Subscriber] = []
        """Those connected; they are swept."""
        self._joined = 0
        self._answers: dict[str, asyncio.Future[messages.Answered]] = {}
        self._sinks: Sinks | None = None
        self._sunk = 0

    async def run(self, reader: asyncio.StreamReader) -> None:
        async with asyncio.TaskGroup() as tasks:
            sweeping = tasks.create_task(self._sweep())
            while (body := await read_frame(reader)) is not None:
                self._handle(messages.decode_to_crowd(body), tasks)
            sweeping.cancel()

    def _tell(self, message: messages.FromCrowd) -> None:
        self._writer.write(messages.encode(message))

    def _handle(self, message: messages.ToCrowd, tasks: asyncio.TaskGroup) -> None:
        match message:
            case messages.Admit():
                tasks.create_task(self._admit(message))
            case messages.Answered():
                self._answers.pop(message.participant_id).set_result(message)
            case messages.OpenSinks():
                self._sinks, self._sunk = Sinks(message.count), 0
                self._tell(messages.Sinks(addresses=self._sinks.addresses))
            case messages.CloseSinks():
                assert self._sinks is not None
                received = self._sunk + self._sinks.drain()
                self._sinks.close()
                self._sinks = None
                self._tell(messages.SinksClosed(received=received))
            case messages.Restart():
                self._drain()
                for subscriber in self._subscribers:
                    subscriber.restart()
            case messages.Report():
                self._drain()
                self._tell(self._observed())
            case _:
                assert_never(message)

    # --- joining ------------------------------------------------------------------------------------

    async def _admit(self, order: messages.Admit) -> None:
        start = time.monotonic()
        every = max(1, order.count // order.probes) if order.probes else order.count + 1
        async with asyncio.TaskGroup() as tasks:
            joins = []
            for index in range(order.count):
                due = start + order.spread_s * index / order.count
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                joins.append(tasks.create_task(self._join(order, probe=index % every == every - 1)))
        results = [join.result() for join in joins]
        self._tell(
            messages.Admitted(
                join_s=[result for result in results if isinstance(result, float)],
                failures=[result for result in results if isinstance(result, str)],
            )
        )

    async def _join(self, order: messages.Admit, *, probe: bool) -> float | str:
        """Seconds until sound and picture came, or what went wrong."""
        self._joined += 1
        subscriber = Subscriber(
            f"student-{self._joined}",
            audio=order.audio,
            video=order.video,
            probe=probe,
            aes_cm=order.aes_cm,
            random=self._random,
        )
        began = time.monotonic()
        answer: asyncio.Future[messages.Answered] = asyncio.get_running_loop().create_future()
        self._answers[subscriber.id] = answer
        self._tell(messages.Offered(participant_id=subscriber.id, offer=subscriber.offer))
        try:
            async with asyncio.timeout(JOIN_TIMEOUT_S):
                answered = await answer
                if answered.refusal:
                    return answered.refusal
                await subscriber.peer.connect(answered.answer)
                self._subscribers.append(subscriber)
                await subscriber.playing.wait()
        except (TimeoutError, ConnectionError) as error:
            return str(error) or "timeout"
        return subscriber.playing_since - began

    # --- receiving ----------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._drain()
            now = time.monotonic()
            for subscriber in self._subscribers:
                subscriber.maintain(now)

    def _drain(self) -> None:
        buffer = bytearray(2048)
        for subscriber in self._subscribers:
            subscriber.sweep(buffer)
        if self._sinks is not None:
            self._sunk += self._sinks.drain()

    def _observed(self) -> messages.Observed:
        streams = [stream for subscriber in self._subscribers for stream in subscriber.streams.values()]
        latencies = [ns / 1e9 for subscriber in self._subscribers for ns in subscriber.latencies_ns]
        return messages.Observed(
            subscribers=len(self._subscribers),
            received=sum(stream.received for stream in streams),
            lost=sum(stream.lost for stream in streams),
            repaired=sum(subscriber.repaired for subscriber in self._subscribers),
            latency_p50_s=percentile(latencies, 0.5),
            latency_p99_s=percentile(latencies, 0.99),
            latency_max_s=max(latencies, default=0.0),
            longest_audio_gap_s=max((s.longest_audio_gap_ns for s in self._subscribers), default=0) / 1e9,
            checks_answered=sum(subscriber.peer.checks_answered for subscriber in self._subscribers),
        )


async def serve(control: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=control)
    await Crowd(writer).run(reader)
    writer.close()


def main() -> None:
    raise_file_limit()
    gc.collect()
    gc.freeze()
    uvloop.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
