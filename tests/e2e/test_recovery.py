"""Kill -9 of a media worker, and of the server: everyone is back by themselves, in their seats."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest_asyncio

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.server import PodiumServer
from tests.support.waiting import eventually


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path: Path) -> AsyncIterator[PodiumServer]:
    """A server that may be killed."""
    async with PodiumServer(tmp_path) as server:
        yield server


async def _on_the_air(classroom: Classroom) -> list[Person]:
    people = await classroom.full("Ada", "Ben")
    tutor, ada, ben = people
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True), ada.turn("mic", on=True))
    await together(ada.sees(tutor), ben.sees(tutor), ada.hears_something(), tutor.hears_something())
    return people


async def test_everybody_is_back_after_a_media_worker_was_killed(
    own_server: PodiumServer,
    chromium: Chromium,
    artifacts: Path,
    record_property: Callable[[str, object], None],
) -> None:
    async with Classroom(own_server, chromium.tab, artifacts) as classroom:
        tutor, ada, ben = await _on_the_air(classroom)
        [worker] = own_server.media_workers()
        killed = time.monotonic()
        os.kill(worker, signal.SIGKILL)

        async def replaced() -> bool:
            return own_server.media_workers() not in ([], [worker])

        await eventually(replaced, "a new worker")
        await together(
            ada.sees(tutor, frames=5),
            ben.sees(tutor, frames=5),
            ada.hears_something(),
            tutor.hears_something(),
        )
        # One or two seconds on a quiet machine: recorded, since a busy one takes as long as it likes.
        record_property("seconds_without_a_worker", round(time.monotonic() - killed, 1))
        for person in (tutor, ada, ben):
            assert await person.offers() == 2, "one media connection before, one after"
        await together(tutor.counts(3), ada.lists(tutor, audio="true", video="true"))


async def test_a_killed_server_finds_everyone_in_their_seats(
    own_server: PodiumServer, chromium: Chromium, artifacts: Path
) -> None:
    async with Classroom(own_server, chromium.tab, artifacts) as classroom:
        tutor, ada, ben = await _on_the_air(classroom)
        await ada.turn("hand", on=True)
        await tutor.lists(ada, hand="true")
        seats = [person.id for person in (tutor, ada, ben)]
        workers = own_server.media_workers()
        await own_server.kill()
        await together(*(person.shows("reconnect-banner") for person in (tutor, ada, ben)))
        await ben.tab.close()
        classroom.people.remove(ben)

        async def ended() -> bool:
            return not any(psutil.pid_exists(worker) for worker in workers)

        await own_server.start()
        await eventually(ended, "no worker outlives its server")
        await together(*(person.hides("reconnect-banner") for person in (tutor, ada)))
        await together(ada.sees(tutor), tutor.hears_something())
        assert [tutor.id, ada.id] == seats[:2]
        for person in (tutor, ada):
            assert await person.tab.evaluate("() => window.__podium.session.view.selfId") == person.id
        attendance = await own_server.call(
            "GET", f"/live-classes/{classroom.id}/attendance/stays", own_server.token("tutor", "Planner")
        )
        open_rows = {row["participantId"] for row in attendance["items"] if row["leftAt"] is None}
        assert open_rows <= set(seats), "an open row without a participant"
        assert {tutor.id, ada.id} <= open_rows


async def test_a_server_asked_to_stop_ends_cleanly(own_server: PodiumServer) -> None:
    workers = own_server.media_workers()
    assert workers
    assert await own_server.stop() == 0
    assert not any(psutil.pid_exists(worker) for worker in workers)
    assert "Traceback" not in own_server.program.output()
