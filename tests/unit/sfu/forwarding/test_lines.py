"""The line of one subscriber in virtual time: its numbers, its pace, its padding, and what it says by RTCP."""

from __future__ import annotations

from sfu.forwarding.drops import DropReason
from sfu.forwarding.feedback import KEYFRAME_BURST, NACKS_PER_S
from sfu.forwarding.outgoing.departures import RELEASE_INTERVAL_S
from sfu.forwarding.outgoing.selection import Aim
from sfu.messages import Reception, Source
from sfu.rtp.packet import is_rtcp
from sfu.rtp.rtcp import (
    Nack,
    PictureLossIndication,
    ReceiverReport,
    Remb,
    ReportBlock,
    SenderReport,
    TransportFeedback,
)
from tests.support.virtual_class import RTX, Person, VirtualClass

CAMERA = frozenset({Source.CAMERA})
BOTH = frozenset({Source.CAMERA, Source.MIC})


def numbered(person: Person) -> list[int | None]:
    return [packet.transport_sequence_number for packet in person.rtp()]


def weaken(person: Person, estimate_bps: int, now: float) -> None:
    """As if its line had been found to carry so much."""
    line = person.participant.line
    assert line is not None
    line.pacer.set_rate(estimate_bps, now)


def release(room: VirtualClass) -> None:
    """Let time pass until no line holds anything back."""
    while room.departures.holding:
        room.now += RELEASE_INTERVAL_S
        room.departures.release(room.now)


def test_numbers_run_across_sound_picture_and_repairs_of_one_subscriber() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=BOTH)
    student = room.join("student")
    room.send(tutor, tutor.senders[Source.MIC].speech())
    room.play(tutor, Source.CAMERA, 3, keyframe=True)
    room.send(tutor, tutor.senders[Source.MIC].speech())
    wanted = student.rtp(student.slot(2))[2].sequence_number
    room.feed_back(student, Nack(1, student.slot(2), (wanted,)))
    assert [packet.payload_type == RTX for packet in student.rtp()][-1]
    assert numbered(student) == list(range(1, len(student.rtp()) + 1))
    line = student.participant.line
    assert line is not None
    sizes = [len(data) for data in student.received]
    # The test's encryption adds no tag.
    assert [size for size, _ in line.history][-1] == sizes[-1]
    assert line.downlink.history.last_number == len(sizes)


def test_a_batch_leaves_as_one_with_sound_first() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=BOTH)
    student = room.join("student")
    frame = tutor.senders[Source.CAMERA].frame(keyframe=True, packets=4)
    room.send_batch(tutor, *frame, tutor.senders[Source.MIC].speech())
    assert [packet.ssrc for packet in student.rtp()] == [student.slot(0)] + [student.slot(2)] * 4


def test_sender_reports_count_payload_without_padding() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    sender = tutor.senders[Source.CAMERA]
    room.send_batch(tutor, *sender.frame(keyframe=True, packets=3))
    room.run(1.2)
    reports = [packet for packet in student.rtcp if isinstance(packet, SenderReport)]
    assert reports[-1].packet_count == 3
    assert reports[-1].octet_count == sum(len(packet.payload) for packet in student.rtp(student.slot(2)))


def test_a_keyframe_to_a_weak_line_is_spread_and_others_get_theirs_at_once() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=BOTH)
    weak, strong = room.join("weak"), room.join("strong")
    weaken(weak, 100_000, room.now)
    weaken(strong, 5_000_000, room.now)
    sender = tutor.senders[Source.CAMERA]
    keyframe = sender.frame(keyframe=True, packets=200)
    began = room.now
    room.send_batch(tutor, *keyframe)
    assert len(strong.rtp(strong.slot(2))) == 200
    at_once = len(weak.rtp(weak.slot(2)))
    assert 0 < at_once < 200
    room.send(tutor, tutor.senders[Source.MIC].speech())
    assert weak.rtp()[-1].ssrc == weak.slot(0), "sound waits for no picture"
    release(room)
    assert room.now - began > 0.1
    arrived = [packet.sequence_number for packet in weak.rtp(weak.slot(2))]
    assert arrived == [(arrived[0] + i) & 0xFFFF for i in range(200)]
    assert numbered(weak) == list(range(1, 202)), "numbers are given as packets leave"
    assert room.drops.snapshot() == {}


def test_what_a_weak_line_can_never_carry_is_dropped_and_counted() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    weak = room.join("weak")
    weaken(weak, 50_000, room.now)
    room.send_batch(tutor, *tutor.senders[Source.CAMERA].frame(keyframe=True, packets=600))
    assert room.drops.snapshot()[DropReason.PACER_FULL] > 0
    line = weak.participant.line
    assert line is not None and line.pacer.queued <= 256
    room.session.remove("weak", room.now)
    release(room)
    assert line.pacer.queued == 0


def test_padding_is_numbered_leaves_at_once_and_repeats_nothing() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    before = len(student.received)
    student.participant.egress.pad(2000, room.now)
    padding = student.rtp()[before:]
    assert 2000 <= sum(len(data) + 16 for data in student.received[before:]) < 2400
    assert all(packet.padding_only and packet.payload_type == RTX for packet in padding)
    assert len({packet.ssrc for packet in padding}) == 1
    assert numbered(student) == list(range(1, len(student.received) + 1))


def test_who_asks_for_too_many_packets_is_answered_no_further() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student, other = room.join("student"), room.join("other")
    room.play(tutor, Source.CAMERA, 30, keyframe=True)
    heard = len(other.received)
    first = student.rtp(student.slot(2))[0].sequence_number
    everything = tuple((first + i) & 0xFFFF for i in range(60))
    for _ in range(40):
        room.run(0.03)
        room.feed_back(student, Nack(1, student.slot(2), everything))
    repairs = sum(packet.payload_type == RTX for packet in student.rtp())
    assert repairs <= 8 * 60
    assert repairs < 2 * NACKS_PER_S
    assert room.drops.snapshot()[DropReason.NACK_FLOOD] > 0
    assert len([data for data in other.received[heard:] if not is_rtcp(data)]) == 0


def test_one_student_cannot_make_the_tutor_send_keyframes_all_the_time() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student, other = room.join("student"), room.join("other")
    room.play(tutor, Source.CAMERA, 2, keyframe=True)

    def asked(who: Person, seconds: int) -> int:
        before = sum(isinstance(packet, PictureLossIndication) for packet in tutor.rtcp)
        for _ in range(seconds * 10):
            room.feed_back(who, PictureLossIndication(1, who.slot(2)))
            room.play(tutor, Source.CAMERA, 3, keyframe=True)
        return sum(isinstance(packet, PictureLossIndication) for packet in tutor.rtcp) - before

    assert asked(student, 20) <= KEYFRAME_BURST + 10 + 1
    assert room.drops.snapshot()[DropReason.KEYFRAME_FLOOD] > 100
    assert asked(other, 1) > 0, "others are still heard"


def test_feedback_that_lies_changes_that_line_alone() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    liar, honest = room.join("liar"), room.join("honest")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    honest_line, liar_line = honest.participant.line, liar.participant.line
    assert honest_line is not None and liar_line is not None
    before = honest_line.downlink.estimate_bps
    for i in range(20):
        room.feed_back(
            liar,
            TransportFeedback(1, 2, 40_000 + i, i, ((40_000 + i, 5.0), (40_001 + i, 1.0))),
            Remb(1, 0 if i % 2 else 10_000_000_000, (liar.slot(2),)),
            ReceiverReport(1, (ReportBlock(liar.slot(2), 255, -5, i * 90_000, 0, 2**32 - 1, 2**32 - 1),)),
        )
        room.run(0.1)
    heard = len(honest.rtp())
    room.play(tutor, Source.CAMERA, 5)
    assert honest_line.downlink.estimate_bps == before
    assert len(honest.rtp()) == heard + 10
    assert 0 < liar_line.downlink.estimate_bps <= 20_000_000


def test_broken_feedback_is_counted_and_changes_nothing() -> None:
    room = VirtualClass()
    room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    for data in (b"", b"\x80\xc9\x00\x09", b"\x8f\xcd\x00\x04" + bytes(16), bytes(40)):
        room.session.handle_rtcp(student.participant, data, room.now)
    assert room.drops.snapshot() == {DropReason.MALFORMED_RTCP: 4}


def test_loss_in_receiver_reports_is_weighed_by_what_each_stream_sent() -> None:
    room = VirtualClass()
    room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    line = student.participant.line
    assert line is not None
    sound, picture = student.slot(0), student.slot(2)

    def report(sound_lost: int, sound_at: int, picture_lost: int, picture_at: int) -> None:
        blocks = (
            ReportBlock(sound, sound_lost, 0, sound_at, 0, 0, 0),
            ReportBlock(picture, picture_lost, 0, picture_at, 0, 0, 0),
        )
        room.feed_back(student, ReceiverReport(1, blocks))

    report(0, 1000, 0, 1000)
    report(128, 1050, 0, 1150)
    assert line.downlink.loss == 0.5 * 50 / 200


def test_sound_in_another_form_leaves_no_number_out() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=frozenset({Source.MIC}))
    student = room.join("student")
    for i in range(40):
        room.send(tutor, tutor.senders[Source.MIC].speech())
        room.run(0.02)
        if i == 10:
            room.session.set_reception("student", Reception.AUDIO, room.now)
    numbers = [packet.sequence_number for packet in student.rtp(student.slot(0))]
    assert 15 < len(numbers) < 30
    assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(len(numbers))]


def test_a_slot_that_takes_everything_again_within_a_batch_gets_nothing_twice() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.join("other")
    room.play(tutor, Source.CAMERA, 3, keyframe=True)
    layer = tutor.participant.tracks[Source.CAMERA].layers[0]
    slot = student.participant.egress.video[0]
    slot.take_aim(Aim(layer, temporal=0))
    room.play(tutor, Source.CAMERA, 2)
    assert slot in layer.selective
    slot.take_aim(Aim(layer))
    camera = tutor.senders[Source.CAMERA]
    room.send_batch(tutor, *camera.frame(packets=3), *camera.frame(packets=3), *camera.frame(packets=3))
    assert slot in layer.slots
    numbers = [packet.sequence_number for packet in student.rtp(student.slot(2))]
    assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(3 * 2 + 2 * 2 + 3 * 3)]
