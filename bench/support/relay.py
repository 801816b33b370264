"""The second yardstick: a bare relay that sends each packet it receives to every socket, unread and in the clear.

The loop of `calibration` never sleeps, so its caches are warm and it is woken by nobody. A class of ten keeps a
worker idle for most of the time, and there waking up costs more than sending. The relay is woken just as often, by
packets of the same sizes at the same moments, and does the least that a Python program with an event loop can do.

``python -m bench.support.relay`` is the relay: it reads the addresses from stdin, prints its port, and prints its
CPU time per packet sent, in µs, when an empty datagram ends it.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import time
from collections.abc import Sequence

import msgspec
import uvloop

from bench.support.calibration import Address
from bench.support.media import MediaSource

WARM_UP_PACKETS = 20


async def relay(addresses: Sequence[Address]) -> float:
    """Relay until an empty datagram comes; returns CPU µs per packet sent."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    received = 0
    began = 0.0

    def read() -> None:
        nonlocal received, began
        while True:
            try:
                data, _ = item.recvfrom(2048)
            except BlockingIOError:
                return
            if not data:
                done.set_result(None)
                return
            for address in addresses:
                item.sendto(data, address)
            received += 1
            if received == WARM_UP_PACKETS:
                began = time.process_time()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as item:
        item.setblocking(False)
        item.bind(("127.0.0.1", 0))
        print(item.getsockname()[1], flush=True)
        loop.add_reader(item, read)
        await done
        loop.remove_reader(item)
    return (time.process_time() - began) / ((received - WARM_UP_PACKETS) * len(addresses)) * 1e6


async def relay_elsewhere(bitrate: int, overhead: int, addresses: Sequence[Address], duration_s: float) -> float:
    """`relay` in a process of its own, fed with what a tutor would send, each packet ``overhead`` bytes longer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.support.relay"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(msgspec.json.encode(addresses) + b"\n")
    port = int(await process.stdout.readline())
    header = os.urandom(overhead)
    source = MediaSource(bitrates=[bitrate], random=random.Random(7), now=time.monotonic())
    end = time.monotonic() + duration_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tx:
        tx.connect(("127.0.0.1", port))
        while (now := time.monotonic()) < end:
            for unit in source.poll(now):
                tx.send(header + unit.payload)
            await asyncio.sleep(max(0.0, source.next_at - time.monotonic()))
        tx.send(b"")
    output, _ = await process.communicate()
    return float(output)


if __name__ == "__main__":
    print(uvloop.run(relay(msgspec.json.decode(sys.stdin.readline(), type=list[Address]))))
