"""One class on two workers: real processes, and aiortc at both ends."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import msgspec
import pytest

from sfu.errors import UnknownParticipant
from sfu.messages import (
    CloseSession,
    Disconnect,
    ParticipantClosed,
    ParticipantConnected,
    SessionLost,
    SetPublishing,
    SlotsChanged,
    Source,
    Stats,
)
from tests.integration.sfu.test_media_plane import BOTH, LOOPBACK, Plane, connect, eventually, peers
from tests.support.aiortc_peer import AiortcPeer

pytestmark = pytest.mark.integration


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    """Everyone who comes is given to the worker with fewer of the class, else to the first."""
    plane = Plane(msgspec.structs.replace(LOOPBACK, workers=2, spread_load=0.0))
    await plane.start()
    yield plane
    await plane.stop()
    assert plane.pids == []


def members(stats: Stats) -> set[str]:
    return {participant.participant_id for participant in stats.participants}


async def worker_of(plane: Plane, participant_id: str) -> int:
    [found] = [index for index, stats in enumerate(await plane.stats()) if participant_id in members(stats)]
    return found


async def test_students_of_another_worker_see_and_hear_the_tutor_and_each_track_crosses_once(plane: Plane) -> None:
    kinds = [AiortcPeer.publisher("VP8"), *(AiortcPeer.subscriber() for _ in range(3))]
    async with peers(*kinds) as (tutor, far, near, farther):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, far, "far")
        await connect(plane, near, "near")
        await connect(plane, farther, "farther")
        first = await worker_of(plane, "tutor")
        stats = await plane.stats()
        one, two = stats[first], stats[1 - first]
        assert (members(one), members(two)) == ({"tutor", "near"}, {"far", "farther"})
        for student in (far, near, farther):
            await eventually(lambda s=student: s.frames["video"] > 20 and s.frames["audio"] > 50)  # type: ignore[misc]
            for kind in ("audio", "video"):
                assert set(student.received[kind]) <= set(tutor.sent[kind])
        stats = await plane.stats()
        one, two = stats[first], stats[1 - first]
        [sent] = [p.packets_received for p in one.participants if p.participant_id == "tutor"]
        assert 0 < one.crossed <= sent
        assert two.crossed == 0
        assert one.dropped.get("pipe-full", 0) == two.dropped.get("pipe-full", 0) == 0


async def test_commands_reach_whoever_they_are_for(plane: Plane) -> None:
    async with peers(AiortcPeer.publisher("VP8"), AiortcPeer.subscriber()) as (tutor, student):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, student, "student")
        await eventually(lambda: student.frames["video"] > 5)
        camera = frozenset({Source.CAMERA})
        await plane.request(SetPublishing(session_id="s", participant_id="tutor", publishing=camera))

        def shown() -> set[Source | None]:
            of_student = [e for e in plane.events if isinstance(e, SlotsChanged) and e.participant_id == "student"]
            return {slot.source for slot in of_student[-1].slots} if of_student else set()

        await eventually(lambda: shown() == {Source.CAMERA, None})
        await plane.request(Disconnect(session_id="s", participant_id="tutor"))
        await eventually(lambda: shown() == {None})
        with pytest.raises(UnknownParticipant):
            await plane.request(SetPublishing(session_id="s", participant_id="tutor", publishing=camera))
        await plane.request(CloseSession(session_id="s"))
        assert [stats.sessions for stats in await plane.stats()] == [0, 0]


async def test_a_worker_that_dies_takes_only_its_own_people_with_it(plane: Plane) -> None:
    kinds = [AiortcPeer.publisher("VP8"), AiortcPeer.subscriber(), AiortcPeer.subscriber()]
    async with peers(*kinds) as (tutor, far, near):
        await connect(plane, tutor, "tutor", lead=True, publishing=BOTH)
        await connect(plane, far, "far")
        await connect(plane, near, "near")
        await eventually(lambda: near.frames["video"] > 5 and far.frames["video"] > 5)
        other = await worker_of(plane, "far")
        os.kill(plane.pids[other], signal.SIGKILL)
        lost = ParticipantClosed(session_id="s", participant_id="far", reason="worker-lost")
        await eventually(lambda: lost in plane.events)
        seen = near.frames["video"]
        await eventually(lambda: near.frames["video"] > seen + 10)
        assert not any(isinstance(event, SessionLost) for event in plane.events)
    async with peers(AiortcPeer.subscriber()) as (again,):
        before = len(plane.events)
        await connect(plane, again, "far")
        back = ParticipantConnected(session_id="s", participant_id="far")
        await eventually(lambda: back in plane.events[before:])
        assert await worker_of(plane, "far") == other
