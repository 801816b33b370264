"""A server that is killed in the middle: ``python -m … <data dir> <database url> <place>`` ends by SIGKILL."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from signaling.services.notices.outgoing import Outcome
from tests.integration.signaling.notice_node import NOON, VirtualClock, running_node, settings


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(data_dir: Path, url: str, place: str) -> None:
    async with running_node(settings(data_dir, url), VirtualClock(NOON + timedelta(hours=1)), "victim") as node:
        worker = node.parts.schedule_worker
        if place == "before-start":
            node.before_start = die
        elif place == "after-start":
            start = worker._start

            async def start_and_die(live_class_id: str) -> None:
                await start(live_class_id)
                die()

            worker._start = start_and_die
        elif place == "in-mail":

            async def mail_and_die(*_: Any) -> Outcome:
                print("sent", flush=True)
                die()
                raise AssertionError("unreachable")

            node.sent.mail = mail_and_die  # type: ignore[method-assign,assignment]
            await node.parts.deliveries.tick("email")
        await worker.tick()
    raise AssertionError("nobody was killed")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
