"""``python -m demo [OPTIONS OF podium serve]``: a server, and a tutor in its demo class."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import re
import signal
import sys

from demo.tutor import DemoTutor, Refused

LINK = re.compile(r"(https?://\S+)/class/([A-Za-z0-9_-]+)#token=(\S+)")


async def demo(arguments: list[str]) -> int:
    """Run both until the server ends; its exit code."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signaling", "serve", "--demo-links", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _end, server)
    tutor: asyncio.Task[None] | None = None
    try:
        async for line in server.stdout:
            text = line.decode()
            sys.stdout.write(text)
            sys.stdout.flush()
            link = LINK.search(text)
            if tutor is None and link is not None and _role(link[3]) == "tutor":
                tutor = asyncio.create_task(_teach(*link.groups()), name="demo-tutor")
        return await server.wait()
    finally:
        if tutor is not None:
            tutor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await tutor
        _end(server)
        await server.wait()


async def _teach(url: str, class_id: str, token: str) -> None:
    try:
        await DemoTutor(url, class_id, token).run()
    except Refused as refusal:
        sys.stderr.write(f"The demo tutor was refused: {refusal}\n")


def _role(token: str) -> str:
    """The role that a token claims."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["role"])


def _end(server: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    logging.basicConfig(format="demo: %(message)s", level=logging.WARNING)
    logging.getLogger("demo").setLevel(logging.INFO)
    sys.exit(asyncio.run(demo(sys.argv[1:])))
