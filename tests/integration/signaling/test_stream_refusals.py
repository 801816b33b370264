"""WHIP and WHEP over HTTP: what is refused, and with which status; keys."""

from __future__ import annotations

import pytest

from sfu.errors import Overloaded, WorkerUnavailable
from sfu.messages import (
    Connect,
    Disconnect,
    Source,
)
from tests.integration.signaling.courses_support import School
from tests.integration.signaling.harness import CLASS, Harness
from tests.integration.signaling.streams_support import KEYS, WHEP, WHIP, key, obs, player, program
from tests.support.streams import (
    FRAGMENT,
    PLAYED,
    PUBLISHED,
    SDP,
    description,
    line,
)

pytestmark = pytest.mark.integration

# --- refusals -------------------------------------------------------------------------------------------------


UNFIT = (
    ("", 400, "no SDP"),
    ("hello", 400, "no SDP"),
    ("v=0\r\n", 400, "no SDP"),
    (PLAYED, 422, "sends nothing"),
    (description(line("application", "0", "sendonly")), 422, "sends nothing"),
    (description(line("video", "0", "sendonly", port=0)), 422, "sends nothing"),
    (description(line("video", "0", "sendonly", "H265/90000")), 422, "VP8, H264"),
    (description(line("audio", "0", "sendonly", "PCMU/8000")), 422, "Opus"),
    (description(line("video", "0", "sendonly"), line("video", "1", "sendonly")), 422, "two lines"),
    (description(line("video", "", "sendonly")), 422, "a=mid"),
    (description(line("audio", "0", "sendonly"), line("video", "0", "sendonly")), 422, "a=mid"),
)
"""Offers, the status they are answered with, and a word of the reason."""


async def test_offers_that_cannot_be_published(live: Harness) -> None:
    for offer, status, said in UNFIT:
        refused = await obs(live).post(WHIP, offer)
        assert (refused.status, said in refused.problem["detail"]) == (status, True), (offer, refused.text)
        assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert not live.plane.of(Connect)


async def test_offers_that_cannot_be_played(live: Harness) -> None:
    for offer, status in (("x", 400), (PUBLISHED, 422), (PLAYED.replace("H264", "H265"), 422)):
        assert (await player(live).post(WHEP, offer)).status == status
    assert not live.plane.of(Connect)


async def test_who_may_not_and_what_is_not_there(planned: Harness) -> None:
    nobody, stranger = program(planned, ""), program(planned, planned.token("tutor", course="other"))
    missing = await nobody.post(WHIP, PUBLISHED)
    assert (missing.status, missing.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (await program(planned, "nonsense").post(WHIP, PUBLISHED)).status == 401
    assert (await stranger.post(WHIP, PUBLISHED)).status == 404
    assert (await obs(planned).post("/whip/nothing", PUBLISHED)).status == 404
    assert (await obs(planned).post("/whip/not%20an%20id", PUBLISHED)).status == 404
    assert (await obs(planned).post(WHIP, PUBLISHED)).status == 409
    session_id = await planned.start()
    assert (await player(planned).post(WHIP, PUBLISHED)).status == 403
    assert (await program(planned, planned.token("guest")).post(WHEP, PLAYED)).status == 403
    assert (await obs(planned).post(f"{WHIP}?source=mic", PUBLISHED)).status == 400
    await planned.rest("POST", f"/api/v1/live-classes/{CLASS}/end", planned.token("tutor"))
    ended = await obs(planned).post(f"/whip/{session_id}", PUBLISHED)
    assert (ended.status, ended.problem["code"]) == (409, "not_live")
    await planned.start()
    ended = await obs(planned).post(f"/whip/{session_id}", PUBLISHED)
    assert (ended.status, ended.problem["code"]) == (409, "not_live"), "a session does not become another"


@pytest.mark.parametrize("error", [Overloaded("every worker is at its limit"), WorkerUnavailable("gone")])
async def test_a_full_server_says_when_to_come_again(live: Harness, error: Overloaded | WorkerUnavailable) -> None:
    ada = await live.join("student", "Ada")
    live.plane.error = error
    for path, offer in ((WHIP, PUBLISHED), (WHEP, PLAYED)):
        refused = await obs(live).post(path, offer)
        assert (refused.status, refused.problem["code"]) == (503, error.code)
        assert int(refused.headers["Retry-After"]) > 0
    assert not ada.all("user-joined")


async def test_methods_types_and_sizes(live: Harness) -> None:
    client = obs(live)
    typed = await client.request("POST", WHIP, PUBLISHED, Content_Type="application/json")
    assert (typed.status, typed.problem["code"]) == (415, "unsupported_type")
    assert (await client.post(WHIP, "v=0" + "x" * 300_000)).status == 413
    for path, allowed in ((WHIP, {"POST", "OPTIONS"}), (f"{WHIP}/stream", {"PATCH", "DELETE", "OPTIONS"})):
        for method in ("GET", "PUT"):
            refused = await client.request(method, path)
            assert (refused.status, set(refused.headers["Allow"].split(","))) == (405, allowed)
    for path, name, value in ((WHEP, "Accept-Post", SDP), (f"{WHEP}/stream", "Accept-Patch", FRAGMENT)):
        asked = await program(live, "").request("OPTIONS", path)
        assert (asked.status, asked.headers[name]) == (204, value)
        assert "If-Match" in asked.headers["Access-Control-Allow-Headers"]


# --- keys -----------------------------------------------------------------------------------------------------


async def test_a_key_opens_its_stream_and_nothing_else(live: Harness) -> None:
    token = live.token("tutor", "Hypatia")
    made = await key(live, token, kind="publish", source="screen", hours=1)
    assert made["whipUrl"].endswith(f"{WHIP}?source=screen")
    assert made["whepUrl"] is None
    client = program(live, made["token"])
    assert (await client.post(WHIP, PUBLISHED)).status == 201
    assert live.plane.of(Connect)[-1].sources["1"] == Source.SCREEN
    assert (await client.post(f"{WHIP}?source=camera", PUBLISHED)).status == 403
    assert (await client.post(WHEP, PLAYED)).status == 403
    await live.plan("other")
    await live.start("other")
    assert (await client.post("/whip/other", PUBLISHED)).status == 403
    status, problem = await live.rest("GET", f"/api/v1/live-classes/{CLASS}", made["token"])
    assert (status, "stream key" in problem["detail"]) == (401, True)
    live.clock.advance(3601)
    assert (await client.post(WHIP, PUBLISHED)).status == 401


async def test_students_get_keys_to_play_and_blocked_people_none(live: Harness) -> None:
    school = School(live)
    ada = live.token("student", "Ada")
    status, problem = await live.rest("POST", KEYS, ada, {"kind": "publish"})
    assert (status, problem["code"]) == (403, "forbidden")
    made = await key(live, ada, kind="play")
    assert made["whepUrl"].endswith(WHEP)
    client = program(live, made["token"])
    opened = await client.post(WHEP, PLAYED)
    assert opened.status == 201
    assert (await client.post(WHIP, PUBLISHED)).status == 403
    admin = await school.person("root", is_admin=True)
    status, _ = await live.rest("POST", "/api/v1/users/Ada/block", admin.token)
    assert status < 300
    assert (await client.post(WHEP, PLAYED)).status == 401
    viewer = live.plane.of(Connect)[-1].participant_id
    await live.eventually(lambda: viewer in {one.participant_id for one in live.plane.of(Disconnect)})
