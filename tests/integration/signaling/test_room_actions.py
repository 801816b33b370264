"""What people do in a room: chat, hands, devices, muting, removing, ending, and catching up."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfu.errors import WorkerUnavailable
from sfu.messages import (
    CloseSession,
    Connect,
    Disconnect,
    ParticipantClosed,
    Reception,
    SessionLost,
    SetPublishing,
    SetReception,
    SlotsChanged,
    SlotState,
    Source,
    SpeakerChanged,
)
from tests.integration.signaling.harness import CLASS, Client, Harness, config, serving

pytestmark = pytest.mark.integration

OFF = {"isAudioOn": False, "isVideoOn": False, "isScreenOn": False}


async def connect_media(client: Client) -> dict[str, object]:
    return await client.must("connect-media", offer="v=0 offer", sources={"0": "mic", "1": "camera"})


async def test_devices_are_shown_to_all_and_told_to_the_media_plane(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student")
    answer = await connect_media(student)
    assert answer["answer"] == "v=0 answer"
    slot = {"mid": "3", "kind": "audio", "participantId": None, "source": None, "paused": False}
    assert answer["slots"] == [slot]
    await student.must("update-media-state", **{**OFF, "isAudioOn": True})
    seen = await tutor.wait("user-updated", lambda data: data["user"]["isAudioOn"])
    assert seen["user"]["id"] == student.id
    await live.eventually(lambda: live.plane.of(SetPublishing))
    (command,) = live.plane.of(SetPublishing)
    assert command.publishing == {Source.MIC}
    assert command.participant_id == student.id


async def test_what_was_on_before_media_was_connected_is_in_the_connect(live: Harness) -> None:
    tutor = await live.join("tutor")
    await tutor.must("update-media-state", isAudioOn=True, isVideoOn=False, isScreenOn=True)
    await tutor.must("set-reception", reception="audio")
    await connect_media(tutor)
    (command,) = live.plane.of(Connect)
    assert command.publishing == {Source.MIC, Source.SCREEN}
    assert command.lead
    assert command.reception is Reception.AUDIO
    assert not live.plane.of(SetPublishing)
    await tutor.must("set-reception", reception="full")
    await live.eventually(lambda: live.plane.of(SetReception))


async def test_a_tutor_mutes_a_student_who_can_switch_on_again(live: Harness) -> None:
    tutor = await live.join("tutor", "Hypatia")
    student = await live.join("student")
    await connect_media(student)
    await student.must("update-media-state", isAudioOn=True, isVideoOn=True, isScreenOn=False)
    await tutor.must("mute-user", participantId=student.id)
    assert (await student.wait("muted"))["byName"] == "Hypatia"
    seen = await student.wait("user-updated", lambda d: d["user"]["isVideoOn"] and not d["user"]["isAudioOn"])
    assert seen["user"]["id"] == student.id
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].publishing == {Source.CAMERA})
    await student.must("update-media-state", isAudioOn=True, isVideoOn=True, isScreenOn=False)
    await live.eventually(lambda: live.plane.of(SetPublishing)[-1].publishing == {Source.CAMERA, Source.MIC})


async def test_a_removed_user_is_out_for_the_rest_of_the_session(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student", "Ada")
    await connect_media(student)
    await tutor.must("remove-user", participantId=student.id)
    assert (await student.wait("removed"))["reason"] == "removed"
    assert (await tutor.wait("user-left"))["reason"] == "removed"
    await live.eventually(lambda: live.plane.of(Disconnect))
    assert await student.refused("send-message", id="m", text="still here?") == "not_joined"
    assert await student.refused("join-session", liveClassId=CLASS, seatKey="x" * 20) == "forbidden"
    again = await live.connect("student", "Ada")
    assert await again.refused("join-session", liveClassId=CLASS, seatKey=student.seat_key) == "forbidden"
    student.clear()
    await tutor.must("send-message", id="m1", text="now")
    await tutor.wait("new-message")
    await student.refused("raise-hand")
    assert not student.all("new-message")


@pytest.mark.parametrize("role", ["student", "guest"])
async def test_what_students_and_guests_may_not_do(live: Harness, role: str) -> None:
    tutor = await live.join("tutor")
    student = await live.join(role)  # type: ignore[arg-type]
    assert await student.refused("mute-user", participantId=tutor.id) == "forbidden"
    assert await student.refused("remove-user", participantId=tutor.id) == "forbidden"
    assert await student.refused("lower-hand", participantId=tutor.id) == "forbidden"
    assert await student.refused("end-session") == "forbidden"
    assert await student.refused("update-media-state", **{**OFF, "isScreenOn": True}) == "forbidden"
    # a line for it may be offered; what is sent on it is not forwarded
    await student.must("connect-media", offer="v=0", sources={"0": "screen"})
    assert [command.publishing for command in live.plane.of(Connect)] == [frozenset()]
    assert student.joined["limits"] == {"audioSlots": 4, "videoSlots": 9, "mayPublish": ["mic", "camera"]}
    assert tutor.joined["limits"]["mayPublish"] == ["mic", "camera", "screen"]


async def test_hands_are_a_queue(live: Harness) -> None:
    tutor = await live.join("tutor")
    first, second = await live.join("student"), await live.join("guest")
    await first.must("raise-hand")
    await second.must("raise-hand")
    await first.must("raise-hand")
    hands = (await tutor.wait("hands-changed", lambda data: len(data["hands"]) == 2))["hands"]
    assert [hand["participantId"] for hand in hands] == [first.id, second.id]
    await tutor.must("lower-hand", participantId=first.id)
    await tutor.wait("hands-changed", lambda data: [h["participantId"] for h in data["hands"]] == [second.id])
    await second.must("leave-session")
    await tutor.wait("hands-changed", lambda data: data["hands"] == [])
    assert await tutor.refused("lower-hand", participantId=second.id) == "not_found"


async def test_a_message_sent_twice_is_there_once(live: Harness) -> None:
    tutor, student = await live.join("tutor"), await live.join("student", "Ada")
    one = await student.must("send-message", id="m1", text="one", type="question")
    again = await student.must("send-message", id="m1", text="one", type="question")
    assert one == again
    assert one["message"]["name"] == "Ada"
    assert await tutor.refused("send-message", id="m1", text="mine") == "already_exists"
    other_tab = await live.connect("student", "Ada")
    await other_tab.join(seatKey="seat-key-of-her-other-tab")
    assert other_tab.id != student.id
    assert await other_tab.must("send-message", id="m1", text="one", type="question") == one
    await other_tab.must("leave-session")
    assert await student.refused("send-message", id="m2", text="  \n") == "bad_request"
    await student.must("send-message", id="m3", text="two")
    await tutor.wait("new-message", lambda data: data["message"]["id"] == "m3")
    assert [data["message"]["id"] for data in tutor.all("new-message")] == ["m1", "m3"]
    late = await live.join("student")
    assert [message["text"] for message in late.joined["chat"]["messages"]] == ["one", "two"]


async def test_catching_up_by_what_was_missed_or_by_a_snapshot(live: Harness) -> None:
    tutor = await live.join("tutor")
    student = await live.join("student", "Ada")
    await tutor.must("raise-hand")
    await student.wait("hands-changed")
    last = student.numbers()[-1]
    await student.vanish()
    for n in range(5):
        await tutor.must("raise-hand" if n % 2 else "lower-hand")
    again = await live.connect("student", "Ada")
    joined = await again.join(lastSeq=last, sessionId=tutor.joined["sessionId"])
    assert joined["snapshot"] is None
    numbers = [event["data"]["seq"] for event in joined["missed"]]
    assert numbers == list(range(last + 1, joined["seq"] + 1))
    hands = [len(e["data"]["hands"]) for e in joined["missed"] if e["event"] == "hands-changed"]
    assert hands == [0, 1, 0, 1, 0]
    part = await again.must("resync", lastSeq=joined["seq"] - 2)
    assert len(part["missed"]) == 2
    for useless in (-1, joined["seq"] + 1000, 2**50):
        whole = await again.must("resync", lastSeq=useless)
        assert whole["missed"] == []
        assert whole["snapshot"]["seq"] == joined["seq"]
    other = await live.connect("student", "Ada")
    assert (await other.join(lastSeq=last, sessionId="another"))["snapshot"] is not None


async def test_the_end_reaches_everyone_and_closes_everything(live: Harness) -> None:
    tutor, student = await live.join("tutor"), await live.join("student")
    waiting = await live.connect("student")
    await connect_media(student)
    await tutor.must("end-session")
    for client in (tutor, student, waiting):
        ended = await client.wait("live-class-ended")
        assert ended["liveClass"]["status"] == "ended"
    assert await student.refused("raise-hand") == "not_joined"
    await live.eventually(lambda: live.plane.of(CloseSession))
    path = f"/api/v1/live-classes/{CLASS}/attendance/stays"
    _, attendance = await live.rest("GET", path, live.token("tutor"))
    assert len(attendance["items"]) == 2
    assert all(row["leftAt"] and row["leftReason"] == "ended" for row in attendance["items"])
    assert await student.refused("join-session", liveClassId=CLASS, seatKey=student.seat_key) == "not_live"
    second = await live.start()
    assert second != tutor.joined["sessionId"]
    assert (await student.join())["sessionId"] == second


async def test_what_the_media_plane_says_reaches_whom_it_concerns(live: Harness) -> None:
    tutor, student = await live.join("tutor"), await live.join("student", "Ada")
    session_id = student.joined["sessionId"]
    await connect_media(student)
    slots = [SlotState(mid="3", kind="audio", participant_id=tutor.id, source=Source.MIC)]
    live.plane.emit(SlotsChanged(session_id=session_id, participant_id=student.id, slots=slots))
    shown = {"mid": "3", "kind": "audio", "participantId": tutor.id, "source": "mic", "paused": False}
    assert (await student.wait("slots-changed"))["slots"] == [shown]
    live.plane.emit(SpeakerChanged(session_id=session_id, participant_id=tutor.id))
    for client in (tutor, student):
        assert (await client.wait("active-speaker"))["participantId"] == tutor.id
    assert (await student.must("resync", lastSeq=-1))["snapshot"]["activeSpeakerId"] == tutor.id
    assert not tutor.all("slots-changed")

    assert not student.joined["mediaKept"]
    again = await live.connect("student", "Ada")
    assert (await again.join())["mediaKept"]
    assert (await again.wait("slots-changed"))["slots"] == [shown]
    live.plane.emit(ParticipantClosed(session_id=session_id, participant_id=student.id, reason="consent-expired"))
    assert (await again.wait("media-reset"))["reason"] == "consent-expired"
    assert not tutor.all("media-reset")
    assert not (await again.join())["mediaKept"]
    live.plane.emit(SessionLost(session_id=session_id))
    await tutor.wait("media-reset")
    await again.must("update-media-state", **{**OFF, "isAudioOn": True})
    await connect_media(again)
    assert live.plane.of(Connect)[-1].publishing == {Source.MIC}


async def test_errors_of_the_media_plane_come_back_typed(live: Harness) -> None:
    student = await live.join("student")
    assert await student.refused("connect-media", offer="nonsense", sources={}) == "bad_sdp"
    twice = {"0": "mic", "1": "mic"}
    assert await student.refused("connect-media", offer="v=0", sources=twice) == "bad_request"
    live.plane.error = WorkerUnavailable("no worker answers")
    assert await student.refused("connect-media", offer="v=0", sources={}) == "media_unavailable"
    await student.must("update-media-state", **{**OFF, "isAudioOn": True})
    live.plane.error = None
    await connect_media(student)
    assert live.plane.of(Connect)[-1].publishing == {Source.MIC}


async def test_a_full_class_takes_tutors_only(tmp_path: Path, database_url: str) -> None:
    async with serving(config(tmp_path, database_url, max_participants=2)) as live:
        await live.plan()
        await live.start()
        await live.join("student")
        leaver = await live.join("student")
        third = await live.connect("student")
        assert await third.refused("join-session", liveClassId=CLASS, seatKey=third.seat_key) == "class_full"
        await live.join("tutor")
        await leaver.must("leave-session")
        assert await third.refused("join-session", liveClassId=CLASS, seatKey=third.seat_key) == "class_full"
