"""Keys of streams: who sees them, and what happens to a stream whose key is revoked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sfu.messages import Connect, Disconnect
from tests.integration.signaling.accounts_support import admin
from tests.integration.signaling.harness import CLASS, COURSE, Harness
from tests.integration.signaling.streams_support import KEYS, WHEP, WHIP, key, obs, program
from tests.support.streams import PLAYED, PUBLISHED
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


async def listed(harness: Harness, token: str, query: str = "") -> list[dict[str, Any]]:
    status, answer = await harness.rest("GET", f"{KEYS}{query}", token)
    assert status == 200, answer
    items: list[dict[str, Any]] = answer["items"]
    return items


async def revoke(harness: Harness, token: str, key_id: str) -> int:
    status, _ = await harness.rest("DELETE", f"{KEYS}/{key_id}", token)
    return status


async def test_a_list_tells_everything_but_the_key(live: Harness) -> None:
    hypatia, ada = live.token("tutor", "Hypatia"), live.token("student", "Ada")
    first = await key(live, hypatia, kind="publish", source="screen", label=" OBS  in the\u202e hall ", hours=2)
    live.clock.advance(60)
    second = await key(live, ada, kind="play")
    status, page = await live.rest("GET", f"{KEYS}?limit=1", hypatia)
    assert (status, [one["id"] for one in page["items"]]) == (200, [second["id"]])
    assert [one["id"] for one in await listed(live, hypatia, f"?cursor={page['nextCursor']}")] == [first["id"]]
    played, published = await listed(live, hypatia)
    assert (played["userId"], played["userName"], played["kind"], played["label"]) == ("Ada", "Ada", "play", "")
    assert (published["userId"], published["kind"], published["source"]) == ("Hypatia", "publish", "screen")
    assert (published["label"], published["expiresAt"]) == ("OBS in the hall", first["expiresAt"])
    assert (published["lastUsedAt"], published["revokedAt"]) == (None, None)
    assert published["createdAt"] < played["createdAt"]
    for token in (first["token"], second["token"]):
        assert token not in str([played, published])

    live.clock.advance(60)
    assert (await program(live, first["token"]).post(WHIP, PUBLISHED)).status == 201
    _, published = await listed(live, hypatia)
    assert published["lastUsedAt"] > played["createdAt"]


async def test_what_a_revoked_key_opened_ends_and_it_opens_nothing_more(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    hypatia = live.token("tutor", "Hypatia")
    made, other = await key(live, hypatia, kind="publish"), await key(live, hypatia, kind="publish")
    client = program(live, made["token"])
    opened = await client.post(WHIP, PUBLISHED)
    assert (await program(live, other["token"]).post(WHIP, PUBLISHED)).status == 201
    assert (await obs(live).post(WHIP, PUBLISHED)).status == 201
    stream, *others = (command.participant_id for command in live.plane.of(Connect) if command.lead)

    assert await revoke(live, hypatia, made["id"]) == 204
    assert (await ada.wait("user-left"))["participantId"] == stream
    await live.eventually(lambda: live.plane.of(Disconnect))
    assert {one.participant_id for one in live.plane.of(Disconnect)} == {stream}
    users = (await ada.must("get-session-users"))["users"]
    assert {one["id"] for one in users} == {ada.id, *others}, "other keys and tokens are not concerned"
    for refused in (
        await client.post(WHIP, PUBLISHED),
        await client.patch(opened.location, "a=end-of-candidates\r\n", opened.etag),
        await client.delete(opened.location),
    ):
        assert (refused.status, "revoked" in refused.problem["detail"]) == (401, True)
    assert [one["revokedAt"] is not None for one in await listed(live, hypatia) if one["id"] == made["id"]] == [
        True
    ]
    assert await revoke(live, hypatia, made["id"]) == 204, "once more changes nothing"


async def test_a_player_is_cut_off_too(live: Harness) -> None:
    ada, hypatia = live.token("student", "Ada"), live.token("tutor", "Hypatia")
    made = await key(live, ada, kind="play")
    client = program(live, made["token"])
    assert (await client.post(WHEP, PLAYED)).status == 201
    viewer = live.plane.of(Connect)[-1].participant_id
    assert await revoke(live, hypatia, made["id"]) == 204
    await live.eventually(lambda: viewer in {one.participant_id for one in live.plane.of(Disconnect)})
    assert (await client.post(WHEP, PLAYED)).status == 401


async def test_students_see_and_revoke_their_own_alone(live: Harness) -> None:
    ada, ben, hypatia = live.token("student", "Ada"), live.token("student", "Ben"), live.token("tutor", "Hypatia")
    of_ada, of_ben = await key(live, ada, kind="play"), await key(live, ben, kind="play")
    of_tutor = await key(live, hypatia, kind="publish")
    assert [one["id"] for one in await listed(live, ada)] == [of_ada["id"]]
    for foreign in (of_ben, of_tutor, {"id": "nothing"}):
        assert await revoke(live, ada, foreign["id"]) == 404
    assert await revoke(live, ada, of_ada["id"]) == 204
    assert (await program(live, of_ben["token"]).post(WHEP, PLAYED)).status == 201
    guest, stranger = live.token("guest"), live.token("tutor", course="other")
    for token, status in ((guest, 403), (stranger, 404)):
        assert (await live.rest("GET", KEYS, token))[0] == status
        assert await revoke(live, token, of_ben["id"]) == status
    await live.plan("other")
    assert (await live.rest("DELETE", f"/api/v1/live-classes/other/stream-keys/{of_ben['id']}", hypatia))[0] == 404


async def test_making_and_revoking_are_in_the_audit_log(live: Harness) -> None:
    hypatia = live.token("tutor", "Hypatia")
    made = await key(live, hypatia, kind="publish")
    for _ in range(2):
        assert await revoke(live, hypatia, made["id"]) == 204
    _, root = await admin(live)
    _, log = await live.rest("GET", f"/api/v1/audit-log?target={made['id']}", root)
    found = [(one["action"], one["actorId"], one["courseId"]) for one in log["items"]]
    assert found == [("revoke-stream-key", "Hypatia", COURSE), ("create-stream-key", "Hypatia", COURSE)]
    assert log["items"][0]["details"] == {"live_class_id": CLASS}


async def test_whatever_comes_first_a_revoked_key_has_nothing(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    hypatia = live.token("tutor", "Hypatia")
    for _ in range(10):
        made = await key(live, hypatia, kind="publish")
        client = program(live, made["token"])
        opened, status = await asyncio.gather(client.post(WHIP, PUBLISHED), revoke(live, hypatia, made["id"]))
        assert (opened.status in (201, 401), status) == (True, 204)

    async def people() -> list[str]:
        return [one["id"] for one in (await ada.must("get-session-users"))["users"]]

    await eventually(people, "all streams have ended", until=lambda ids: ids == [ada.id])
