"""A session in virtual time: who sees and hears whom, through which slot, with which numbers."""

from __future__ import annotations

import itertools

import pytest

from sfu.errors import UnknownParticipant
from sfu.forwarding.drops import DropReason
from sfu.forwarding.session import TICK_S
from sfu.messages import Reception, Source, SpeakerChanged
from sfu.rtp.rtcp import Goodbye, Nack, PictureLossIndication
from sfu.rtp.serial import seq_delta
from sfu.rtp.vp8 import parse_vp8
from tests.support.virtual_class import VP8, Person, VirtualClass

CAMERA = frozenset({Source.CAMERA})
MIC = frozenset({Source.MIC})


def numbers(person: Person, slot: int) -> list[int]:
    return [packet.sequence_number for packet in person.rtp(person.slot(slot))]


def assert_continuous(person: Person, slot: int) -> None:
    """Sequence, timestamps and picture ids of a slot go on without a gap or a step back."""
    packets = person.rtp(person.slot(slot))
    assert packets
    for before, after in itertools.pairwise(packets):
        assert seq_delta(after.sequence_number, before.sequence_number) == 1
        assert 0 <= (after.timestamp - before.timestamp) & 0xFFFFFFFF < 90_000 * 60
        ids = [parse_vp8(packet.payload).picture_id for packet in (before, after)]
        assert ids[0] is not None and ids[1] is not None
        assert (ids[1] - ids[0]) & 0x7FFF == (0 if after.timestamp == before.timestamp else 1)


def test_a_picture_starts_at_a_keyframe_and_its_payload_is_untouched() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5)
    assert student.rtp() == []
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    sent = tutor.senders[Source.CAMERA].sent[10:]
    received = student.rtp(student.slot(2))
    assert [packet.payload for packet in received] == [data[-106:] for data in sent]
    assert [packet.marker for packet in received] == [False, True] * 5
    assert_continuous(student, 2)


def test_the_publisher_is_asked_for_a_keyframe_once_however_many_want_it() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    room.play(tutor, Source.CAMERA, 3)
    students = [room.join(f"student-{i}") for i in range(20)]
    room.run(0.1)
    asked = [packet for packet in tutor.rtcp if isinstance(packet, PictureLossIndication)]
    assert len(asked) == 1
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    assert all(len(student.rtp(student.slot(2))) == 4 for student in students)


def test_a_newcomer_gets_the_cached_keyframe_and_all_that_followed_without_a_request() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    room.play(tutor, Source.CAMERA, 10, keyframe=True)
    late = room.join("late")
    assert len(late.rtp(late.slot(2))) == 20
    room.run(0.1)
    assert not any(isinstance(packet, PictureLossIndication) for packet in tutor.rtcp)
    room.play(tutor, Source.CAMERA, 3)
    assert_continuous(late, 2)
    packets = late.rtp(late.slot(2))
    replayed = (packets[19].timestamp - packets[0].timestamp) & 0xFFFFFFFF
    assert replayed == 9 * 90, "replayed frames are a millisecond apart, so that none is shown late"
    assert (packets[20].timestamp - packets[19].timestamp) & 0xFFFFFFFF == 3000


def test_an_old_keyframe_is_not_replayed() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    room.play(tutor, Source.CAMERA, 45, keyframe=True)
    late = room.join("late")
    assert late.rtp() == []
    assert any(isinstance(packet, PictureLossIndication) for packet in tutor.rtcp)


def test_a_slot_switches_source_with_continuous_numbers() -> None:
    room = VirtualClass()
    student = room.join("student", video=1)
    one = room.join("one", publishing=CAMERA)
    two = room.join("two")
    room.play(one, Source.CAMERA, 10, keyframe=True)
    room.session.set_publishing("one", frozenset(), room.now)
    room.session.set_publishing("two", CAMERA, room.now)
    room.run(0.4)
    room.play(two, Source.CAMERA, 10, keyframe=True)
    room.session.set_publishing("one", CAMERA, room.now)
    room.session.set_publishing("two", frozenset(), room.now)
    room.play(one, Source.CAMERA, 10, keyframe=True)
    assert len(student.rtp(student.slot(2))) == 60
    assert_continuous(student, 2)


def test_the_lead_has_its_own_slots_and_screen_and_camera_go_together() -> None:
    room = VirtualClass()
    student = room.join("student", video=4)
    other = room.join("other", publishing=CAMERA)
    tutor = room.join("tutor", lead=True, publishing=CAMERA | MIC)
    room.run(TICK_S)
    shown = {state.mid: (state.participant_id, state.source) for state in room.slots_of(student)}
    assert shown["a0"] == ("tutor", Source.MIC)
    assert shown["v0"] == ("tutor", Source.CAMERA)
    assert shown["v1"] == (None, None)
    assert shown["v2"] == ("other", Source.CAMERA)
    room.session.set_publishing("tutor", CAMERA | MIC | {Source.SCREEN}, room.now)
    room.run(TICK_S)
    shown = {state.mid: (state.participant_id, state.source) for state in room.slots_of(student)}
    assert shown["v0"] == ("tutor", Source.CAMERA)
    assert shown["v1"] == ("tutor", Source.SCREEN)
    assert {state.participant_id for state in room.slots_of(other)} == {"tutor", None}
    assert {state.participant_id for state in room.slots_of(tutor)} == {"other", None}


def test_audio_only_lets_no_video_packet_leave_and_the_picture_comes_back_from_the_cache() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA | MIC)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    room.session.set_reception("student", Reception.AUDIO, room.now)
    before = len(student.rtp())
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    room.send(tutor, tutor.senders[Source.MIC].speech())
    room.run(0.2)
    assert [packet.ssrc for packet in student.rtp()[before:]] == [student.slot(0)]
    room.session.set_reception("student", Reception.FULL, room.now)
    assert len(student.rtp(student.slot(2))) == 20
    assert_continuous(student, 2)


def test_what_is_not_published_is_not_forwarded() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student")
    room.send(tutor, tutor.senders[Source.MIC].speech())
    room.session.set_publishing("tutor", frozenset(), room.now)
    room.send(tutor, tutor.senders[Source.MIC].speech())
    assert len(student.rtp()) == 1
    assert room.drops.snapshot() == {DropReason.NOT_PUBLISHING: 1}


def test_the_dominant_speaker_is_told_and_gets_an_audio_slot() -> None:
    room = VirtualClass()
    listener = room.join("listener", audio=2)
    quiet = [room.join(f"quiet-{i}", publishing=MIC) for i in range(3)]
    talker = room.join("talker", publishing=MIC)
    for _ in range(150):
        for person in quiet:
            room.send(person, person.senders[Source.MIC].speech(level=120))
        room.send(talker, talker.senders[Source.MIC].speech(level=25))
        room.run(0.02)
    changes = [event for event in room.events if isinstance(event, SpeakerChanged)]
    assert changes and changes[-1].participant_id == "talker"
    assert room.slots_of(listener)[1].participant_id == "talker"
    assert len({packet.ssrc for packet in listener.rtp()}) == 1


def test_a_restarted_sender_needs_a_keyframe_and_stays_continuous() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    sender = tutor.senders[Source.CAMERA]
    sender.sequence += 20_000
    room.play(tutor, Source.CAMERA, 2)
    assert len(student.rtp(student.slot(2))) == 10
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    sender.ssrc += 1
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    assert len(student.rtp(student.slot(2))) == 30
    assert_continuous(student, 2)


def test_a_reconnected_publisher_is_seen_again_in_the_same_slot() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    again = room.join("tutor", lead=True, publishing=CAMERA)
    room.play(again, Source.CAMERA, 5, keyframe=True)
    assert room.slots_of(student)[2].participant_id == "tutor"
    assert len(student.rtp(student.slot(2))) == 20
    assert_continuous(student, 2)


def test_payload_types_are_the_subscribers_own() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student", payload_type=120)
    room.play(tutor, Source.CAMERA, 1, keyframe=True)
    assert VP8 != 120
    assert {packet.payload_type for packet in student.rtp()} == {120}


def test_leaving_says_goodbye_and_frees_the_slots() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 1, keyframe=True)
    room.session.remove("tutor", room.now)
    room.run(TICK_S)
    assert {state.participant_id for state in room.slots_of(student)} == {None}
    assert any(isinstance(packet, Goodbye) for packet in tutor.rtcp)
    room.run(2.0)
    assert student.participant.egress.slots[2].layer is None
    with pytest.raises(UnknownParticipant):
        room.session.set_publishing("tutor", CAMERA, room.now)


def test_nothing_flows_to_a_participant_that_is_not_connected() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student", connect=False)
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    assert student.received == []
    room.connect(student)
    assert len(student.rtp(student.slot(2))) == 10


def test_hostile_packets_are_counted_and_disturb_nobody() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    for data in (b"", b"\x80", bytes(40), b"\x80\x60" + bytes(200), b"\xb0\x60" + bytes(30), b"\x90" * 50):
        room.session.handle_rtp(tutor.participant, data, room.now)
        room.session.handle_rtcp(tutor.participant, data, room.now)
    room.play(tutor, Source.CAMERA, 2)
    assert_continuous(student, 2)
    assert len(student.rtp(student.slot(2))) == 8
    assert sum(room.drops.snapshot().values()) >= 10


def test_after_the_switch_to_audio_only_not_even_a_repair_leaves() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    wanted = student.rtp(student.slot(2))[1]
    room.session.set_reception("student", Reception.AUDIO, room.now)
    before = len(student.rtp())
    room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
    assert len(student.rtp()) == before


def test_when_the_speaker_falls_silent_for_good_everybody_is_told() -> None:
    room = VirtualClass()
    talker = room.join("talker", publishing=MIC)
    for _ in range(150):
        room.send(talker, talker.senders[Source.MIC].speech(level=25))
        room.run(0.02)
    room.session.remove("talker", room.now)
    changes = [event.participant_id for event in room.events if isinstance(event, SpeakerChanged)]
    assert changes == ["talker", None]


def test_with_more_mics_than_slots_whoever_speaks_is_heard() -> None:
    room = VirtualClass()
    listener = room.join("listener", audio=3)
    people = [room.join(f"p{i}", publishing=MIC) for i in range(8)]
    for speaker in (people[6], people[3]):
        for _ in range(100):
            for person in people:
                level = 25 if person is speaker else 125
                room.send(person, person.senders[Source.MIC].speech(level=level))
            room.run(0.02)
        heard = {state.participant_id for state in room.slots_of(listener)}
        assert speaker.id in heard
