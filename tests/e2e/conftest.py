"""What the tests with browsers share. They all run in one event loop, so that a browser can serve many tests."""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom
from tests.support.server import PodiumServer

HERE = Path(__file__).parent
TIMEOUT_S = 900
"""For a whole test, and the wait for its turn. Each step has its own deadline and fails with a better message."""
KEPT = HERE.parents[1] / ".cache" / "test-artifacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(autouse=True)
def place_on_the_machine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Two processes run tests at the same time, but what is marked ``alone`` has the machine to itself: it
    measures what a second class on two cores would spoil."""
    directory = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # one of several processes, whose directories lie side by side
        directory = directory.parent
    with (directory / "machine.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH)
        yield


@pytest.fixture
def artifacts(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory for logs and pictures of this test; kept in .cache/test-artifacts when it fails."""
    directory = KEPT / re.sub(r"[^\w-]+", "-", request.node.name)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    failed_before = request.session.testsfailed
    yield directory
    if request.session.testsfailed == failed_before:
        shutil.rmtree(directory, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """One browser for all tests; each tab is a stranger to the others."""
    async with Chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PodiumServer]:
    """One server for all tests that neither set it up, stop it nor need it in a namespace; each test has a class
    of its own on it."""
    async with PodiumServer(tmp_path_factory.mktemp("server")) as podium:
        yield podium


@pytest_asyncio.fixture(loop_scope="session")
async def classroom(
    server: PodiumServer, chromium: Chromium, artifacts: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Classroom]:
    """A live class of its own on the server of all."""
    failed_before = request.session.testsfailed
    async with Classroom(server, chromium.tab, artifacts) as room:
        yield room
        if request.session.testsfailed > failed_before:
            await room.keep_evidence()
