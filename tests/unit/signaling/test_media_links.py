"""Commands to the media plane: in order for one participant, never waiting for another, right after a restart."""

from __future__ import annotations

import asyncio

import pytest

from sfu.config import MediaConfig
from sfu.errors import UnknownParticipant
from sfu.messages import (
    CloseSession,
    Command,
    Connect,
    Connected,
    Disconnect,
    Done,
    ParticipantClosed,
    Reply,
    SessionLost,
    SetPublishing,
    Source,
)
from signaling.errors import NotJoined
from signaling.protocol import base
from signaling.protocol import session as wire
from signaling.services.sessions.media import Media

OFFER = wire.ConnectMedia(offer="v=0", sources={"0": "mic"})
MIC: frozenset[base.Source] = frozenset({"mic"})
CAMERA: frozenset[base.Source] = frozenset({"camera"})


class SlowPlane:
    """Answers when it is told to."""

    workers = 1
    pids: tuple[int, ...] = ()

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.open = asyncio.Event()
        self.open.set()
        self.known: set[str] = set()

    async def request(self, command: Command) -> Reply:
        self.commands.append(command)
        await self.open.wait()
        match command:
            case Connect(participant_id=participant_id):
                self.known.add(participant_id)
                return Connected(answer="v=0", slots=[])
            case SetPublishing(participant_id=participant_id) if participant_id not in self.known:
                raise UnknownParticipant(participant_id)
        return Done()


async def test_changes_during_a_connect_are_told_after_it() -> None:
    plane = SlowPlane()
    media = Media(plane)
    plane.open.clear()
    connecting = asyncio.create_task(media.connect("s", "p", OFFER, lead=False))
    await asyncio.sleep(0)
    media.publish("s", "p", MIC)
    media.publish("s", "p", CAMERA)
    plane.open.set()
    await connecting
    await media.idle()
    assert [type(command) for command in plane.commands] == [Connect, SetPublishing]
    assert plane.commands[-1] == SetPublishing(
        session_id="s", participant_id="p", publishing=frozenset({Source.CAMERA})
    )


async def test_who_leaves_during_a_connect_is_disconnected_after_it() -> None:
    plane = SlowPlane()
    media = Media(plane)
    plane.open.clear()
    connecting = asyncio.create_task(media.connect("s", "p", OFFER, lead=False))
    second = asyncio.create_task(media.connect("s", "p", OFFER, lead=False))
    await asyncio.sleep(0)
    media.close("s")
    plane.open.set()
    await connecting
    with pytest.raises(NotJoined):
        await second
    await media.idle()
    assert plane.commands[-1] == Disconnect(session_id="s", participant_id="p")
    assert CloseSession(session_id="s") in plane.commands


async def test_nothing_is_told_to_a_worker_that_lost_the_session() -> None:
    plane = SlowPlane()
    media = Media(plane)
    assert not media.has("s", "p")
    await media.connect("s", "p", OFFER, lead=True)
    assert media.has("s", "p")

    class Listener:
        lost: list[tuple[str, str | None]] = []  # noqa: RUF012

        def slots_changed(self, *_: object) -> None: ...

        def speaker_changed(self, *_: object) -> None: ...

        def media_lost(self, session_id: str, participant_id: str | None, reason: str) -> None:
            self.lost.append((session_id, participant_id))

    media.listen(Listener())
    plane.known.clear()
    media.on_event(SessionLost(session_id="s"))
    assert not media.has("s", "p")
    media.publish("s", "p", MIC)
    await media.idle()
    assert [type(command) for command in plane.commands] == [Connect]
    await media.connect("s", "p", OFFER, lead=True)
    last = plane.commands[-1]
    assert isinstance(last, Connect)
    assert last.publishing == {Source.MIC}
    assert Listener.lost == [("s", None)]


class Quiet:
    """Listens, and does nothing about it."""

    def slots_changed(self, *_: object) -> None: ...

    def speaker_changed(self, *_: object) -> None: ...

    def media_lost(self, *_: object) -> None: ...


@pytest.mark.parametrize("change", ["publish", "receive", "both"])
async def test_a_transport_that_closes_while_it_is_told_something_is_known_no_more(change: str) -> None:
    plane = SlowPlane()
    media = Media(plane)
    media.listen(Quiet())
    await media.connect("s", "p", OFFER, lead=False)
    plane.open.clear()
    if change != "receive":
        media.publish("s", "p", MIC)
    if change != "publish":
        media.receive("s", "p", "audio")
    await asyncio.sleep(0)
    media.on_event(ParticipantClosed(session_id="s", participant_id="p", reason="bye"))
    plane.open.set()
    await media.idle()
    assert not media.has("s", "p")


def test_the_real_media_plane_fits() -> None:
    from sfu.plane import MediaPlane

    plane = MediaPlane(MediaConfig(workers=2, udp_port=0), lambda _: None)
    assert Media(plane).workers == (2, 0)
