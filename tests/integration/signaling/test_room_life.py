"""Locks, the door, co-tutors, polls, reactions and absent tutors over real sockets; and what a restart keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sfu.messages import Connect, SetPublishing, Source, SpeakerChanged
from tests.integration.signaling.harness import CLASS, Client, Clock, Harness, config, serving

pytestmark = pytest.mark.integration

OFF = {"isAudioOn": False, "isVideoOn": False, "isScreenOn": False}
POLLS = f"/api/v1/live-classes/{CLASS}/polls"


async def connect_media(client: Client) -> None:
    await client.must("connect-media", offer="v=0 offer", sources={"0": "mic", "1": "camera", "2": "screen"})


async def knock(live: Harness, role: Any, name: str) -> Client:
    """Somebody who asks to come in and has to wait."""
    client = await live.connect(role, name)
    joined = await client.join()
    assert joined["admission"] == "waiting"
    return client


def people(told: dict[str, Any]) -> list[str]:
    return [one["name"] for one in told["people"]]


async def test_a_hard_mute_reaches_devices_latecomers_and_the_media_plane(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "Hypatia"), await live.join("student", "Ada")
    await connect_media(ada)
    await ada.must("update-media-state", **{**OFF, "isAudioOn": True, "isVideoOn": True})
    await tutor.must("set-room-policy", micLocked=True)
    told = await ada.wait("room-policy-changed")
    assert (told["policy"]["micLocked"], told["byName"]) == (True, "Hypatia")
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].publishing == {Source.CAMERA})
    assert await ada.refused("update-media-state", **{**OFF, "isAudioOn": True}) == "source_locked"
    late = await live.join("student")
    assert late.joined["snapshot"]["policy"]["micLocked"]
    assert await late.refused("update-media-state", **{**OFF, "isAudioOn": True}) == "source_locked"
    await connect_media(late)
    assert live.plane.of(Connect)[-1].publishing == frozenset()
    assert await ada.refused("let-speak", participantId=ada.id) == "forbidden"
    assert await ada.refused("set-room-policy", micLocked=False) == "forbidden"
    await tutor.must("let-speak", participantId=ada.id)
    assert (await ada.wait("may-speak"))["byName"] == "Hypatia"
    await ada.must("update-media-state", **{**OFF, "isAudioOn": True})
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].publishing == {Source.MIC})
    await ada.must("lower-hand")
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].publishing == frozenset())
    await tutor.must("allow-publish", participantId=late.id, sources=["mic"])
    await late.must("update-media-state", **{**OFF, "isAudioOn": True})
    await tutor.must("mute-all", **{"except": [late.id]})
    await tutor.must("mute-all")
    await late.wait("muted")
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].participant_id == late.id)
    for client in (tutor, ada):
        numbers = client.numbers()
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_the_waiting_room_tells_nothing_and_lets_in_whom_the_tutor_admits(live: Harness) -> None:
    tutor = await live.join("tutor")
    await tutor.must("set-room-policy", waitingRoom="everyone")
    ada, eve = await knock(live, "student", "Ada"), await knock(live, "guest", "Eve")
    assert ada.joined["snapshot"] is ada.joined["own"] is ada.joined["chat"] is None
    assert (ada.joined["seq"], ada.joined["missed"]) == (0, [])
    waiting = await tutor.wait("waiting-changed", lambda told: len(told["people"]) == 2)
    assert people(waiting) == ["Ada", "Eve"]
    for event in ("raise-hand", "get-session-users", "admit-all"):
        assert await ada.refused(event) == "not_joined"
    assert await ada.refused("send-message", id="m", text="hi") == "not_joined"
    assert await ada.refused("resync", lastSeq=0) == "not_joined"
    await tutor.must("send-message", id="m1", text="secret")
    await tutor.must("raise-hand")
    await tutor.must("deny", participantId=eve.id)
    assert (await eve.wait("removed"))["reason"] == "denied"
    await tutor.must("admit", participantId=ada.id)
    await ada.wait("admitted")
    # who is online is known in the whole course; of the room there was nothing
    assert {name for name, _ in ada.events} - {"presence-changed"} == {"admitted"}
    place = ada.id
    joined = await ada.join()
    assert (joined["admission"], ada.id) == ("admitted", place)
    assert joined["own"]["tutor"] is None
    again = await live.connect("tutor", tutor.name)
    assert (await again.join())["own"]["tutor"]["waiting"] == []
    assert await ada.refused("admit", participantId=ada.id) == "forbidden"


async def test_somebody_who_goes_away_from_the_door_is_off_the_list(live: Harness) -> None:
    tutor = await live.join("tutor")
    await tutor.must("set-room-policy", waitingRoom="everyone")
    ada, bob = await knock(live, "student", "Ada"), await knock(live, "student", "Bob")
    await ada.vanish()
    await tutor.wait("waiting-changed", lambda told: people(told) == ["Bob"])
    await bob.must("leave-session")
    await tutor.wait("waiting-changed", lambda told: people(told) == [] and len(tutor.all("waiting-changed")) >= 4)
    await knock(live, "student", "Bob")


async def test_a_locked_room_refuses_newcomers_by_name(live: Harness) -> None:
    tutor, ada = await live.join("tutor"), await live.join("student", "Ada")
    await tutor.must("set-room-policy", isLocked=True)
    late = await live.connect("student")
    assert await late.refused("join-session", liveClassId=CLASS, seatKey=late.seat_key) == "room_locked"
    await ada.vanish()
    back = await live.connect("student", "Ada")
    assert (await back.join())["resumed"]
    await live.join("tutor")


async def test_a_co_tutor_has_the_powers_of_the_room_and_a_new_media_connection(live: Harness) -> None:
    tutor, ada, bob = await live.join("tutor", "T"), await live.join("student", "Ada"), await live.join("student")
    assert await ada.refused("promote-user", participantId=ada.id, role="tutor") == "forbidden"
    await tutor.must("promote-user", participantId=ada.id, role="tutor")
    await bob.wait("user-updated", lambda told: told["user"]["id"] == ada.id and told["user"]["role"] == "tutor")
    await ada.wait("media-reset")
    await connect_media(ada)
    assert live.plane.of(Connect)[-1].lead
    await ada.must("mute-user", participantId=bob.id)
    assert await ada.refused("promote-user", participantId=tutor.id, role="student") == "forbidden"
    assert await ada.refused("end-session") == "forbidden"
    await tutor.must("promote-user", participantId=ada.id, role="student")
    assert await ada.refused("mute-user", participantId=bob.id) == "forbidden"


async def test_a_poll_from_the_question_to_the_report(live: Harness) -> None:
    tutor, ada, bob = [await live.join("tutor", "T"), await live.join("student", "Ada"), await live.join("guest")]
    poll = {"id": "q1", "question": "2+2?", "options": ["3", "4"], "correct": [1], "explanation": "count"}
    assert await ada.refused("create-poll", **poll) == "forbidden"
    report = (await tutor.must("create-poll", **poll))["report"]
    assert report["poll"]["correct"] == [1]
    opened = await ada.wait("poll-opened")
    assert (opened["poll"]["correct"], opened["poll"]["isQuiz"]) == (None, True)
    late = await live.join("student", "Late")
    assert [one["id"] for one in late.joined["snapshot"]["polls"]] == ["q1"]
    await ada.must("vote-poll", pollId="q1", choices=[1])
    await bob.must("vote-poll", pollId="q1", choices=[0])
    assert await ada.refused("vote-poll", pollId="q1", choices=[0]) == "already_voted"
    assert await ada.refused("vote-poll", pollId="q1", choices=[7]) == "bad_request"
    assert await ada.refused("vote-poll", pollId="nope", choices=[0]) == "not_found"
    results = await tutor.wait("poll-results", lambda told: told["voters"] == 2)
    assert (results["counts"], results["right"]) == ([1, 1], 1)
    assert (await ada.must("resync", lastSeq=-1))["own"]["votes"] == [{"pollId": "q1", "choices": [1]}]
    await tutor.must("close-poll", pollId="q1")
    closed = await ada.wait("poll-closed")
    assert (closed["results"]["counts"], closed["poll"]["correct"]) == ([1, 1], [1])
    assert not ada.all("poll-results")
    assert not ada.all("poll-changed")
    assert await late.refused("vote-poll", pollId="q1", choices=[1]) == "poll_closed"
    await tutor.must("create-poll", id="q2", question="How?", options=["well", "badly"], isAnonymous=True)
    await ada.must("vote-poll", pollId="q2", choices=[0])
    await tutor.must("create-poll", id="q3", question="Draft", options=["a", "b"], launch=False)

    status, page = await live.rest("GET", f"{POLLS}?limit=2", live.token("tutor"))
    assert status == 200
    assert [one["poll"]["id"] for one in page["items"]] == ["q3", "q2"]
    assert page["items"][1]["answers"] is None
    assert page["items"][1]["results"]["counts"] == [1, 0]
    status, rest = await live.rest("GET", f"{POLLS}?limit=2&cursor={page['nextCursor']}", live.token("tutor"))
    assert rest["nextCursor"] is None
    (first,) = rest["items"]
    named = {one["name"]: one["choices"] for one in first["answers"]}
    assert named == {"Ada": [1], bob.name: [0]}
    assert (await live.rest("GET", f"{POLLS}?cursor=nonsense", live.token("tutor")))[0] == 400
    assert (await live.rest("GET", POLLS, live.token("student")))[0] == 403
    assert (await live.rest("GET", POLLS, live.token("tutor", course="other")))[0] == 404


async def test_captions_are_told_to_everyone_and_kept_by_nobody(live: Harness) -> None:
    tutor = await live.join("tutor")
    ada = await live.join("student", "Ada")
    await tutor.must("send-caption", text="  So <b>far</b>,\r\nso \u202egood\x07. ")
    for one in (tutor, ada):
        told = await one.wait("caption")
        assert (told["name"], told["text"]) == (tutor.name, "So <b>far</b>,\nso good.")
    assert await ada.refused("send-caption", text="Me, too!") == "forbidden"
    for text in ("", " \n ", "\u202e\x07", "x" * 501):
        assert await tutor.refused("send-caption", text=text) == "bad_request"
    seq = (await ada.must("resync", lastSeq=0))["seq"]
    await tutor.must("send-caption", text="Nothing is numbered.")
    await ada.wait("caption", lambda told: told["text"] == "Nothing is numbered.")
    assert (await ada.must("resync", lastSeq=0))["seq"] == seq


async def test_reactions_and_talk_are_counted_for_the_attendance(live: Harness) -> None:
    await live.join("tutor")
    ada = await live.join("student", "Ada")
    await ada.must("update-media-state", **{**OFF, "isAudioOn": True})
    await ada.must("raise-hand")
    for _ in range(3):
        await ada.must("react", kind="heart")
    assert await ada.refused("react", kind="bomb") == "bad_request"
    told = await ada.wait("reactions")
    assert told["counts"][0]["kind"] == "heart"
    session_id = ada.joined["sessionId"]
    live.plane.emit(SpeakerChanged(session_id=session_id, participant_id=ada.id))
    live.clock.advance(20)
    live.plane.emit(SpeakerChanged(session_id=session_id, participant_id=None))
    await ada.must("leave-session")
    row = await _attendance(live, ada.id)
    assert (row.hands_raised, row.reactions) == (1, 3)
    assert 20_000 <= row.talk_ms < 25_000


async def _attendance(live: Harness, participant_id: str) -> Any:
    from sqlalchemy import select

    from signaling.store import models as m

    async with live.server.database.transaction() as tx:
        query = select(m.Attendance.__table__).where(m.Attendance.participant_id == participant_id)
        return (await tx.execute(query)).one()


async def test_without_a_tutor_the_class_warns_and_ends_itself(live: Harness) -> None:
    tutor, ada = await live.join("tutor"), await live.join("student")
    await tutor.must("leave-session")
    live.clock.advance(5 * 60)
    warning = await ada.wait("session-ending-soon")
    assert warning["reason"] == "no-tutor"
    tutor = await live.join("tutor")
    await ada.wait("session-ending-cancelled")
    await tutor.must("leave-session")
    live.clock.advance(5 * 60)
    await ada.wait("session-ending-soon", lambda told: told["at"] != warning["at"])
    live.clock.advance(5 * 60)
    ended = await ada.wait("live-class-ended")
    assert ended["reason"] == "no-tutor"
    assert await ada.refused("raise-hand") == "not_joined"


async def test_a_restart_keeps_policy_standings_hands_and_polls(tmp_path: Path, database_url: str) -> None:
    settings, clock = config(tmp_path, database_url), Clock()
    async with serving(settings, clock) as before:
        await before.plan()
        await before.start()
        tutor = await before.join("tutor", "T")
        ada, bob, eve = [await before.join("student", name) for name in ("Ada", "Bob", "Eve")]
        await tutor.must("set-room-policy", waitingRoom="everyone", micLocked=True, chatLocked=True)
        cara = await knock(before, "student", "Cara")
        await tutor.must("admit", participantId=cara.id)
        await tutor.must("promote-user", participantId=ada.id, role="tutor")
        await tutor.must("let-speak", participantId=bob.id)
        await tutor.must("allow-publish", participantId=bob.id, sources=["camera"])
        await tutor.must("remove-user", participantId=eve.id)
        await tutor.must("create-poll", id="open", question="?", options=["a", "b"], mayChange=True)
        await tutor.must("create-poll", id="secret", question="?", options=["a", "b"], isAnonymous=True)
        await bob.must("vote-poll", pollId="open", choices=[0])
        await bob.must("vote-poll", pollId="secret", choices=[1])
        await before.eventually(lambda: True)
    clock.advance(10)
    async with serving(settings, clock) as after:
        bob = await after.join("student", "Bob")
        snapshot = bob.joined["snapshot"]
        assert snapshot["policy"] == {
            "micLocked": True,
            "cameraLocked": False,
            "screenByStudents": False,
            "isLocked": False,
            "waitingRoom": "everyone",
            "chatLocked": True,
            "lowBandwidth": False,
        }
        assert [hand["isAnswered"] for hand in snapshot["hands"]] == [True]
        me = next(user for user in snapshot["existingUsers"] if user["id"] == bob.id)
        assert me["allowed"] == ["camera"]
        assert bob.joined["own"]["votes"] == [
            {"pollId": "open", "choices": [0]},
            {"pollId": "secret", "choices": None},
        ]
        await bob.must("update-media-state", **{**OFF, "isAudioOn": True})
        assert await bob.refused("send-message", id="m", text="hello?") == "forbidden"
        await bob.must("vote-poll", pollId="open", choices=[1])
        assert await bob.refused("vote-poll", pollId="secret", choices=[0]) == "already_voted"
        ada = await after.join("student", "Ada")
        own = ada.joined["own"]
        counts = {one["pollId"]: one["counts"] for one in own["results"]}
        assert counts == {"open": [0, 1], "secret": [0, 1]}
        assert len(own["tutor"]["polls"]) == 2
        cara = await after.join("student", "Cara")
        assert cara.joined["admission"] == "admitted"
        eve = await after.connect("student", "Eve")
        assert await eve.refused("join-session", liveClassId=CLASS, seatKey=eve.seat_key) == "forbidden"
        await knock(after, "student", "Dan")
