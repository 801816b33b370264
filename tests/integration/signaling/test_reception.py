"""Steps of the ladder, wishes, layers and health: from the media plane to clients, and back."""

from __future__ import annotations

from typing import Any

import pytest

from sfu.errors import BadSdp, Overloaded
from sfu.messages import (
    Connect,
    HealthChanged,
    LayersWanted,
    ParticipantClosed,
    ParticipantHealth,
    Quality,
    Reception,
    ReceptionCause,
    ReceptionChanged,
    RestartIce,
    SessionLost,
    SetReception,
    SetWishes,
    Source,
    Wish,
)
from tests.integration.signaling.harness import CLASS, Client, Harness

pytestmark = pytest.mark.integration

OFFER = {"offer": "v=0 offer", "sources": {"0": "mic"}}
HEALTH = f"/api/v1/live-classes/{CLASS}/health"


class Room:
    """A tutor and a student with media."""

    def __init__(self, harness: Harness, tutor: Client, ada: Client) -> None:
        self.harness, self.tutor, self.ada = harness, tutor, ada
        self.plane = harness.plane
        self.session_id = str(ada.joined["sessionId"])

    @classmethod
    async def make(cls, harness: Harness) -> Room:
        tutor, ada = await harness.join("tutor", "Hypatia"), await harness.join("student", "Ada")
        for client in (tutor, ada):
            await client.must("connect-media", **OFFER)
        return cls(harness, tutor, ada)

    def one(self) -> dict[str, str]:
        return {"session_id": self.session_id, "participant_id": self.ada.id}

    def step(self, step: Reception, cause: ReceptionCause) -> None:
        self.plane.emit(ReceptionChanged(**self.one(), reception=step, cause=cause, estimate_bps=100_000))

    def fares(self, quality: Quality, *, b_frames: bool = False) -> None:
        line = ParticipantHealth(
            participant_id=self.ada.id,
            quality=quality,
            reception=Reception.FULL,
            rtt_s=0.0401,
            loss_down=1.7,
            loss_up=None,
            estimate_bps=912_345,
            frozen=0.25,
            b_frames=b_frames,
        )
        self.plane.emit(HealthChanged(session_id=self.session_id, participants=[line]))


@pytest.fixture
async def room(live: Harness) -> Room:
    return await Room.make(live)


def shown(event: dict[str, Any]) -> tuple[object, ...]:
    return (event["reception"], event["chosen"], event["pinned"], event["cause"])


async def test_a_weak_line_takes_somebody_lower_and_they_undo_it(room: Room) -> None:
    room.step(Reception.AUDIO, ReceptionCause.WEAK_LINE)
    assert shown(await room.ada.wait("reception-changed")) == ("audio", "full", False, "weak-line")
    assert (await room.ada.must("resync", lastSeq=0))["own"]["reception"] == "audio"
    await room.ada.must("set-reception", reception="full", pinned=True)
    await room.ada.wait("reception-changed", lambda e: shown(e) == ("full", "full", True, "chosen"))
    await room.harness.eventually(lambda: room.plane.of(SetReception))
    [command] = room.plane.of(SetReception)
    assert command == SetReception(**room.one(), reception=Reception.FULL, pinned=True)
    room.step(Reception.FULL, ReceptionCause.CHOSEN)
    room.step(Reception.SAVER, ReceptionCause.WEAK_LINE)
    await room.ada.wait("reception-changed", lambda e: e["reception"] == "saver")
    assert len(room.ada.all("reception-changed")) == 3, "what is known already is not told"
    assert not room.tutor.all("reception-changed")


async def test_who_comes_back_finds_step_wishes_layers_and_quality(room: Room) -> None:
    await room.ada.must("set-reception", reception="saver", pinned=True)
    wish = {"participantId": room.tutor.id, "source": "screen", "height": 720}
    await room.ada.must("set-wishes", wishes=[wish, {**wish, "participantId": "gone"}])
    await room.harness.eventually(lambda: room.plane.of(SetWishes))
    wishes = [Wish(participant_id=room.tutor.id, source=Source.SCREEN, height=720)]
    assert room.plane.of(SetWishes)[-1] == SetWishes(**room.one(), wishes=wishes)
    room.plane.emit(LayersWanted(**room.one(), source=Source.CAMERA, layers=["q"]))
    assert (await room.ada.wait("layers-wanted")) == {"source": "camera", "layers": ["q"]}
    room.fares(Quality.POOR)
    assert (await room.ada.wait("connection-quality")) == {"quality": "poor"}

    await room.ada.vanish()
    again = await room.harness.connect("student", "Ada")
    joined = await again.join()
    assert joined["resumed"]
    assert joined["own"]["reception"] == "saver"
    assert (await again.wait("layers-wanted")) == {"source": "camera", "layers": ["q"]}
    assert shown(await again.wait("reception-changed")) == ("saver", "saver", True, "chosen")
    assert (await again.wait("connection-quality")) == {"quality": "poor"}
    room.plane.emit(SessionLost(session_id=room.session_id))
    await again.wait("media-reset")
    await again.must("connect-media", **OFFER)
    command = room.plane.of(Connect)[-1]
    assert (command.reception, command.pinned, command.wishes) == (Reception.SAVER, True, wishes)
    await again.must("set-wishes", wishes=None)
    await room.harness.eventually(lambda: room.plane.of(SetWishes)[-1].wishes is None)


async def test_a_tutor_suggests_a_step(room: Room) -> None:
    await room.tutor.must("suggest-reception", reception="audio")
    assert (await room.ada.wait("reception-suggested")) == {"reception": "audio", "by": "Hypatia"}
    await room.tutor.must("suggest-reception", reception="text", participantId=room.ada.id)
    await room.ada.wait("reception-suggested", lambda e: e["reception"] == "text")
    assert await room.ada.refused("suggest-reception", reception="audio") == "forbidden"
    assert await room.tutor.refused("suggest-reception", reception="audio", participantId="nobody") == "not_found"
    assert not room.tutor.all("reception-suggested")


async def test_tutors_see_who_cannot_see_them(room: Room) -> None:
    harness, token = room.harness, room.harness.token("tutor")
    assert (await harness.rest("GET", HEALTH, token))[1]["participants"] == []
    await room.tutor.must("update-media-state", isAudioOn=True, isVideoOn=True, isScreenOn=False)
    room.fares(Quality.POOR)
    told = await room.tutor.wait("health-changed", lambda e: e["participants"])
    overview = {"participants": 1, "excellent": 0, "good": 0, "poor": 1, "lost": 0, "cannotSee": 1}
    line = {
        "participantId": room.ada.id,
        "quality": "poor",
        "reception": "full",
        "roundTripMs": 40,
        "lossDown": 1.0,
        "lossUp": None,
        "estimateKbps": 912,
        "frozen": 0.25,
        "bFrames": False,
    }
    assert told == {"participants": [line], "overview": overview}
    status, health = await harness.rest("GET", HEALTH, token)
    assert (status, health) == (200, {"sessionId": room.session_id, "overview": overview, "participants": [line]})
    assert (await harness.rest("GET", HEALTH, harness.token("student")))[0] == 403
    assert (await harness.rest("GET", HEALTH))[0] == 401
    assert not room.ada.all("health-changed")
    room.plane.emit(ParticipantClosed(**room.one(), reason="consent-expired"))
    assert (await room.ada.wait("media-reset")) == {"reason": "consent-expired"}
    harness.clock.advance(2)
    await room.tutor.wait("health-changed", lambda e: e["overview"]["lost"] == 1)


async def test_b_frames_are_logged_once_and_told_to_tutors(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        room.fares(Quality.GOOD, b_frames=True)
    await room.tutor.wait("health-changed", lambda e: [one["bFrames"] for one in e["participants"]] == [True])
    [said] = [record.getMessage() for record in caplog.records if "B-frames" in record.getMessage()]
    assert said.startswith("Ada sends B-frames") and "bframes=0" in said
    assert not room.ada.all("health-changed")


async def test_health_of_a_class_that_does_not_run(planned: Harness) -> None:
    status, answer = await planned.rest("GET", HEALTH, planned.token("tutor"))
    assert (status, answer["code"]) == (409, "not_live")
    status, answer = await planned.rest("GET", HEALTH.replace(CLASS, "other"), planned.token("tutor"))
    assert (status, answer["code"]) == (404, "not_found")


async def test_ice_is_restarted_with_the_same_connection(room: Room) -> None:
    answer = await room.ada.must("restart-ice", offer="v=0 " + "x" * 40_000)
    assert answer["answer"] == "v=0 answer"
    assert [slot["mid"] for slot in answer["slots"]] == ["3"]
    assert room.plane.of(RestartIce)[0].participant_id == room.ada.id
    room.plane.error = BadSdp("another fingerprint")
    assert await room.ada.refused("restart-ice", offer="v=0") == "bad_sdp"
    room.plane.error = None
    room.plane.emit(ParticipantClosed(**room.one(), reason="dtls-closed"))
    assert await room.ada.refused("restart-ice", offer="v=0") == "media_unavailable"
    outside = await room.harness.connect("student")
    assert await outside.refused("restart-ice", offer="v=0") == "not_joined"


async def test_a_full_server_says_so(room: Room) -> None:
    bob = await room.harness.join("student", "Bob")
    room.plane.error = Overloaded("every worker is at its limit")
    assert await bob.refused("connect-media", **OFFER) == "overloaded"


async def test_low_bandwidth_rooms_ask_microphones_for_less(room: Room) -> None:
    assert room.plane.of(Connect)[-1].opus_bps == 24_000
    await room.tutor.must("set-room-policy", lowBandwidth=True)
    changed = await room.ada.wait("room-policy-changed")
    assert changed["policy"]["lowBandwidth"] is True
    await room.ada.must("connect-media", **OFFER)
    assert room.plane.of(Connect)[-1].opus_bps == 18_000


async def test_what_steps_cost_is_told_with_the_seat(room: Room) -> None:
    use = {one["reception"]: one["megabytesPerHour"] for one in room.ada.joined["receptionUse"]}
    assert list(use) == ["full", "saver", "slides", "audio", "text"]
    assert 600 < use["full"] < 800
    assert room.ada.joined["own"]["reception"] == "full"
