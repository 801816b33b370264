"""The yardstick: a bare Python ``sendto`` loop. Everything else is said in multiples of it.

``python -m bench.support.calibration`` runs it in a process of its own: it reads a JSON request from stdin and
prints the CPU time per packet, in µs.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Sequence

import msgspec

from bench.support.figures import median

Address = tuple[str, int]

ROUND_S = 0.1


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


def calibrate(request: Request) -> float:
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
                batch = packets[position : position + 4]
                send_to_all(tx, batch, request.addresses)
                sent += len(batch) * len(request.addresses)
                position = (position + 4) % len(packets)
            costs.append((time.process_time() - began) / sent * 1e6)
    return median(costs)


async def calibrate_elsewhere(request: Request) -> float:
    """`calibrate` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.support.calibration",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(msgspec.json.encode(request))
    return msgspec.json.decode(output, type=float)


if __name__ == "__main__":
    print(calibrate(msgspec.json.decode(sys.stdin.buffer.read(), type=Request)))
