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
    LayersWanted,
    ParticipantClosed,
    Reply,
    RestartIce,
    SessionLost,
    SetPublishing,
    SetWishes,
    Source,
    View,
    Wish,
)
from signaling.errors import MediaUnavailable, NotJoined
from signaling.protocol import base
from signaling.protocol import session as wire
from signaling.protocol.reception import TrackWish
from signaling.services.sessions.media import Media
from signaling.services.sessions.media_link import Terms

OFFER = wire.ConnectMedia(offer="v=0", sources={"0": "mic"})
MIC: frozenset[base.Source] = frozenset({"mic"})
CAMERA: frozenset[base.Source] = frozenset({"camera"})


class SlowPlane:
    """Answers when it is told to."""

    workers = 1
    pids: tuple[int, ...] = ()
    loads: tuple[float, ...] = ()

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
            case RestartIce():
                return Connected(answer="v=0", slots=[])
            case SetPublishing(participant_id=participant_id) if participant_id not in self.known:
                raise UnknownParticipant(participant_id)
        return Done()


class Quiet:
    """Listens, and does nothing about it."""

    def __init__(self) -> None:
        self.lost: list[tuple[str, str | None]] = []

    def slots_changed(self, *_: object) -> None: ...

    def speaker_changed(self, *_: object) -> None: ...

    def layers_wanted(self, *_: object) -> None: ...

    def reception_changed(self, *_: object) -> None: ...

    def health_changed(self, *_: object) -> None: ...

    def media_lost(self, session_id: str, participant_id: str | None, reason: str) -> None:
        self.lost.append((session_id, participant_id))


async def test_changes_during_a_connect_are_told_after_it() -> None:
    plane = SlowPlane()
    media = Media(plane)
    plane.open.clear()
    connecting = asyncio.create_task(media.connect("s", "p", OFFER, Terms()))
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
    connecting = asyncio.create_task(media.connect("s", "p", OFFER, Terms()))
    second = asyncio.create_task(media.connect("s", "p", OFFER, Terms()))
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
    await media.connect("s", "p", OFFER, Terms(lead=True))
    assert media.has("s", "p")

    listener = Quiet()
    media.listen(listener)
    plane.known.clear()
    media.on_event(SessionLost(session_id="s"))
    assert not media.has("s", "p")
    media.publish("s", "p", MIC)
    await media.idle()
    assert [type(command) for command in plane.commands] == [Connect]
    await media.connect("s", "p", OFFER, Terms(lead=True))
    last = plane.commands[-1]
    assert isinstance(last, Connect)
    assert last.publishing == {Source.MIC}
    assert listener.lost == [("s", None)]


@pytest.mark.parametrize("change", ["publish", "receive", "both"])
async def test_a_transport_that_closes_while_it_is_told_something_is_known_no_more(change: str) -> None:
    plane = SlowPlane()
    media = Media(plane)
    media.listen(Quiet())
    await media.connect("s", "p", OFFER, Terms())
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


async def test_of_many_wishes_in_a_row_the_latest_is_told() -> None:
    plane = SlowPlane()
    media = Media(plane)
    await media.connect("s", "p", OFFER, Terms())
    plane.open.clear()
    for height in range(1, 50):
        media.wish("s", "p", [TrackWish(participant_id="q", source="camera", height=height)])
        await asyncio.sleep(0)
    plane.open.set()
    await media.idle()
    told = [command for command in plane.commands if isinstance(command, SetWishes)]
    assert [command.wishes for command in told] == [
        [Wish(participant_id="q", source=Source.CAMERA, height=height)] for height in (1, 49)
    ]


async def test_step_and_wishes_are_told_again_with_the_next_connect() -> None:
    plane = SlowPlane()
    media = Media(plane)
    media.listen(Quiet())
    media.receive("s", "p", "saver", pinned=True)
    media.wish("s", "p", [])
    terms = Terms(lead=True, view=View.STAGE, opus_bps=24_000)
    for _ in range(2):
        await media.connect("s", "p", OFFER, terms)
        [command] = [one for one in plane.commands if isinstance(one, Connect)]
        assert (command.reception, command.pinned, command.wishes) == ("saver", True, [])
        assert (command.lead, command.view, command.opus_bps) == (True, View.STAGE, 24_000)
        media.on_event(SessionLost(session_id="s"))
        plane.commands.clear()
    media.wish("s", "p", None)
    await media.idle()
    assert plane.commands == []


async def test_layers_are_a_level_of_one_connection() -> None:
    media = Media(SlowPlane())
    media.listen(Quiet())
    event = LayersWanted(session_id="s", participant_id="p", source=Source.CAMERA, layers=["q"])
    media.on_event(event)
    assert media.layers("s", "p") == {}, "nobody is there"
    await media.connect("s", "p", OFFER, Terms())
    media.on_event(event)
    assert media.layers("s", "p") == {"camera": ["q"]}
    await media.connect("s", "p", OFFER, Terms())
    assert media.layers("s", "p") == {}


async def test_ice_is_restarted_for_who_is_connected() -> None:
    plane = SlowPlane()
    media = Media(plane)
    media.listen(Quiet())
    with pytest.raises(MediaUnavailable):
        await media.restart_ice("s", "p", "v=0")
    await media.connect("s", "p", OFFER, Terms())
    assert (await media.restart_ice("s", "p", "v=0 anew")).answer == "v=0"
    assert plane.commands[-1] == RestartIce(session_id="s", participant_id="p", offer="v=0 anew")
    media.on_event(ParticipantClosed(session_id="s", participant_id="p", reason="bye"))
    with pytest.raises(MediaUnavailable):
        await media.restart_ice("s", "p", "v=0")


def test_the_real_media_plane_fits() -> None:
    from sfu.plane import MediaPlane

    plane = MediaPlane(MediaConfig(workers=2, udp_port=0), lambda _: None)
    assert Media(plane).workers == (2, 0)
