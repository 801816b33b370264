"""The yardstick: a bare Python ``sendto`` loop. Everything else is said in multiples of it. Beside it, what the
same loop costs when the kernel takes four packets of equal size at a time.

``python -m bench.support.calibration`` runs both in a process of its own: it reads a JSON request from stdin and
prints the CPU times per packet, in µs.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence

import msgspec

from bench.support.figures import median
from sfu.forwarding.outgoing.line import segments_of

Address = tuple[str, int]

ROUND_S = 0.1
BATCH = 4


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Send packets of ``sizes`` bytes, one after another, each to all of ``addresses``, for ``duration_s``."""

    sizes: list[int]
    addresses: list[Address]
    duration_s: float


def send_to_all(tx: socket.socket, packets: Sequence[bytes], addresses: Sequence[Address]) -> None:
    """The loop itself."""
    sendto = tx.sendto
    for packet in packets:
        for address in addresses:
            sendto(packet, address)


def send_together(tx: socket.socket, packets: Sequence[bytes], addresses: Sequence[Address]) -> None:
    """The loop with one call per address for all packets, which have the size of the first."""
    size = len(packets[0])
    together = [packet[:size].ljust(size) for packet in packets]
    for address in addresses:
        tx.sendmsg(together, segments_of(size), 0, address)


Send = Callable[[socket.socket, Sequence[bytes], Sequence[Address]], None]


def calibrate(request: Request, send: Send) -> float:
    """CPU µs per packet of this process: the median of rounds of a tenth of a second."""
    packets = [os.urandom(size) for size in request.sizes]
    costs: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tx:
        end = time.monotonic() + request.duration_s
        position = 0
        while time.monotonic() < end:
            sent = 0
            began, round_end = time.process_time(), time.monotonic() + ROUND_S
            while time.monotonic() < round_end:
                batch = packets[position : position + BATCH]
                send(tx, batch, request.addresses)
                sent += len(batch) * len(request.addresses)
                position = (position + BATCH) % len(packets)
            costs.append((time.process_time() - began) / sent * 1e6)
    return median(costs)


async def calibrate_elsewhere(request: Request) -> tuple[float, float]:
    """`calibrate` in a process of its own: one by one, and four at a time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.support.calibration",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(msgspec.json.encode(request))
    return msgspec.json.decode(output, type=tuple[float, float])


def main() -> None:
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    print([calibrate(request, send) for send in (send_to_all, send_together)])


if __name__ == "__main__":
    main()
