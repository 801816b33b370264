"""WHIP and WHEP over HTTP: what a stream is in the room, and how it changes and ends."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sfu.errors import BadSdp
from sfu.messages import (
    Connect,
    Disconnect,
    ParticipantClosed,
    RestartIce,
    SessionLost,
    SetPublishing,
    Source,
    View,
)
from signaling.config import TurnConfig
from tests.integration.signaling.harness import CLASS, Clock, Harness, config, serving
from tests.integration.signaling.streams_support import WHEP, WHIP, key, obs, player, program
from tests.support.streams import (
    FRAGMENT,
    PLAYED,
    PUBLISHED,
    SDP,
    description,
    fragment,
    line,
)

pytestmark = pytest.mark.integration

# --- publishing -----------------------------------------------------------------------------------------------


async def test_a_program_publishes_as_a_device_of_its_tutor(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "Hypatia"), await live.join("student", "Ada")
    opened = await obs(live).post(WHIP, PUBLISHED)
    assert (opened.status, opened.text) == (201, "v=0 answer")
    assert opened.headers["Content-Type"].startswith(SDP)
    assert opened.location.startswith(f"{WHIP}/")
    assert opened.etag.startswith('"')
    joined = (await ada.wait("user-joined"))["user"]
    assert (joined["name"], joined["userId"], joined["role"]) == ("Hypatia (stream)", "Hypatia", "tutor")
    assert (joined["isAudioOn"], joined["isVideoOn"], joined["isScreenOn"]) == (True, True, False)
    command = live.plane.of(Connect)[-1]
    assert command.participant_id == joined["id"] != tutor.id
    assert (command.lead, command.sources) == (True, {"0": Source.MIC, "1": Source.CAMERA})
    await live.eventually(lambda: live.plane.of(SetPublishing))
    assert live.plane.of(SetPublishing)[-1].publishing == {Source.MIC, Source.CAMERA}

    ended = await obs(live).delete(opened.location)
    assert ended.status == 200
    assert (await ada.wait("user-left"))["participantId"] == joined["id"]
    await live.eventually(lambda: live.plane.of(Disconnect))
    assert (await obs(live).delete(opened.location)).status == 404
    _, people = await live.rest("GET", f"/api/v1/live-classes/{CLASS}/attendees", live.token("tutor"))
    assert [one["name"] for one in people["items"] if one["userId"] == "Hypatia"] == ["Hypatia"]


async def test_a_screen_alone_and_by_the_id_of_the_session(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    offer = description(line("video", "7", "sendrecv"), line("audio", "8", "inactive"))
    opened = await obs(live).post(f"/whip/{ada.joined['sessionId']}?source=screen", offer)
    assert opened.status == 201, opened.text
    assert (await ada.wait("user-joined"))["user"]["isScreenOn"]
    assert live.plane.of(Connect)[-1].sources == {"7": Source.SCREEN}


async def test_the_same_key_again_takes_the_place_of_what_was_there(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    first = await obs(live).post(WHIP, PUBLISHED)
    second = await obs(live).post(WHIP, PUBLISHED)
    assert (first.status, second.status) == (201, 201)
    assert first.location != second.location
    assert len({command.participant_id for command in live.plane.of(Connect)}) == 1
    assert (await obs(live).delete(first.location)).status == 404, "it does not end the one that came after it"
    await obs(live).post(f"{WHIP}?source=screen", PUBLISHED)
    users = (await ada.must("get-session-users"))["users"]
    assert [one["name"] for one in users] == ["Ada", "Hypatia (stream)", "Hypatia (stream)"]
    # two keys are two programs
    token = live.token("tutor", "Hypatia")
    for _ in range(2):
        made = await key(live, token, kind="publish")
        assert (await program(live, made["token"]).post(WHIP, PUBLISHED)).status == 201
    assert len((await ada.must("get-session-users"))["users"]) == 5


async def test_a_bad_offer_with_the_same_key_leaves_what_goes_on(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    opened = await obs(live).post(WHIP, PUBLISHED)
    live.plane.error = BadSdp("no fingerprint")
    refused = await obs(live).post(WHIP, PUBLISHED)
    assert (refused.status, refused.problem["code"]) == (422, "bad_sdp")
    live.plane.error = None
    assert (await obs(live).patch(opened.location, "a=end-of-candidates\r\n", opened.etag)).status == 204
    assert len((await ada.must("get-session-users"))["users"]) == 2


@pytest.mark.parametrize("how", ["closed", "worker"])
async def test_a_stream_ends_with_its_media(live: Harness, how: str) -> None:
    ada = await live.join("student", "Ada")
    opened = await obs(live).post(WHIP, PUBLISHED)
    watching = await player(live).post(WHEP, PLAYED)
    seat, viewer = (command.participant_id for command in live.plane.of(Connect))
    session_id = ada.joined["sessionId"]
    if how == "closed":
        for one in (seat, viewer):
            live.plane.emit(ParticipantClosed(session_id=session_id, participant_id=one, reason="dtls-closed"))
    else:
        live.plane.emit(SessionLost(session_id=session_id))
    # a program that comes back at once does not take a seat that is about to go
    again = await obs(live).post(WHIP, PUBLISHED)
    assert again.status == 201
    assert (await ada.wait("user-left"))["participantId"] == seat
    assert (await obs(live).delete(opened.location)).status == 404
    await live.eventually(lambda: len(live.plane.of(Disconnect)) == 2)
    assert (await player(live).delete(watching.location)).status == 404
    users = (await ada.must("get-session-users"))["users"]
    assert [one["name"] for one in users] == ["Ada", "Hypatia (stream)"]


async def test_media_that_dies_at_once_leaves_no_ghost(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    live.plane.is_dying = True
    for path, offer in ((WHIP, PUBLISHED), (WHEP, PLAYED)):
        opened = await obs(live).post(path, offer)
        assert opened.status == 201
        await live.eventually(lambda: len(live.plane.of(Disconnect)) == len(live.plane.of(Connect)))
        assert (await obs(live).delete(opened.location)).status == 404
    assert len((await ada.must("get-session-users"))["users"]) == 1


async def test_streams_end_with_the_class_and_with_the_membership(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    tutor = await live.join("tutor", "Theon")
    opened = await obs(live).post(WHIP, PUBLISHED)
    watching = await player(live).post(WHEP, PLAYED)
    await tutor.must("remove-user", participantId=ada.id, ban=True)
    assert (await player(live).delete(watching.location)).status == 404, "removed with all devices"
    refused = await player(live).post(WHEP, PLAYED)
    assert (refused.status, refused.problem["code"]) == (403, "forbidden")
    await tutor.must("end-session")
    assert (await obs(live).delete(opened.location)).status == 404
    refused = await obs(live).post(WHIP, PUBLISHED)
    assert (refused.status, refused.problem["code"]) == (409, "not_live")


async def test_a_demoted_co_tutor_publishes_no_longer(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    tutor = await live.join("tutor", "Theon")
    assert (await player(live).post(WHIP, PUBLISHED)).status == 403
    await tutor.must("promote-user", participantId=ada.id, role="tutor")
    opened = await player(live).post(WHIP, PUBLISHED)
    assert opened.status == 201
    await tutor.must("promote-user", participantId=ada.id, role="student")
    assert (await player(live).delete(opened.location)).status == 404


async def test_a_restarted_server_takes_the_program_back_into_its_seat(tmp_path: Path, database_url: str) -> None:
    settings, clock = config(tmp_path, database_url), Clock()
    async with serving(settings, clock) as before:
        await before.plan()
        await before.start()
        opened = await obs(before).post(WHIP, PUBLISHED)
        seat = before.plane.of(Connect)[-1].participant_id
    async with serving(settings, clock) as after:
        assert (await obs(after).delete(opened.location)).status == 404
        assert (await obs(after).post(WHIP, PUBLISHED)).status == 201
        assert after.plane.of(Connect)[-1].participant_id == seat


# --- playing --------------------------------------------------------------------------------------------------


async def test_a_player_gets_the_stage_and_is_nobody_in_the_room(live: Harness) -> None:
    tutor = await live.join("tutor", "Hypatia")
    opened = await player(live).post(WHEP, PLAYED)
    assert opened.status == 201, opened.text
    assert opened.location.startswith(f"{WHEP}/")
    command = live.plane.of(Connect)[-1]
    assert (command.view, command.lead, command.sources) == (View.STAGE, False, {})
    assert len((await tutor.must("get-session-users"))["users"]) == 1
    assert (await player(live, "Bob").delete(opened.location)).status == 404, "it is Ada's"
    assert (await obs(live).delete(opened.location.replace("whep", "whip"))).status == 404
    assert (await player(live).delete(opened.location)).status == 200
    await live.eventually(lambda: live.plane.of(Disconnect))
    assert not tutor.all("user-joined")


async def test_players_are_counted(tmp_path: Path, database_url: str) -> None:
    async with serving(config(tmp_path, database_url, max_viewers=2)) as harness:
        await harness.plan()
        await harness.start()
        first = await player(harness).post(WHEP, PLAYED)
        assert (await player(harness).post(WHEP, PLAYED)).status == 201
        harness.plane.error = BadSdp("odd")
        full = await player(harness, "Bob").post(WHEP, PLAYED)
        assert (full.status, full.problem["code"]) == (409, "class_full")
        await player(harness).delete(first.location)
        assert (await player(harness, "Bob").post(WHEP, PLAYED)).status == 422
        harness.plane.error = None
        assert (await player(harness, "Bob").post(WHEP, PLAYED)).status == 201, "who was refused is not counted"


async def test_players_do_not_pass_a_closed_door(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "Hypatia"), await live.join("student", "Ada")
    await tutor.must("set-room-policy", waitingRoom="everyone")
    assert (await player(live, "Bob").post(WHEP, PLAYED)).status == 403
    assert (await player(live).post(WHEP, PLAYED)).status == 201, "Ada is in"
    await tutor.must("set-room-policy", waitingRoom="off", isLocked=True)
    refused = await player(live, "Bob").post(WHEP, PLAYED)
    assert (refused.status, refused.problem["code"]) == (409, "room_locked")
    await ada.must("leave-session")


async def test_turn_servers_are_named_to_programs_and_clients(tmp_path: Path, database_url: str) -> None:
    turn = TurnConfig(urls=["stun:stun.example.org", "turn:turn.example.org"], username="a", credential='b"c')
    settings = msgspec.structs.replace(config(tmp_path, database_url), turn=turn)
    async with serving(settings) as harness:
        await harness.plan()
        await harness.start()
        opened = await obs(harness).post(WHIP, PUBLISHED)
        assert opened.headers.getall("Link") == [
            '<stun:stun.example.org>; rel="ice-server"',
            '<turn:turn.example.org>; rel="ice-server"; username="a"; credential="b\\"c"; '
            'credential-type="password"',
        ]
        ada = await harness.join("student", "Ada")
        assert [one["urls"] for one in ada.joined["iceServers"]] == [[url] for url in turn.urls]


async def test_pages_of_allowed_origins_may_stream(tmp_path: Path, database_url: str) -> None:
    settings = config(tmp_path, database_url)
    http = msgspec.structs.replace(settings.http, cors_origins=["https://lms.example.org"])
    async with serving(msgspec.structs.replace(settings, http=http)) as harness:
        for origin, allowed in (("https://lms.example.org", True), ("https://other.example.org", False)):
            answer = await obs(harness).request("POST", WHIP, PUBLISHED, Content_Type=SDP, Origin=origin)
            assert (answer.headers.get("Access-Control-Allow-Origin") == origin) == allowed
            exposed = answer.headers.get("Access-Control-Expose-Headers", "")
            assert ({"Location", "ETag", "Link"} <= set(exposed.split(", "))) == allowed


# --- ICE ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [WHIP, WHEP])
async def test_ice_is_restarted_by_new_credentials(live: Harness, path: str) -> None:
    client = obs(live)
    opened = await client.post(path, PUBLISHED if path == WHIP else PLAYED)
    restarted = await client.patch(opened.location, fragment("efgh"), "*")
    assert restarted.status == 200, restarted.text
    assert restarted.headers["Content-Type"].startswith(FRAGMENT)
    assert "a=ice-ufrag:server" in restarted.text
    assert restarted.etag != opened.etag
    assert live.plane.of(RestartIce)[-1].offer == fragment("efgh")
    stale = await client.patch(opened.location, "a=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n", opened.etag)
    assert (stale.status, stale.problem["code"]) == (412, "precondition_failed")
    trickled = await client.patch(opened.location, fragment("efgh") + "a=end-of-candidates\r\n", restarted.etag)
    assert (trickled.status, trickled.text) == (204, "")
    assert (await client.patch(opened.location, fragment("ijkl"), restarted.etag)).status == 200
    assert len(live.plane.of(RestartIce)) == 2


async def test_patches_that_are_refused_change_nothing(live: Harness) -> None:
    client = obs(live)
    opened = await client.post(WHIP, PUBLISHED)
    required = await client.patch(opened.location, fragment("efgh"))
    assert (required.status, required.problem["code"]) == (428, "precondition_required")
    assert (await client.patch(opened.location, "hello", opened.etag)).status == 400
    typed = await client.request("PATCH", opened.location, "x", Content_Type="text/plain", If_Match="*")
    assert (typed.status, typed.problem["code"]) == (415, "unsupported_type")
    live.plane.error = BadSdp("no password")
    assert (await client.patch(opened.location, fragment("efgh"), "*")).status == 422
    live.plane.error = None
    assert (await client.patch(opened.location, "a=end-of-candidates\r\n", opened.etag)).status == 204
    assert (await client.patch(f"{WHIP}/nothing", fragment("efgh"), "*")).status == 404
