"""kill -9 in the middle of a start or a mail: the next server takes it up, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.services.schedule.schedule_worker import LEASE
from tests.integration.signaling.notice_node import NOON, Node, VirtualClock, running_node, settings

pytestmark = pytest.mark.integration


async def kill(data_dir: Path, url: str, place: str) -> bytes:
    """Run a server that is killed there; what it printed before."""
    module = "tests.integration.signaling.notice_victim"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(data_dir), url, place, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == -signal.SIGKILL
    return out


async def prepare(data_dir: Path, url: str) -> None:
    async with running_node(settings(data_dir, url), name="before") as node:
        await node.add_people("ada", email=True)
        await node.plan("fractions", NOON + timedelta(hours=1), auto_start=True)
        await node.notify("ada")


async def started(node: Node) -> bool:
    async with node.database.transaction() as tx:
        return (await node.live_classes.get(tx, "fractions")).status == "live"


@pytest.mark.parametrize("place", ["before-start", "after-start"])
async def test_a_class_is_started_once(tmp_path: Path, database_url: str, place: str) -> None:
    await prepare(tmp_path, database_url)
    await kill(tmp_path, database_url, place)
    clock = VirtualClock(NOON + timedelta(hours=1))
    async with running_node(settings(tmp_path, database_url), clock, "after") as node:
        assert await started(node) is (place == "after-start")
        clock.at += LEASE
        await node.parts.schedule_worker.tick()
        assert await started(node)
        assert node.started == ([] if place == "after-start" else ["fractions"])
        assert ("auto-start", "done") in await node.jobs()


async def test_a_mail_is_not_lost(tmp_path: Path, database_url: str) -> None:
    await prepare(tmp_path, database_url)
    assert await kill(tmp_path, database_url, "in-mail") == b"sent\n"
    clock = VirtualClock(NOON + timedelta(hours=1, minutes=2))
    async with running_node(settings(tmp_path, database_url), clock, "after") as node:
        await node.send("email")
        assert [mail.to for mail in node.sent.mails] == ["ada@example.org"]
        assert await node.states("email") == [("sent", 2)]
